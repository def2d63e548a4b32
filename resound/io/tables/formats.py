"""The file formats of tables that can be read."""

from collections.abc import Iterable
from pathlib import Path

FORMATS = (".csv", ".tsv", ".xlsx", ".xls", ".ods", ".jsonl", ".parquet")


def find_unsupported(names: Iterable[str]) -> str | None:
    """Return what is wrong with the suffix of the first unsupported file name, if there is one."""
    for name in names:
        if Path(name).suffix.lower() not in FORMATS:
            return f"the format of '{name}' is not supported; use one of {', '.join(FORMATS)}"
    return None
