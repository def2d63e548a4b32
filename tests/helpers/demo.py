"""Demo corpora that tests make, and what lies in a folder."""

import importlib
from pathlib import Path
from typing import Any


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of each file below `folder` under its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def made(
    kind: str, folder: Path, pool: str = "none", workers: int = 1, **settings: Any
) -> dict[str, bytes]:
    """The contents of `folder`, into which the demo corpus of a kind was made."""
    module = importlib.import_module(f"resound.demo.corpora.{kind}")
    module.make(module.Settings(kind=kind, **settings), folder, pool, workers)
    return contents(folder)
