"""Room on a disk: asked for before it is needed."""

import shutil
from pathlib import Path

from resound.errors import UserError

MARGIN = 256 * 2**20
"""Bytes that stay free beyond what is asked for."""


def need(size: int, folder: Path) -> None:
    """Raise UserError if `size` bytes and `MARGIN` more do not fit where `folder` is or will be."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < size + MARGIN:
        raise UserError(
            f"no room in {folder}: {in_words(size)} and {in_words(MARGIN)} to spare are needed,"
            f" {in_words(free)} are free; make room"
        )


def in_words(size: float) -> str:
    """A number of bytes as people say it: `1.2 GB`."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
