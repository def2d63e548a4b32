"""What makes a stage stale: its code, its settings, its source files; by content alone.

Snakemake re-runs a job whose `params` changed. Every rule gives it two strings from here:
`code_version(...)`, which changes when the behaviour of the stage's code may have, and
`stage_config(...)`, which changes when one of the settings that the stage uses does. A corpus
from the user's own files adds `files_version(...)`.
"""

import ast
import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from resound.io.files import read_json, write_json
from resound.workflow.checkout import ROOT


@cache
def code_version(*paths: str) -> str:
    """A digest of the named files and of every local module that they import, to any depth.

    `paths` are relative to the project's root. Python is compared by what it says, not how it
    is laid out: comments, docstrings, blank lines and formatting do not count. Other files
    (a template) count to the byte. Raises FileNotFoundError for a path that is not there.
    """
    closure: set[Path] = set()
    waiting = [ROOT / path for path in paths]
    while waiting:
        path = waiting.pop()
        if path not in closure:
            closure.add(path)
            waiting += _local_imports(path)
    lines = [f"{path.relative_to(ROOT).as_posix()} {_digest(path)}" for path in sorted(closure)]
    return _sha("\n".join(lines).encode())


def stage_config(**used: Any) -> str:
    """One canonical JSON string of the settings that a stage uses (dataclasses or plain values).

    Keys are sorted, so their order in the file does not matter.
    """
    return json.dumps(used, default=_plain, sort_keys=True, ensure_ascii=False)


def files_version(paths: Iterable[Path], root: Path, memo: Path) -> str:
    """A digest of the names (relative to `root`) and contents of `paths`.

    Contents are read once: `memo` (JSON) keeps the digest of each file beside its size and its
    times, and only a file where these differ is read again. So a touched file costs one reading
    and changes nothing.
    """
    known = read_json(memo) if memo.exists() else {}
    there = [path for path in paths if path.exists()]  # a link may lead nowhere
    stats = {path.relative_to(root).as_posix(): path.stat() for path in there}
    # The time of the last change of name or content too: files can swap their names.
    stamps = {
        name: [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns] for name, stat in stats.items()
    }
    unread = [name for name, stamp in stamps.items() if known.get(name, [None])[:-1] != stamp]
    fresh = {name: known[name] for name in stamps.keys() - set(unread)}
    with ThreadPoolExecutor() as readers:
        for name, digest in zip(unread, readers.map(lambda n: _file_sha(root / n), unread)):
            fresh[name] = [*stamps[name], digest]
    if fresh != known:
        write_json(memo, fresh)
    return _sha("\n".join(f"{name} {fresh[name][-1]}" for name in sorted(fresh)).encode())


@cache
def _digest(path: Path) -> str:
    return _sha(_meaning(path).encode() if path.suffix == ".py" else path.read_bytes())


def _meaning(path: Path) -> str:
    """The source of a Python file, laid out afresh without comments and docstrings."""
    tree = _tree(path)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            # A bare string is a docstring wherever it stands: of a module, function or attribute.
            node.body = [item for item in body if not _is_string(item)] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.unparse(tree)


def _is_string(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


# Read for its imports, then for its meaning, which drops the docstrings: they import nothing.
@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def _local_imports(path: Path) -> tuple[Path, ...]:
    """The project's own modules that `path` imports, wherever in the file."""
    if path.suffix != ".py":
        return ()
    names: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from package import name`: name may be a module or something in the package.
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return tuple(
        file
        for name in names
        if name.split(".")[0] in ("resound", "scripts")
        for file in _files(name)
    )


def _files(module: str) -> list[Path]:
    """The file of a module and the `__init__` of each package above it."""
    parts = module.split(".")
    packages = [ROOT.joinpath(*parts[:n], "__init__.py") for n in range(1, len(parts) + 1)]
    plain = ROOT.joinpath(*parts).with_suffix(".py")
    return [file for file in (*packages, plain) if file.is_file()]


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{value!r} is not a setting")


def _file_sha(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
