"""CSV tables: UTF-8, with a header and Unix line endings; read as columns of text."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from resound.io.files import write_text

_MAX_FIELD = 2**31 - 1
"""Characters of a field; the `csv` module stops at 131,072 by default."""


def write_table(path: str | Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a header and rows, atomically."""
    text = io.StringIO()
    plain = csv.writer(text, lineterminator="\n")
    # Python encloses a field with a carriage return in quotes only since 3.13; a reader would end
    # the row there.
    quoting = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(columns)
    for row in rows:
        is_split = any(isinstance(cell, str) and "\r" in cell for cell in row)
        (quoting if is_split else plain).writerow(row)
    write_text(path, text.getvalue())


def read_table(path: str | Path) -> dict[str, list[str]]:
    """Return the columns of a table by name; each column has one entry per row."""
    csv.field_size_limit(_MAX_FIELD)
    with Path(path).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return {name: [row[n] for row in rows] for n, name in enumerate(header)}


def rows_of(table: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Convert the columns of a table to one mapping per row."""
    return [dict(zip(table, values)) for values in zip(*table.values())]
