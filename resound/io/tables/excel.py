"""Excel workbooks (`.xlsx`): the first sheet with the columns that are required."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from resound.io.tables.cells import to_text
from resound.io.tables.row import RawRow, RawTable, TableError, Unusable
from resound.io.tables.sheets import choose_sheet, to_table

_ZEROS = re.compile(r"0{2,}")


def read_excel(path: Path, required: Sequence[str]) -> RawTable:
    """Return the content of the first sheet whose first filled row names the `required` columns.

    Error values, dates, and formulas whose values were not stored are unusable. Raises TableError
    if the file is not a workbook or no sheet has the columns.
    """
    from openpyxl.utils.exceptions import InvalidFileException

    with path.open("rb") as file:
        signature = file.read(4)
    if signature == b"\xd0\xcf\x11\xe0":
        raise TableError(
            "it is protected by a password, or an old Excel file: save it without a password, or"
            " rename it to .xls"
        )
    try:
        book = _open(path, values=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError) as error:
        raise TableError("it is not an xlsx file") from error
    with closing(book):
        sheets = {sheet.title: _read_sheet(sheet) for sheet in book.worksheets}
    title, table = choose_sheet(sheets, required)
    return RawTable(table.header, _mark_formulas(path, title, table, required))


def _open(path: Path, values: bool) -> Any:
    """Open a workbook for reading row by row: the `values` of formulas, or their texts."""
    import openpyxl

    return openpyxl.load_workbook(path, read_only=True, data_only=values)


def _rows(sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield the number and the cells of each stored row."""
    # The stored dimensions, which some programs write wrongly, would hide rows and columns.
    sheet.reset_dimensions()
    return enumerate(sheet.iter_rows(), 1)


def _read_sheet(sheet: Any) -> RawTable:
    return to_table([RawRow(number, [_to_cell(c) for c in row]) for number, row in _rows(sheet)])


def _to_cell(cell: Any) -> str | Unusable:
    from openpyxl.utils.escape import unescape

    if cell.data_type == "e":
        return Unusable(f"is the error value {cell.value}")
    if isinstance(cell.value, int) and not isinstance(cell.value, bool):
        digits = len(cell.number_format) if _ZEROS.fullmatch(cell.number_format or "") else 0
        return str(cell.value).zfill(digits)
    text = to_text(cell.value)
    return unescape(text) if isinstance(text, str) else text


def _mark_formulas(
    path: Path, title: str, table: RawTable, required: Sequence[str]
) -> list[RawRow]:
    """Return the rows of a sheet with formulas without stored values as unusable cells."""
    columns = [n for n, name in enumerate(table.header) if name in required]
    empty = {
        row.number
        for row in table.rows
        if not all(n < len(row.cells) and row.cells[n] for n in columns)
    }
    if not empty:
        return list(table.rows)
    with closing(_open(path, values=False)) as book:
        formulas = {
            number: {n for n, cell in enumerate(cells) if cell.data_type == "f"}
            for number, cells in _rows(book[title])
            if number in empty
        }
    return [_mark(row, formulas.get(row.number, set())) for row in table.rows]


def _mark(row: RawRow, formulas: set[int]) -> RawRow:
    unusable = Unusable(
        "is a formula whose value is not stored: save the table with a spreadsheet program"
    )
    cells = [unusable if n in formulas and not c else c for n, c in enumerate(row.cells)]
    return RawRow(row.number, cells, row.problem)
