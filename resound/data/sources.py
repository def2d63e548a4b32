"""A corpus' source: on this machine, with what version its files are, or still to be fetched."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from resound.data.downloads.remote import Remote
from resound.data.path_pattern import PathPattern
from resound.errors import UserError, nearest
from resound.io.spreadsheet import home
from resound.workflow.versions import files_version


@dataclass(frozen=True)
class Source:
    """The recordings (or tables) of a corpus as they are now."""

    kind: Literal["folder", "archive", "remote"]
    place: Any
    """A path; of what is to be fetched, the settings of each source in order of preference."""
    version: str
    """A digest of the recordings' names and contents; of what is to be fetched, of its sources."""


def find_source(
    candidates: Sequence[tuple[Literal["folder", "archive"], str]],
    layout: str | None,
    memo: Path,
    remotes: Sequence[Remote] = (),
    beside: str | None = None,
    tables: Sequence[str] = (),
) -> Source:
    """The first of `candidates` that is there and its version, else `remotes`, to be fetched.

    `beside` is the pattern of a file that goes with each recording, in the fields of `path_pattern`;
    `tables` are files that go with all of them. Without a `path_pattern` the tables are all there is.
    Raises UserError where none is, or where nothing in the folder reads like `path_pattern`.
    """
    for kind, path in candidates:
        if Path(path).is_dir() if kind == "folder" else Path(path).is_file():
            files, root = _files(kind, Path(path), layout, beside, tables)
            return Source(kind, path, files_version(files, root, memo))
    if remotes:
        names = "\n".join(map(str, remotes))
        version = hashlib.sha256(names.encode()).hexdigest()
        return Source("remote", [asdict(remote) for remote in remotes], version)
    missing = " and ".join(f"no {kind} {path}{_siblings(Path(path))}" for kind, path in candidates)
    raise UserError(f"there is {missing}: put the recordings there, or say where they are")


def _files(
    kind: str, path: Path, layout: str | None, beside: str | None, tables: Sequence[str]
) -> tuple[list[Path], Path]:
    if kind == "archive":
        return [path], path.parent
    if layout is None:
        path = home(path, tables)
        return [path / table for table in tables], path
    pattern = PathPattern(layout)
    path = pattern.home(path)
    files = pattern.find(path)
    if not files:
        raise UserError(f"the corpus is empty: {pattern.explain_no_match(path)}")
    if beside:
        names = [file.relative_to(path).as_posix() for file in files]
        files += [path / pattern.companion(name, beside) for name in names]
    return [*files, *(path / table for table in tables)], path


def _siblings(path: Path) -> str:
    """A hint to what lies beside a missing path under a similar name."""
    if not path.parent.is_dir():
        return ""
    hint = nearest(path.name, [entry.name for entry in path.parent.iterdir()])
    return f" ({hint.lstrip('; ')})" if "did you mean" in hint else ""
