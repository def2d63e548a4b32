"""Excel workbooks as spreadsheet programs write them, with pandas as the oracle."""

import datetime
import re
import zipfile
from pathlib import Path

import openpyxl
import pandas
import pytest

from resound.errors import UserError
from resound.io.tables.read import read_rows

REQUIRED = ["path", "text"]


def write(path: Path, *rows: list[object], sheet: str = "Sheet") -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(path)
    return book


def edit(path: Path, member: str, pattern: str, replacement: str) -> None:
    """Replace text within a member of a workbook; it must occur."""
    with zipfile.ZipFile(path) as bundle:
        members = {name: bundle.read(name) for name in bundle.namelist()}
    text, count = re.subn(pattern, replacement, members[member].decode())
    assert count
    members[member] = text.encode()
    with zipfile.ZipFile(path, "w") as bundle:
        for name, data in members.items():
            bundle.writestr(name, data)


def test_texts_and_numbers_are_read_as_shown(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = write(
        path,
        ["path", "text", None],
        ["a", "سلام\nدنیا"],
        [0, 1.0],
        [12, True],
        ["c", 0.1],
        [None, None],
        ["d", "_x005F_x000D_ end_x000D_"],
    )
    book.active["A4"].number_format = "0000"
    book.save(path)
    rows = read_rows(path, REQUIRED)
    assert [(row.number, row.cells["path"], row.cells["text"]) for row in rows] == [
        (2, "a", "سلام دنیا"),
        (3, "0", "1"),
        (4, "0012", "TRUE"),
        (5, "c", "0.1"),
        (7, "d", "_x000D_ end"),
    ]


def test_cells_without_a_reliable_text_make_their_row_unusable(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write(
        path,
        ["path", "text", "note"],
        ["a", "=1+1", None],
        ["b", "#N/A", None],
        ["c", datetime.datetime(2026, 2, 1), None],
        ["d", datetime.time(10, 30), None],
        ["e", "fine", "=1+1"],
        ["f", "fine", "#DIV/0!"],
        ["g", None, datetime.datetime(2026, 2, 1)],
    )
    problems = {row.number: row.problem for row in read_rows(path, REQUIRED)}
    assert problems[2].startswith("'text' is a formula whose value is not stored")
    assert problems[3] == "'text' is the error value #N/A"
    assert problems[4].startswith("'text' is a date or time (2026-02-01 00:00:00)")
    assert problems[5].startswith("'text' is a date or time (10:30:00)")
    assert problems[6] == problems[7] == problems[8] == ""


def test_stored_values_of_formulas_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write(path, ["path", "text"], ["a", "=1+1"], ["b", "c"])
    edit(
        path,
        "xl/worksheets/sheet1.xml",
        r"<f>1\+1</f><v ?/>|<f>1\+1</f><v></v>",
        "<f>1+1</f><v>2</v>",
    )
    assert [row.cells["text"] for row in read_rows(path, REQUIRED)] == ["2", "c"]


@pytest.mark.parametrize("stored", ["A1", "A1:A2", "A1:B1", "C7:D9"])
def test_wrong_stored_dimensions_hide_nothing(tmp_path: Path, stored: str) -> None:
    path = tmp_path / "t.xlsx"
    write(path, ["path", "text"], ["a", "b"], ["c", "d"])
    edit(path, "xl/worksheets/sheet1.xml", r'<dimension ref="[^"]*"', f'<dimension ref="{stored}"')
    rows = read_rows(path, REQUIRED)
    assert [list(row.cells.values()) for row in rows] == [["a", "b"], ["c", "d"]]
    oracle = pandas.read_excel(path, engine="calamine", dtype=str)
    assert oracle.to_numpy().tolist() == [["a", "b"], ["c", "d"]]


def test_the_first_sheet_with_the_columns_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = write(path, ["About this table"], ["see the next sheet"], sheet="Cover")
    sheet = book.create_sheet("Data")
    for row in ([], [], ["path", "text"], ["a", "b"]):
        sheet.append(row)
    book.save(path)
    (row,) = read_rows(path, REQUIRED)
    assert row.cells == {"path": "a", "text": "b"} and row.number == 4
    with pytest.raises(UserError, match="no sheet has the columns path, label: 'Cover' has About"):
        read_rows(path, ["path", "label"])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"path,text\na,b\n", "it is not an xlsx file"),
        (b"", "it is not an xlsx file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "protected by a password"),
    ],
)
def test_other_files_are_errors(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "t.xlsx").write_bytes(data)
    with pytest.raises(UserError, match=message):
        read_rows(tmp_path / "t.xlsx", REQUIRED)


def test_a_truncated_workbook_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write(path, ["path", "text"], *(["a", f"text {n}"] for n in range(500)))
    whole = path.read_bytes()
    for length in range(10, len(whole), 701):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match="cannot be read"):
            read_rows(path, REQUIRED)
