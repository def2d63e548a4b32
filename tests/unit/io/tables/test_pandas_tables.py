"""Parquet, OpenDocument and old Excel files: what is written is read."""

import datetime
import zipfile
from pathlib import Path

import pandas
import pyarrow
import pytest
from pyarrow import parquet

from resound.errors import UserError
from resound.io.tables.read import read_rows

REQUIRED = ["path", "text"]


def test_parquet_is_read_as_text(tmp_path: Path) -> None:
    table = pyarrow.table(
        {
            "path": ["a", "b", "c"],
            "text": ["سلام\nx", None, "z"],
            "label": pyarrow.array([1, None, 2**60 + 1], pyarrow.int64()),
            "score": [0.5, 2.0, float("nan")],
            "sure": [True, None, False],
            "audio": [{"bytes": b"x"}, None, None],
            "raw": [b"x", b"y", b"z"],
        }
    )
    parquet.write_table(table, tmp_path / "t.parquet")
    rows = read_rows(tmp_path / "t.parquet", REQUIRED)
    assert [(row.number, *row.cells.values()) for row in rows] == [
        (1, "a", "سلام x", "1", "0.5", "TRUE"),
        (2, "b", "", "", "2", ""),
        (3, "c", "z", str(2**60 + 1), "", "FALSE"),
    ]


def test_dates_in_a_required_column_make_the_row_unusable(tmp_path: Path) -> None:
    frame = pandas.DataFrame({"path": ["a"], "text": [datetime.date(2026, 1, 2)]})
    frame.to_parquet(tmp_path / "t.parquet")
    (row,) = read_rows(tmp_path / "t.parquet", REQUIRED)
    assert row.problem.startswith("'text' is a date or time (2026-01-02)")


def cell(value: str | None) -> str:
    if value is None:
        return "<table:table-cell/>"
    kind = 'float" office:value="' + value if value.isdigit() else "string"
    return (
        f'<table:table-cell office:value-type="{kind}"><text:p>{value}</text:p></table:table-cell>'
    )


def write_ods(path: Path, sheets: dict[str, list[list[str | None]]]) -> None:
    """Write an OpenDocument spreadsheet with the parts that readers need."""
    names = {
        n: f"urn:oasis:names:tc:opendocument:xmlns:{n}:1.0" for n in ("office", "table", "text")
    }
    tables = "".join(
        f'<table:table table:name="{name}">'
        + "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    content = (
        "<office:document-content"
        + "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in names.items())
        + f"><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        bundle.writestr("content.xml", content)
        bundle.writestr("META-INF/manifest.xml", "<manifest/>")


def test_opendocument_is_read(tmp_path: Path) -> None:
    sheets = {
        "Cover": [["About"]],
        "Data": [["path", "text", None], ["a", "سلام", None], ["3", None, None], ["b", "12", None]],
    }
    write_ods(tmp_path / "t.ods", sheets)
    rows = read_rows(tmp_path / "t.ods", REQUIRED)
    assert [(row.number, row.cells["path"], row.cells["text"]) for row in rows] == [
        (2, "a", "سلام"),
        (3, "3", ""),
        (4, "b", "12"),
    ]


@pytest.mark.parametrize("name", ["t.ods", "t.xls", "t.parquet"])
def test_other_files_are_errors(tmp_path: Path, name: str) -> None:
    for data in (
        b"",
        b"path,text\na,b\n",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0" + bytes(600),
        b"PAR1",
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(UserError, match=f"{name} cannot be read"):
            read_rows(tmp_path / name, REQUIRED)


def test_columns_of_binary_and_nested_values_are_left_out(tmp_path: Path) -> None:
    binary = {
        "bytes": pyarrow.binary(),
        "large": pyarrow.large_binary(),
        "fixed": pyarrow.binary(2),
    }
    columns = {name: pyarrow.array([b"ab"], kind) for name, kind in binary.items()}
    table = pyarrow.table({"text": ["one"], **columns, "list": [[1, 2]]})
    parquet.write_table(table, tmp_path / "a.parquet")
    (row,) = read_rows(tmp_path / "a.parquet", ["text"])
    assert row.cells == {"text": "one"}


@pytest.mark.parametrize("mark", ["\ufeff", "\u200f", "\u200b"])
def test_invisible_characters_in_names_of_columns(tmp_path: Path, mark: str) -> None:
    frame = pandas.DataFrame({f"{mark}audio ": ["a"], f" text{mark}": ["one"]})
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_csv(tmp_path / "a.csv", index=False)
    for suffix in (".parquet", ".xlsx", ".csv"):
        (row,) = read_rows((tmp_path / "a").with_suffix(suffix), ["audio", "text"])
        assert row.cells == {"audio": "a", "text": "one"}
