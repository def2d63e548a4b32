"""Versions of the code that a stage runs: a digest of its script and of all that it imports.

Snakemake sees neither a change in a module that a script imports nor one in a script that leaves
its time as it was. It does run a job whose `params` changed, so every rule has a parameter `code`
from here. It lists the modules with a digest each, so that a comparison of two versions names the
modules that changed (`resound.workflow.why`).
"""

import ast
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from resound.io.files import write_json
from resound.workflow.checkout import ROOT

MEMO = Path(".snakemake/resound/code.json")

# No result depends on the modules below it: a reworded log line retrains nothing.
_IGNORED = "resound/runtime/"
_PACKAGES = ("resound", "scripts")
_DIGITS = 16
# A file that changed just now may change again within the resolution of its times.
_SETTLED_S = 5


class _Module(NamedTuple):
    """What a version needs to know of a file."""

    digest: str
    imports: tuple[str, ...]
    """Dotted names in `resound` and `scripts`, of modules or of things in them."""


class CodeVersions:
    """Versions of stages of the checkout at `root`.

    A file is parsed once: `memo` (JSON) keeps its digest and its imports with its size, inode and
    times, and only a file where these differ is read again. Several processes may share the memo;
    one that cannot be read is written anew.
    """

    def __init__(self, root: Path = ROOT, memo: Path | None = MEMO) -> None:
        self._root = root
        self._memo = _Memo(memo) if memo else None
        self._modules: dict[str, _Module] = {}
        self._files: dict[str, list[str]] = {}
        self._versions: dict[tuple[str, ...], str] = {}

    def of(self, *paths: str) -> str:
        """Return a line `path digest` for each named file and each local module that they import.

        `paths` are relative to the project's root and may hold `*`. Python is compared by its
        meaning: comments, docstrings, blank lines and formatting do not count. Other files (a
        template) count to the byte. `resound.runtime` is left out. Raises FileNotFoundError if
        there is no such file.
        """
        if paths not in self._versions:
            lines = [f"{path} {self._module(path).digest}" for path in self._closure(paths)]
            self._versions[paths] = "\n".join(lines)
            if self._memo:
                self._memo.save()
        return self._versions[paths]

    def script(self, name: str, *others: str) -> Callable[[Any], str]:
        """Return a rule's parameter: the version of `scripts/{name}.py` and of `others`."""
        return lambda wildcards: self.of(f"scripts/{name}.py", *others)

    def _closure(self, paths: Iterable[str]) -> list[str]:
        waiting = [file for path in paths for file in self._matches(path)]
        closure: set[str] = set()
        while waiting:
            path = waiting.pop()
            if path not in closure and not path.startswith(_IGNORED):
                closure.add(path)
                for name in self._module(path).imports:
                    waiting += self._files_of(name)
        return sorted(closure)

    def _matches(self, path: str) -> list[str]:
        if "*" not in path:
            return [path]
        found = [match.relative_to(self._root).as_posix() for match in self._root.glob(path)]
        if not found:
            raise FileNotFoundError(f"no file matches {path}")
        return found

    def _module(self, path: str) -> _Module:
        if path not in self._modules:
            file = self._root / path
            stat = file.stat()
            module = self._memo.get(path, stat) if self._memo else None
            if module is None:
                module = _read(file)
                if self._memo:
                    self._memo.put(path, stat, module)
            self._modules[path] = module
        return self._modules[path]

    def _files_of(self, name: str) -> list[str]:
        """The file of a module and the `__init__` of each package above it."""
        if name not in self._files:
            parts = name.split(".")
            packages = ["/".join([*parts[:n], "__init__.py"]) for n in range(1, len(parts) + 1)]
            files = [*packages, "/".join(parts) + ".py"]
            self._files[name] = [file for file in files if (self._root / file).is_file()]
        return self._files[name]


class _Memo:
    """Modules by path, each with the state of its file, in a JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # What a file means depends on this module and on Python, whose parser writes it out.
        own = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
        self._format = [sys.version, own[:_DIGITS]]
        self._entries = self._load()
        self._changed = False

    def get(self, path: str, stat: os.stat_result) -> _Module | None:
        """Return what is known of a file in this state, if anything is."""
        entry = self._entries.get(path)
        if entry is None or entry[0] != _state(stat):
            return None
        return _Module(entry[1], tuple(entry[2]))

    def put(self, path: str, stat: os.stat_result, module: _Module) -> None:
        """Keep what is known of a file in a state, unless the file changed a moment ago."""
        changed_ns = max(stat.st_mtime_ns, stat.st_ctime_ns)
        if time.time_ns() - changed_ns > _SETTLED_S * 1e9:
            self._entries[path] = [_state(stat), module.digest, list(module.imports)]
            self._changed = True

    def save(self) -> None:
        """Write what is new; a folder that cannot be written to costs only time."""
        if self._changed:
            self._changed = False
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                write_json(self._path, {"format": self._format, "modules": self._entries})
            except OSError:
                pass

    def _load(self) -> dict[str, list[Any]]:
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            if content["format"] != self._format:
                return {}
            entries = content["modules"]
            return {path: entry for path, entry in entries.items() if _is_entry(entry)}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}


def _state(stat: os.stat_result) -> list[int]:
    # The time of the last change of name or content (ctime) cannot be set back by a program.
    return [stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns]


def _is_entry(entry: Any) -> bool:
    match entry:
        case [[int(), int(), int(), int()], str(), list(imports)]:
            return all(isinstance(name, str) for name in imports)
    return False


def _read(path: Path) -> _Module:
    content = path.read_bytes()
    if path.suffix != ".py":
        return _Module(_digest(content), ())
    tree = ast.parse(content, str(path))
    imports = _imports(tree)
    return _Module(_digest(_meaning(tree).encode()), imports)


def _imports(tree: ast.Module) -> tuple[str, ...]:
    """The names in this project's packages that a module imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from package import name`: name may be a module or something in the package.
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return tuple(sorted(name for name in names if name.split(".")[0] in _PACKAGES))


def _meaning(tree: ast.Module) -> str:
    """The source of a module, formatted alike, without comments and docstrings; changes `tree`."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            # A bare string is a docstring wherever it is: of a module, function or attribute.
            node.body = [item for item in body if not _is_string(item)] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.unparse(tree)


def _is_string(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]
