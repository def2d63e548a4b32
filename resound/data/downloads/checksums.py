"""What a file or a folder holds, as a size and a SHA-256."""

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sum:
    """Contents in short."""

    size: int
    """Bytes."""
    sha256: str


def sum_of(path: Path) -> Sum:
    """The sum of a file, or of a folder's names and contents without hidden files."""
    if path.is_file():
        return Sum(path.stat().st_size, _sha(path))
    files = sorted((file.relative_to(path).as_posix(), file) for file in _visible(path))
    lines = "".join(f"{_sha(file)}  {name}\n" for name, file in files)
    size = sum(file.stat().st_size for _, file in files)
    return Sum(size, hashlib.sha256(lines.encode()).hexdigest())


def _visible(folder: Path) -> list[Path]:
    """The files below a folder; hidden ones are what tools leave behind."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [f for f in files if not any(p.startswith(".") for p in f.relative_to(folder).parts)]


def _sha(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
