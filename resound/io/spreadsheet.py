"""Tables as people keep them: xlsx (the first sheet), csv, tsv and jsonl, read as text.

The first row (or a line's keys) names the columns. Fields of a `.csv` are told apart by commas, or
by tabs where its header has some.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from resound.errors import UserError, nearest

FORMATS = (".xlsx", ".csv", ".tsv", ".jsonl")


def unreadable(names: Sequence[str]) -> str | None:
    """What is wrong with the names of tables, if anything."""
    for name in names:
        if Path(name).suffix.lower() not in FORMATS:
            return f"'{name}' is none of {', '.join(FORMATS)}"
    return None


def read_sheet(path: Path, wanted: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row of a table that is not empty: its number, as an editor counts, and its cells.

    Raises UserError where there is no such table, it cannot be read, or lacks a `wanted` column.
    """
    header, rows = _read(path)
    for column in wanted:
        if column not in header:
            raise UserError(f"{path} has no column '{column}'{nearest(column, header)}")
    return ((number, dict(zip(header, cells))) for number, cells in rows if any(cells))


def home(root: Path, tables: Sequence[str]) -> Path:
    """Where the tables' paths begin: `root`, or the one folder in it that wraps everything."""
    if any((root / table).exists() for table in tables):
        return root
    inside = [entry for entry in root.iterdir() if not entry.name.startswith(".")]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else root


def _read(path: Path) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """A table's column names, and each row's number (as an editor counts) and cells as text."""
    if not path.is_file():
        near = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        raise UserError(f"there is no table {path}{nearest(path.name, near)}")
    form = path.suffix.lower()
    try:
        rows = {".xlsx": _xlsx, ".jsonl": _jsonl}.get(form, _delimited)(path)
    except (ValueError, KeyError, OSError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    if not rows:
        raise UserError(f"{path} is empty")
    # A line of jsonl has no header above it.
    return [cell.strip() for cell in rows[0]], enumerate(rows[1:], 1 if form == ".jsonl" else 2)


def _xlsx(path: Path) -> list[list[str]]:
    import zipfile

    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except zipfile.BadZipFile as error:
        raise ValueError("it is no xlsx file") from error
    sheet = book.worksheets[0]
    return [["" if c is None else str(c) for c in row] for row in sheet.iter_rows(values_only=True)]


def _delimited(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix.lower() == ".tsv":
            # Tables of Common Voice hold bare quotes.
            return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        tabs = "\t" in file.readline()
        file.seek(0)
        return list(csv.reader(file, delimiter="\t" if tabs else ","))


def _jsonl(path: Path) -> list[list[str]]:
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        try:
            record = json.loads(line) if line.strip() else {}
        except json.JSONDecodeError as error:
            raise ValueError(f"line {number} is no JSON ({error.msg})") from error
        if not isinstance(record, dict):
            raise ValueError(f"line {number} is no JSON object")
        records.append({key: "" if value is None else str(value) for key, value in record.items()})
    header = list(dict.fromkeys(key for record in records for key in record))
    return [header, *([record.get(key, "") for key in header] for record in records)]
