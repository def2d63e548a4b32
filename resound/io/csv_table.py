"""CSV tables: UTF-8, with a header and Unix line endings; read as columns of text."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from resound.io.files import write_text


def write_table(path: str | Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a header and rows, atomically."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def read_table(path: str | Path) -> dict[str, list[str]]:
    """Return the columns of a table by name; each column has one entry per row."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return {name: [row[n] for row in rows] for n, name in enumerate(header)}


def rows_of(table: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Convert the columns of a table to one mapping per row."""
    return [dict(zip(table, values)) for values in zip(*table.values())]
