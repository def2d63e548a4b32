"""The source of a corpus: files on this machine with their version, or a remote to download."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from resound.data.downloads.remote import Remote
from resound.data.path_pattern import PathPattern
from resound.data.text_pairs import find_tables_root
from resound.errors import UserError, nearest
from resound.workflow.source_versions import files_version


@dataclass(frozen=True)
class Source:
    """Where the recordings (or tables) of a corpus are, and their version."""

    kind: Literal["folder", "archive", "remote"]
    place: Any
    """A path; for a remote, the settings of each of them in order of preference."""
    version: str
    """A digest of the names and contents of the files; for a remote, of its settings."""


def find_source(
    candidates: Sequence[tuple[Literal["folder", "archive"], str]],
    path_pattern: str | Sequence[str] | None,
    memo: Path,
    remotes: Sequence[Remote] = (),
    companion: str | None = None,
    tables: Sequence[str] = (),
) -> Source:
    """Return the first of `candidates` that exists, or else `remotes`, which can be downloaded.

    `companion` is the pattern of a file that belongs to each recording, with the fields of
    `path_pattern`; `tables` are files that belong to the whole corpus. Without a `path_pattern`,
    the corpus consists of its tables. `memo` is a file that caches the digests. Raises UserError
    if there is no source, or if no file in the folder matches `path_pattern`.
    """
    for kind, path in candidates:
        place = Path(path).expanduser()
        if place.is_dir() if kind == "folder" else place.is_file():
            files, root = _list_files(kind, place, path_pattern, companion, tables)
            return Source(kind, str(place), files_version(files, root, memo))
    if remotes:
        names = "\n".join(map(str, remotes))
        version = hashlib.sha256(names.encode()).hexdigest()
        return Source("remote", [asdict(remote) for remote in remotes], version)
    missing = " and ".join(f"no {kind} {path}{_hint(kind, path)}" for kind, path in candidates)
    raise UserError(f"there is {missing}: put the recordings there, or configure their path")


def _list_files(
    kind: str,
    path: Path,
    path_pattern: str | Sequence[str] | None,
    companion: str | None,
    tables: Sequence[str],
) -> tuple[list[Path], Path]:
    """Return the files of a source, and the folder to which their names are relative."""
    if kind == "archive":
        return [path], path.parent
    if path_pattern is None:
        root = find_tables_root(path, tables)
        return [root / table for table in tables], root
    pattern = PathPattern(path_pattern)
    root = pattern.find_root(path)
    files = pattern.find_files(root)
    if not files:
        raise UserError(f"the corpus is empty: {pattern.explain_no_match(root)}")
    if companion:
        names = [file.relative_to(root).as_posix() for file in files]
        files += [root / pattern.companion(root, name, companion) for name in names]
    return [*files, *(root / table for table in tables)], root


def _hint(kind: str, path: str) -> str:
    """Return a hint to what is at a path instead, or to an entry with a similar name."""
    place = Path(path).expanduser()
    if place.is_dir():
        return f" (it is a folder: write `folder: {path}`)"
    if place.is_file():
        return f" (it is a file: write `archive: {path}` if it is an archive)"
    if not place.parent.is_dir():
        return ""
    hint = nearest(place.name, [entry.name for entry in place.parent.iterdir()])
    return f" ({hint.lstrip('; ')})" if "did you mean" in hint else ""
