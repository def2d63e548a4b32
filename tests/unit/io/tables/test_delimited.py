"""Delimited text: separators, line ends, widths of rows and quotes, with pandas as the oracle."""

import csv
from pathlib import Path

import pandas
import pytest

from resound.errors import UserError
from resound.io.tables.read import read_rows
from resound.io.tables.row import Row

REQUIRED = ("path", "text")
TEXTS = ["hello", 'she said "no"', '"Quoted."', "a, b; c", "", "سلام، دنیا", '"', '5" pipe']


def read(path: Path, content: str | bytes, required: tuple[str, ...] = REQUIRED) -> list[Row]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_rows(path, required)


def cells(rows: list[Row]) -> list[list[str]]:
    assert [row.problem for row in rows] == [""] * len(rows)
    return [list(row.cells.values()) for row in rows]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
@pytest.mark.parametrize("name", ["t.csv", "t.tsv"])
def test_what_pandas_writes_is_read_as_it_was(
    tmp_path: Path, separator: str, quoting: int, name: str
) -> None:
    frame = pandas.DataFrame(
        {"path": [f"{n}.wav" for n in range(len(TEXTS))], "n": range(len(TEXTS)), "text": TEXTS}
    )
    frame.to_csv(tmp_path / name, sep=separator, quoting=quoting, index=False)
    rows = read_rows(tmp_path / name, REQUIRED)
    assert cells(rows) == frame.astype(str).to_numpy().tolist()
    assert [row.number for row in rows] == list(range(2, len(TEXTS) + 2))


def test_quotes_between_tabs_are_characters(tmp_path: Path) -> None:
    """As in Common Voice; pandas reads its tables so with `quoting=csv.QUOTE_NONE`."""
    texts = [text for text in TEXTS if text] + ['"Open', 'close"', '""', '"one" and "two"']
    content = "path\ttext\n" + "".join(f"{n}.mp3\t{text}\n" for n, text in enumerate(texts))
    rows = read(tmp_path / "t.tsv", content)
    assert [row.cells["text"] for row in rows] == texts
    oracle = pandas.read_csv(tmp_path / "t.tsv", sep="\t", quoting=csv.QUOTE_NONE, dtype=str)
    assert oracle["text"].tolist() == texts


def test_quotes_between_commas_that_enclose_nothing_are_characters(tmp_path: Path) -> None:
    content = 'path,text\na.wav,"Hi" she said\nb.wav,5" pipe\nc.wav,the "end"\n'
    rows = read(tmp_path / "t.csv", content)
    assert [row.cells["text"] for row in rows] == ['"Hi" she said', '5" pipe', 'the "end"']


def test_quotes_after_backslashes_are_characters(tmp_path: Path) -> None:
    """As MySQL and Spark export them."""
    rows = read(tmp_path / "t.csv", 'path,text\na.wav,"say \\"hi\\", you"\nb.wav,"plain"\n')
    assert [row.cells["text"] for row in rows] == ['say "hi", you', "plain"]


def test_line_breaks_within_a_cell_become_spaces(tmp_path: Path) -> None:
    content = 'path,text,n\r\na.wav,"one\r\n two",1\r\nb.wav,x\u2028y\rz\x0b,2\r\n'
    rows = read(tmp_path / "t.csv", content)
    assert cells(rows) == [["a.wav", "one two", "1"], ["b.wav", "x y z", "2"]]
    assert [row.number for row in rows] == [2, 3]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end(tmp_path: Path, end: str) -> None:
    rows = read(tmp_path / "t.csv", end.join(["", "path,text", "a,b", "", "c,d", ""]))
    assert [(row.number, row.cells["text"]) for row in rows] == [(3, "b"), (5, "d")]


def test_a_row_of_another_width_is_unusable(tmp_path: Path) -> None:
    content = "path,text,n\na,b,1\na,b\nb,x, y,1\nc,d,2,,\n"
    rows = read(tmp_path / "t.csv", content)
    assert [(row.number, row.problem) for row in rows] == [
        (2, ""),
        (3, "has 2 fields, but the header has 3"),
        (4, "has 4 fields, but the header has 3"),
        (5, ""),
    ]
    assert rows[1].cells == {}


def test_columns_without_a_name_are_left_out(tmp_path: Path) -> None:
    rows = read(tmp_path / "t.csv", ",path,text,,\n0,a,b\n1,c,d,note,\n")
    assert cells(rows) == [["a", "b"], ["c", "d"]]


def test_fields_may_be_long(tmp_path: Path) -> None:
    (row,) = read(tmp_path / "t.csv", f'path,text\na,"{"x" * 200_000}"\n')
    assert len(row.cells["text"]) == 200_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        # Two stray quotes would hide the rows between them.
        ('path,text\na,"Hello\nb,you\nc,World"\n', "lines 2 to 4 are one row if their quotes"),
        ('path,text,n\na,"x, y",1\nb,"Hello,2\nc,World",3\n', "lines 3 to 4 are one row"),
        ('path,text,n\na,"x, y",1\nb,"Hello,2\nc,d,3\n', "quotes from line 3 on do not balance"),
        ('path,text,n\na,"x",1\nb,"y" z,2\n', "quotes from line 3 on do not balance"),
        ('path,text,n\na,"x\ny\nz",1,2\n', "lines 2 to 4, which quotes join, have 4 fields"),
        ('path\ttext\na\t"one ""two"""\nb\t"one"\n', "line 2 has doubled quotes"),
        ('path\ttext\na\t"one\ntwo"\nb\t"c" d\n', "quotes from line 4 on do not balance"),
        ("path,text,text\na,b,c\n", "has two columns 'text'"),
        ("path;texts\na;b\n", "no column 'text'; did you mean 'texts'?"),
        ("\n\n", "is empty"),
    ],
)
def test_what_cannot_be_decided_is_an_error(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path / "t.csv", content)
    assert message in str(caught.value) and str(tmp_path / "t.csv") in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "separator"),
    [
        ("t.csv", "path\ttext, or so\na\tx, y\n", "\t"),
        ("t.tsv", "path,text\na,x\ty\n", ","),
        ("t.csv", 'path;text\na;"x, y; z"\n', ";"),
        ("t.csv", 'path,text;n\na,"x; y"\n', ","),
    ],
)
def test_the_separator_is_the_one_that_gives_the_columns(
    tmp_path: Path, name: str, content: str, separator: str
) -> None:
    header = content.split("\n")[0].split(separator)
    rows = read(tmp_path / name, content, tuple(header))
    oracle = pandas.read_csv(tmp_path / name, sep=separator, dtype=str)
    assert cells(rows) == oracle.to_numpy().tolist()
