"""Spreadsheets and other tables, read as text: xlsx (the first sheet), csv, tsv and jsonl.

The first row (or the keys of the lines) holds the names of the columns. The fields of a `.csv` are
separated by tabs if its header contains a tab, and by commas otherwise.

Only modules that read tables may import this one: an edit here makes their stages stale.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from resound.errors import UserError, nearest


def read_spreadsheet(path: Path, required: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the row number (as an editor counts) and the cells by column of each non-empty row.

    Raises UserError if the table is missing or unreadable, or lacks a `required` column.
    """
    header, rows = _read(path)
    for column in required:
        if column not in header:
            raise UserError(f"{path} has no column '{column}'{nearest(column, header)}")
    return ((number, dict(zip(header, cells))) for number, cells in rows if any(cells))


def _read(path: Path) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """Return the column names of a table, and the number and cells of each row."""
    if not path.is_file():
        siblings = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        raise UserError(f"there is no table {path}{nearest(path.name, siblings)}")
    suffix = path.suffix.lower()
    try:
        rows = {".xlsx": _read_xlsx, ".jsonl": _read_jsonl}.get(suffix, _read_delimited)(path)
    except (ValueError, KeyError, OSError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    if not rows:
        raise UserError(f"{path} is empty")
    # The header takes up row 1, except in jsonl, where each line repeats the column names.
    first = 1 if suffix == ".jsonl" else 2
    return [cell.strip() for cell in rows[0]], enumerate(rows[1:], first)


def _read_xlsx(path: Path) -> list[list[str]]:
    import zipfile

    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except zipfile.BadZipFile as error:
        raise ValueError("it is not an xlsx file") from error
    sheet = book.worksheets[0]
    return [["" if c is None else str(c) for c in row] for row in sheet.iter_rows(values_only=True)]


def _read_delimited(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix.lower() == ".tsv":
            # The tables of Common Voice contain unescaped quotes.
            return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        has_tabs = "\t" in file.readline()
        file.seek(0)
        return list(csv.reader(file, delimiter="\t" if has_tabs else ","))


def _read_jsonl(path: Path) -> list[list[str]]:
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        try:
            record = json.loads(line) if line.strip() else {}
        except json.JSONDecodeError as error:
            raise ValueError(f"line {number} is not valid JSON ({error.msg})") from error
        if not isinstance(record, dict):
            raise ValueError(f"line {number} is not a JSON object")
        records.append({key: "" if value is None else str(value) for key, value in record.items()})
    header = list(dict.fromkeys(key for record in records for key in record))
    return [header, *([record.get(key, "") for key in header] for record in records)]
