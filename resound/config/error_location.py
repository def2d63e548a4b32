"""Mistakes of the configuration in words: file, line, key, what is wrong, and the nearest name."""

import re
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from resound.config import renamed
from resound.errors import nearest

Key = renamed.Key

# libyaml, where PyYAML has it, reads ten times faster than Python.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TAG = "tag:yaml.org,2002:"
_TEXT = {_TAG + "str", _TAG + "merge"}
_KINDS = {"bool": "true or false", "null": "null", "int": "a number", "float": "a number"}
_KINDS["timestamp"] = "a date"

_KEY_OF_UNION = {
    "_source()": "one of `folder`, `archive`, `url`, `github`, `kaggle`, `drive`, `hub`, `parts`",
}
"""What a mapping needs if other keys than `kind` say its kind, by pydantic's discriminator."""


class Places:
    """Where keys of the configuration are written, in files of which later ones take precedence."""

    def __init__(
        self, files: Iterable[str | Path], written: Callable[[Key], Sequence[Key]] | None = None
    ) -> None:
        """`written` maps a key to those at which it may be written, the likeliest first."""
        self._files = [_relative(file) for file in files]
        self._written = written or (lambda key: [key])

    def line(self, key: Key) -> str:
        """Return `file:line` of a key, or of the innermost mapping around it that is written."""
        depth, where = (False, 0), "configuration"
        for written in self._written(key):
            for file in reversed(self._files):
                reached, line = _follow(compose(file), written)
                if reached and (reached == len(written), reached) > depth:
                    depth, where = (reached == len(written), reached), f"{file}:{line}"
        return where

    def message(self, key: Key, what: str) -> str:
        """Return `file:line: key: what`."""
        return f"{self.line(key)}: {_dotted(key)}: {what}" if key else f"{self.line(key)}: {what}"

    def messages(self, mistakes: Iterable[tuple[Key, str]]) -> list[str]:
        """Return the message of each mistake; of several that say the same of a line, the first."""
        first: dict[tuple[str, str], str] = {}
        for key, what in mistakes:
            line = self.line(key)
            first.setdefault((line if ":" in line else _dotted(key), what), self.message(key, what))
        return list(first.values())

    def text(self, key: Key) -> str | None:
        """Return a value as it is written, if it is written as a plain scalar."""
        for written in self._written(key):
            for file in reversed(self._files):
                node = _node(compose(file), written)
                if isinstance(node, yaml.ScalarNode) and not node.style:
                    return str(node.value)
        return None


def place(key: Key, files: Sequence[str | Path]) -> str:
    """Return where `key` is written, as `file:line: key`; later files take precedence."""
    where = Places(files).line(key)
    return f"{where}: {_dotted(key)}" if key else where


def duplicate_keys(files: Iterable[str | Path]) -> list[str]:
    """Return a message for each key that one mapping has twice, where YAML keeps only the last."""
    found: list[str] = []
    for file in map(_relative, files):
        for entry in _entries(compose(file)):
            if entry.again:
                found.append(
                    f"{entry.at(file)}: '{entry.key.value}' is here twice; keep one of them"
                )
    return list(dict.fromkeys(found))  # an alias leads to the same mapping again


def repeated_entries(files: Iterable[str | Path]) -> list[str]:
    """Return a message for each entry of a section that a second of these files has, too."""
    found, seen = list[str](), dict[tuple[str, str], str]()
    for file in map(_relative, files):
        for entry in _entries(compose(file)):
            if len(entry.path) == 2:
                section, name = map(str, entry.path)
                if other := seen.get((section, name)):
                    what = f"'{name}' is in {other}, too; choose another name, or use an overlay"
                    found.append(f"{entry.at(file)}: {section}: {what}")
                seen.setdefault((section, name), entry.at(file))
    return found


def unquoted(files: Iterable[str | Path], sections: Iterable[str]) -> list[str]:
    """Return a message for each key and value that YAML reads as something else than written.

    Keys are text, or numbers in their usual form: `01` and `yes` need quotes, and so do values such
    as `012`, which YAML reads as 10, and dates. Only what is below `sections` is looked at.
    """
    found, known = list[str](), set(sections)
    for file in map(_relative, files):
        for entry in _entries(compose(file)):
            if entry.path[0] not in known:
                continue
            if what := _misread_key(entry.key):
                found.append(f"{entry.at(file)}: {_dotted(entry.path)}: {what}")
            for node in _scalars(entry.value):
                if what := _misread_value(node):
                    line = f"{file}:{node.start_mark.line + 1}"
                    found.append(f"{line}: {_dotted(entry.path)}: {what}")
    return list(dict.fromkeys(found))


def in_words(error: Any, known: Sequence[str], key: Key = (), text: str | None = None) -> str:
    """Return pydantic's error at `key` in words.

    `known` are the keys that its mapping may have, and `text` is the value as it is written.
    """
    kind, value = error["type"], error["input"]
    if kind == "unexpected_keyword_argument":
        return f"unknown key{renamed.key(key) or nearest(str(error['loc'][-1]), known)}"
    if kind in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return f"is missing{renamed.entry(key)}"
    if kind == "union_tag_not_found":
        return f"needs {_KEY_OF_UNION.get(error['ctx']['discriminator'], 'a `kind`')}"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "union_tag_invalid":
        tag, kinds = error["ctx"]["tag"], re.findall(r"'(\w+)'", error["ctx"]["expected_tags"])
        return f"unknown kind '{tag}'{renamed.kind(key, tag, kinds) or nearest(tag, kinds)}"
    if kind == "literal_error" and isinstance(value, str):
        choices = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        return f"'{value}' is not a choice{nearest(value, choices)}"
    if (
        kind == "float_type"
        and isinstance(value, str)
        and re.fullmatch(r"[-+\d.]+e[-+]?\d+", value)
    ):
        return f"YAML reads {value} as text; write {float(value):.1e} with its point"
    message = error["msg"][0].lower() + error["msg"][1:]
    quote = f'; for the text, write "{text}" with quotes' if kind == "string_type" and text else ""
    return f"{message}, not {reprlib.repr(value)}{quote}"


def follow_location(
    schema: Mapping[str, Any], location: Sequence[str | int]
) -> tuple[Key, list[str]]:
    """Return the key that pydantic's `location` means, and the keys known where it ends.

    pydantic names the branch that it took through a union; the schema tells such a step from a key.
    """
    node, key = _resolved(schema, schema), list[str | int]()
    known = list(node["properties"])
    for step in location:
        if step == "[key]":  # pydantic's word for the name of an entry itself
            continue
        mapping = node.get("discriminator", {}).get("mapping", {}) or _branches(node)
        if str(step) in mapping:
            node = _resolved(schema, {"$ref": mapping[str(step)]})
        elif "properties" in node:
            node = _resolved(schema, node["properties"].get(step, {}))
            key.append(step)
        elif "additionalProperties" in node or "patternProperties" in node:
            inner = node.get("additionalProperties") or next(
                iter(node["patternProperties"].values())
            )
            node = _resolved(schema, inner)
            key.append(step)
        elif "items" in node:
            node = _resolved(schema, node["items"])
            key.append(step)
        if "properties" in node:
            known = list(node["properties"])
    return tuple(key), known


def compose(file: Path) -> yaml.Node | None:
    """Return the nodes of a YAML file, which know their lines."""
    return _parsed(file.read_text(encoding="utf-8"))


# By its text: the places of many mistakes are sought in the same few files.
@lru_cache(maxsize=64)
def _parsed(text: str) -> yaml.Node | None:
    node: yaml.Node | None = yaml.compose(text, Loader=LOADER)
    return node


class _Entry(NamedTuple):
    """A key of a mapping and its value, as nodes."""

    path: Key
    key: yaml.Node
    value: yaml.Node
    again: bool
    """Whether the mapping has the key already."""

    def at(self, file: Path) -> str:
        return f"{file}:{self.key.start_mark.line + 1}"


def _entries(root: yaml.Node | None) -> Iterator[_Entry]:
    """Yield each key of each mapping of a document, at any depth."""
    waiting: list[tuple[Key, yaml.Node | None]] = [((), root)]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                at = (*path, str(key.value))
                yield _Entry(at, key, value, key.value in seen)
                seen.add(key.value)
                waiting.append((at, value))
        elif isinstance(node, yaml.SequenceNode):
            waiting += [((*path, n), value) for n, value in enumerate(node.value)]


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """Yield the scalars of a value, without those of mappings in it."""
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            yield from _scalars(inner)


def _misread_key(key: yaml.Node) -> str | None:
    usual = key.tag == _TAG + "int" and re.fullmatch(r"0|-?[1-9]\d*", key.value)
    if key.tag in _TEXT or usual or not isinstance(key, yaml.ScalarNode):
        return None
    kind = _KINDS.get(key.tag.removeprefix(_TAG), "something else")
    return f'YAML reads the key {key.value or "(none)"} as {kind}; write "{key.value}" with quotes'


def _misread_value(node: yaml.ScalarNode) -> str | None:
    if node.tag == _TAG + "timestamp":
        return f'YAML reads {node.value} as a date; write "{node.value}" with quotes'
    number = node.tag in (_TAG + "int", _TAG + "float")
    if number and re.fullmatch(r"[-+]?(0\d+|\d+(:\d+)+(\.\d*)?)", node.value):
        read = yaml.safe_load(node.value)
        plain = node.value.lstrip("+-0") or "0"
        what = f'YAML reads {node.value} as {read}; write "{node.value}" with quotes'
        return what if ":" in plain else f"{what}, or {plain} for the number"
    return None


def _branches(node: Mapping[str, Any]) -> dict[str, str]:
    """Return the branches of a union that code tells apart, by their names in locations."""
    options = [option["$ref"] for option in node.get("oneOf", []) if "$ref" in option]
    return {option.rsplit("/", 1)[1].lower(): option for option in options}


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
    """Return a node of the schema itself, behind references and `or null`."""
    for option in node.get("anyOf", []):
        if "$ref" in option or "items" in option:
            return _resolved(schema, option)
    if "$ref" in node:
        return _resolved(schema, schema["$defs"][node["$ref"].rsplit("/", 1)[1]])
    return dict(node)


def _relative(file: str | Path) -> Path:
    """Return the path relative to the working directory, if the file is below it."""
    path = Path(file)
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _dotted(key: Key) -> str:
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
