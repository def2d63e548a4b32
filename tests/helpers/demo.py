"""Demo corpora for tests, and the contents of folders."""

import importlib
from pathlib import Path
from typing import Any


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of each file below `folder`, by relative path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def make_corpus(
    kind: str, folder: Path, pool: str = "none", workers: int = 1, **settings: Any
) -> dict[str, bytes]:
    """Write a demo corpus into `folder` and return its contents."""
    module = importlib.import_module(f"resound.demo.corpora.{kind}")
    module.make(module.Settings(kind=kind, **settings), folder, pool, workers)
    return contents(folder)
