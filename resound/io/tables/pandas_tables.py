"""Tables that pandas reads: OpenDocument and old Excel (`.ods`, `.xls`), and Parquet."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from resound.io.tables.cells import to_text
from resound.io.tables.row import RawRow, RawTable
from resound.io.tables.sheets import choose_sheet, to_table


def read_workbook(path: Path, required: Sequence[str]) -> RawTable:
    """Return the content of the first sheet whose first filled row names the `required` columns.

    Raises TableError if no sheet has them. Error values are empty.
    """
    import pandas

    sheets = pandas.read_excel(
        path, sheet_name=None, header=None, dtype=object, na_filter=False, engine="calamine"
    )
    tables = {
        title: to_table([RawRow(number, row) for number, row in enumerate(_cells(frame), 1)])
        for title, frame in sheets.items()
    }
    return choose_sheet(tables, required)[1]


def read_parquet(path: Path, required: Sequence[str]) -> RawTable:
    """Return the content of a Parquet file; columns of nested or binary values are left out."""
    import pandas
    from pyarrow import parquet, types

    def is_text(kind: Any) -> bool:
        binary = (types.is_binary, types.is_large_binary, types.is_fixed_size_binary)
        return not (types.is_nested(kind) or any(check(kind) for check in binary))

    columns = [field.name for field in parquet.read_schema(path) if is_text(field.type)]
    frame = pandas.read_parquet(
        path, columns=columns, dtype_backend="pyarrow", page_checksum_verification=True
    )
    rows = [RawRow(number, row) for number, row in enumerate(_cells(frame), 1)]
    return RawTable(columns, rows)


def _cells(frame: Any) -> list[list[Any]]:
    """Return the texts of a data frame's cells, row by row."""
    return [[to_text(value) for value in row] for row in zip(*_columns(frame))]


def _columns(frame: Any) -> list[list[Any]]:
    return [
        frame.iloc[:, n].astype(object).where(frame.iloc[:, n].notna(), None).tolist()
        for n in range(frame.shape[1])
    ]
