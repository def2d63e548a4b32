"""Reading of a table of any supported format: its rows as texts by column, with what is wrong."""

from collections.abc import Callable, Sequence
from pathlib import Path

from resound.errors import UserError, nearest
from resound.io.tables.delimited import read_delimited
from resound.io.tables.excel import read_excel
from resound.io.tables.jsonl import read_jsonl
from resound.io.tables.pandas_tables import read_parquet, read_workbook
from resound.io.tables.row import RawRow, RawTable, Row, Unusable, column_name

_READERS: dict[str, Callable[[Path, Sequence[str]], RawTable]] = {
    ".xlsx": read_excel,
    ".xls": read_workbook,
    ".ods": read_workbook,
    ".jsonl": read_jsonl,
    ".parquet": read_parquet,
}


def read_rows(path: Path, required: Sequence[str]) -> list[Row]:
    """Return every row of a table that is not empty, as texts by column.

    Line breaks within a cell become spaces. Rows that cannot be used, because of their structure or
    because a cell of a `required` column has no reliable text, state their `problem`. Raises
    UserError if the table is missing or cannot be read, has two columns of one name, or lacks a
    `required` column.
    """
    table = _read(path, required)
    header = [column_name(name) for name in table.header]
    _check_header(path, header, required)
    rows = (_to_row(row, header, required) for row in table.rows)
    return [row for row in rows if row.problem or any(row.cells.values())]


def _read(path: Path, required: Sequence[str]) -> RawTable:
    if not path.is_file():
        siblings = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        raise UserError(f"there is no table {path}{nearest(path.name, siblings)}")
    try:
        table = _READERS.get(path.suffix.lower(), read_delimited)(path, required)
    except Exception as error:  # each library raises its own types for damaged files
        reason = str(error) or type(error).__name__
        raise UserError(f"{path} cannot be read: {reason}") from error
    if not table.header:
        raise UserError(f"{path} is empty")
    return table


def _check_header(path: Path, header: Sequence[str], required: Sequence[str]) -> None:
    names = [name for name in header if name]
    if repeated := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise UserError(f"{path} has two columns '{repeated[0]}': rename or remove one of them")
    for column in required:
        if column not in names:
            raise UserError(f"{path} has no column '{column}'{nearest(column, names)}")


def _to_row(row: RawRow, header: Sequence[str], required: Sequence[str]) -> Row:
    if row.problem:
        return Row(row.number, {}, row.problem)
    raw = {name: cell for name, cell in zip(header, row.cells) if name}
    cells = {name: _clean(cell) for name, cell in raw.items() if isinstance(cell, str)}
    for column in required:
        cell = raw.get(column, "")
        if isinstance(cell, Unusable):
            return Row(row.number, cells, f"'{column}' {cell.reason}")
        if not _is_encodable(cell):
            return Row(row.number, cells, f"'{column}' contains half of a surrogate pair")
    return Row(row.number, cells)


def _clean(text: str) -> str:
    lines = text.splitlines()
    return lines[0] if len(lines) == 1 else " ".join(map(str.strip, lines))


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
