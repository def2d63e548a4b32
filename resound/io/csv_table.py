"""Tables as CSV: UTF-8, a header, Unix line ends; read as columns of text."""

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
    """The columns of a table by name; every column has as many entries as there are rows."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return {name: [row[n] for row in rows] for n, name in enumerate(header)}


def rows_of(table: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """The same table as one mapping a row."""
    return [dict(zip(table, values)) for values in zip(*table.values())]
