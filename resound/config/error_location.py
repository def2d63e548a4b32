"""Where keys of the configuration are written: file and line."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from resound.config import renamed

Key = renamed.Key

# libyaml, where PyYAML has it, reads ten times faster than Python.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Places:
    """Where keys of the configuration are written, in files of which later ones take precedence."""

    def __init__(
        self,
        files: Iterable[str | Path],
        written: Callable[[Key], Sequence[Key]] | None = None,
        command_line: Mapping[str, Any] | None = None,
    ) -> None:
        """`written` maps a key to those at which it may be written, the likeliest first.

        `command_line` is what `--config` says, which takes precedence over the files.
        """
        self._command_line = command_line or {}
        self._files = [relative(file) for file in files]
        self._written = written or (lambda key: [key])

    def line(self, key: Key) -> str:
        """Return `file:line` of a key, or of the innermost mapping around it that is written.

        Return `--config` for what the command line says.
        """
        if any(self._is_on_command_line(written) for written in self._written(key)):
            return "--config"
        depth, where = (False, 0), "configuration"
        for written in self._written(key):
            for file in reversed(self._files):
                reached, line = _follow(compose(file), written)
                if reached and (reached == len(written), reached) > depth:
                    depth, where = (reached == len(written), reached), f"{file}:{line}"
        return where

    def message(self, key: Key, what: str) -> str:
        """Return `file:line: key: what`."""
        return f"{self.line(key)}: {dotted(key)}: {what}" if key else f"{self.line(key)}: {what}"

    def messages(self, mistakes: Iterable[tuple[Key, str]]) -> list[str]:
        """Return the message of each mistake; of several that say the same of a line, the first."""
        first: dict[tuple[str, str], str] = {}
        for key, what in mistakes:
            line = self.line(key)
            first.setdefault((line if ":" in line else dotted(key), what), self.message(key, what))
        return list(first.values())

    def text(self, key: Key) -> str | None:
        """Return a value as it is written in a file, if it is written as a plain scalar."""
        if any(self._is_on_command_line(written) for written in self._written(key)):
            return None
        for written in self._written(key):
            for file in reversed(self._files):
                node = _node(compose(file), written)
                if isinstance(node, yaml.ScalarNode) and not node.style:
                    return str(node.value)
        return None

    def _is_on_command_line(self, key: Key) -> bool:
        """Return whether the command line says what a key is, or what a mapping around it is."""
        inner: Any = self._command_line
        for step in key:
            if not isinstance(inner, Mapping):
                return bool(key)
            if step not in inner:
                return False
            inner = inner[step]
        return bool(key)


def place(key: Key, files: Sequence[str | Path]) -> str:
    """Return where `key` is written, as `file:line: key`; later files take precedence."""
    where = Places(files).line(key)
    return f"{where}: {dotted(key)}" if key else where


def compose(file: Path) -> yaml.Node | None:
    """Return the nodes of a YAML file, which know their lines."""
    return _parsed(file.read_text(encoding="utf-8"))


# By its text: the places of many mistakes are sought in the same few files.
@lru_cache(maxsize=64)
def _parsed(text: str) -> yaml.Node | None:
    node: yaml.Node | None = yaml.compose(text, Loader=LOADER)
    return node


def relative(file: str | Path) -> Path:
    """Return the path relative to the working directory, if the file is below it."""
    path = Path(file)
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def dotted(key: Key) -> str:
    """Return a key as messages name it: `corpora.digits.title`."""
    return ".".join(str(step) for step in key)


def _follow(node: yaml.Node | None, key: Key) -> tuple[int, int]:
    """Return how many steps of `key` lead into the document, and the line of the last of them."""
    depth, line = 0, 1
    for step in key:
        found, key_line = _child(node, step)
        if found is None:
            break
        node, depth, line = found, depth + 1, key_line
    return depth, line


def _node(node: yaml.Node | None, key: Key) -> yaml.Node | None:
    for step in key:
        node, _ = _child(node, step)
    return node


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node | None, int]:
    """Return the value at a step into a node, and the line of its key; None where there is none."""
    found: tuple[yaml.Node | None, int] = None, 0
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(step):
                found = value, name.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        # The value may come from the command line and be longer than the file's.
        for value in node.value[step : step + 1]:
            found = value, value.start_mark.line + 1
    return found
