"""Free disk space, checked before it is used."""

import shutil
from pathlib import Path

from resound.errors import UserError

MARGIN = 256 * 2**20
"""Bytes that must stay free in addition to what is required."""


def require_space(size: int, folder: Path) -> None:
    """Raise UserError unless `size` bytes plus `MARGIN` are free on the disk of `folder`.

    The folder need not exist yet.
    """
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < size + MARGIN:
        raise UserError(
            f"not enough disk space for {folder}: it needs {format_bytes(size)} plus a margin of"
            f" {format_bytes(MARGIN)}, but {format_bytes(free)} are free; free some disk space"
        )


def format_bytes(size: float) -> str:
    """Format a number of bytes with a decimal unit: `1.2 GB`."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
