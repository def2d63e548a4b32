"""The size and SHA-256 of a file or a folder."""

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Checksum:
    """Identifies the content of a file or a folder."""

    size: int
    """Bytes."""
    sha256: str


def checksum_of(path: Path) -> Checksum:
    """Return the checksum of a file, or of the names and contents of a folder's visible files."""
    if path.is_file():
        return Checksum(path.stat().st_size, sha256_of(path))
    files = sorted((file.relative_to(path).as_posix(), file) for file in _visible(path))
    lines = "".join(f"{sha256_of(file)}  {name}\n" for name, file in files)
    size = sum(file.stat().st_size for _, file in files)
    return Checksum(size, hashlib.sha256(lines.encode()).hexdigest())


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _visible(folder: Path) -> list[Path]:
    """Return the files below a folder that are not hidden; tools leave hidden ones behind."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [f for f in files if not any(p.startswith(".") for p in f.relative_to(folder).parts)]
