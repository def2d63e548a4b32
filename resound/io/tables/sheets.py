"""Sheets of a workbook: their headers, and the one that is meant."""

from collections.abc import Sequence

from resound.io.tables.row import RawRow, RawTable, TableError, Unusable, column_name


def to_table(rows: Sequence[RawRow]) -> RawTable:
    """Return a table whose header is the first row that is not empty."""
    filled = [row for row in rows if any(row.cells)]
    if not filled:
        return RawTable([], [])
    header = ["" if isinstance(cell, Unusable) else column_name(cell) for cell in filled[0].cells]
    return RawTable(header, filled[1:])


def choose_sheet(sheets: dict[str, RawTable], required: Sequence[str]) -> tuple[str, RawTable]:
    """Return the first sheet with the `required` columns and its name, else the first with rows.

    Raises TableError if there are several sheets and none has the columns.
    """
    filled = {title: table for title, table in sheets.items() if table.header}
    for title, table in filled.items():
        if set(required) <= set(table.header):
            return title, table
    if len(filled) > 1:
        columns = "; ".join(f"'{title}' has {', '.join(t.header)}" for title, t in filled.items())
        raise TableError(f"no sheet has the columns {', '.join(required)}: {columns}")
    return next(iter(filled.items()), ("", RawTable([], [])))
