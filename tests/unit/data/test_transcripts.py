"""Tables of what is said: four formats, one reading; mistakes are told with their place."""

import json
from pathlib import Path

import openpyxl
import pytest

from resound.data.transcripts import Row, Rows, Transcripts
from resound.errors import UserError

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "myaudio_tiny"

HEADER = ["path", "sentence", "client_id"]
CONTENT = [
    ["a.mp3", 'she said "no", twice', "x"],
    ["b.mp3", "به نام خدا", "y"],
    ["", "", ""],
    ["c.mp3", "1", "x"],
]


def transcripts(*files: str, **columns: str) -> Transcripts:
    return Transcripts(files=list(files), audio="path", text="sentence", **columns)  # type: ignore[arg-type]


def write(path: Path) -> None:
    """CONTENT in the format that the name says."""
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in [HEADER, *CONTENT]:
            book.active.append([int(cell) if cell == "1" else cell or None for cell in row])
        book.save(path)
    elif path.suffix == ".jsonl":
        records = [dict(zip(HEADER, row)) for row in CONTENT]
        lines = [json.dumps(record) if record["path"] else "" for record in records]
        path.write_text("\n".join(lines), encoding="utf-8")
    elif path.suffix == ".tsv":
        path.write_text("\n".join("\t".join(row) for row in [HEADER, *CONTENT]), encoding="utf-8")
    else:
        lines = [",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in r) for r in CONTENT]
        path.write_text("\ufeff" + "\n".join([",".join(HEADER), *lines]), encoding="utf-8")


@pytest.mark.parametrize("name", ["t.xlsx", "t.csv", "t.tsv", "t.jsonl"])
def test_every_format_reads_alike(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    rows = Rows(tmp_path, transcripts(name, folder="clips", speaker="client_id"))
    first = 1 if name.endswith("jsonl") else 2
    assert rows.of("clips/a.mp3") == [
        Row(f"row {first} of {name}", 'she said "no", twice', "", {"speaker": "x"})
    ]
    assert rows.of("clips/b.mp3")[0].text == "به نام خدا"
    assert rows.of("clips/c.mp3")[0].text == "1"
    assert rows.of("clips/c.mp3")[0].place == f"row {first + 3} of {name}"
    assert rows.of("clips/d.mp3") == [] and rows.of("") == []
    assert [path for path, _ in rows.without({"clips/a.mp3", "clips/b.mp3"})] == ["clips/c.mp3"]


def test_several_tables_are_partitions(tmp_path: Path) -> None:
    for part, clip in (("train", "a"), ("test", "b")):
        (tmp_path / f"{part}.tsv").write_text(f"path\tsentence\n{clip}\tword\n")
    rows = Rows(tmp_path, transcripts("train.tsv", "test.tsv"))
    assert rows.of("a.wav")[0].fields == {"partition": "train"}
    assert rows.of("b")[0].fields == {"partition": "test"}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("t.tsv", "path\tsentense\n", "no column 'sentence'; did you mean 'sentense'?"),
        ("t.csv", "", "t.csv is empty"),
        ("t.csv", b"path,sentence\na,\xff\n", "t.csv cannot be read: 'utf-8' codec"),
        ("t.jsonl", '{"path": "a"}\n{"path', "cannot be read: line 2 is no JSON"),
        ("t.jsonl", "[1]", "line 1 is no JSON object"),
        ("t.xlsx", "no workbook", "cannot be read: it is no xlsx file"),
    ],
)
def test_mistakes(tmp_path: Path, name: str, content: str | bytes, told: str) -> None:
    data = content.encode() if isinstance(content, str) else content
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError) as caught:
        Rows(tmp_path, transcripts(name))
    assert told in str(caught.value) and str(tmp_path / name) in str(caught.value)


def test_a_table_that_is_not_there_and_a_format_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "texts.tsv").touch()
    with pytest.raises(UserError, match=r"no table .*text\.tsv; did you mean 'texts\.tsv'"):
        Rows(tmp_path, transcripts("text.tsv"))
    assert transcripts("texts.doc").problem() == "'texts.doc' is none of .xlsx, .csv, .tsv, .jsonl"
    assert transcripts("texts.XLSX").problem() is None


@pytest.mark.skipif(not REAL.is_dir(), reason="needs the real table")
def test_the_real_table() -> None:
    told = Transcripts(files=["myaudio_tiny.xlsx"], audio="audio", text="text")
    rows = Rows(REAL, told)
    assert rows.of("myaudio/450002.wav")[0].text.startswith("در واقع کار کردن با لتک")
    assert sum(1 for _ in rows.without(set())) == 1082
