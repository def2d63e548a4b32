"""Transcript tables: four formats with equal results, and errors with their location."""

import json
from pathlib import Path

import openpyxl
import pandas
import pytest

from resound.data.transcript_tables import TranscriptTables
from resound.data.transcripts import Transcript, Transcripts
from resound.errors import UserError
from resound.io.tables.read import read_rows

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


def write_table(path: Path) -> None:
    """Write CONTENT in the format of the suffix."""
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
def test_all_formats_are_read_equally(tmp_path: Path, name: str) -> None:
    write_table(tmp_path / name)
    clips = ["clips/a.mp3", "clips/b.mp3", "clips/c.mp3", "clips/d.mp3"]
    tables = TranscriptTables(
        tmp_path, transcripts(name, folder="clips", speaker="client_id"), clips
    )
    first = 1 if name.endswith("jsonl") else 2
    assert tables.find("clips/a.mp3") == [
        Transcript(f"row {first} of {name}", 'she said "no", twice', "", {"speaker": "x"})
    ]
    assert tables.find("clips/b.mp3")[0].text == "به نام خدا"
    assert tables.find("clips/c.mp3")[0].text == "1"
    assert tables.find("clips/c.mp3")[0].location == f"row {first + 3} of {name}"
    assert tables.find("clips/d.mp3") == [] and tables.find("") == []
    assert tables.rejected == []


def test_several_tables_are_partitions(tmp_path: Path) -> None:
    for part, clip in (("train", "a"), ("test", "b")):
        (tmp_path / f"{part}.tsv").write_text(f"path\tsentence\n{clip}\tword\n")
    tables = TranscriptTables(tmp_path, transcripts("train.tsv", "test.tsv"), ["a.wav", "b.wav"])
    assert tables.find("a.wav")[0].fields == {"partition": "train"}
    assert tables.find("b.wav")[0].fields == {"partition": "test"}


def test_paths_are_sorted_by_their_rows(tmp_path: Path) -> None:
    for name, clips in (("train", "cab"), ("test", "ed")):
        rows = "".join(f"{clip}.mp3\tword\n" for clip in clips)
        (tmp_path / f"{name}.tsv").write_text(f"path\tsentence\n{rows}d\ttwice\n")
    paths = [f"{clip}.mp3" for clip in "abcdefg"]
    tables = TranscriptTables(tmp_path, transcripts("train.tsv", "test.tsv"), paths)
    assert tables.sort(paths) == [f"{clip}.mp3" for clip in "cabdefg"]
    assert tables.sort(["g.wav", "f.wav"]) == ["g.wav", "f.wav"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.tsv", "path\tsentense\n", "no column 'sentence'; did you mean 'sentense'?"),
        ("t.csv", "", "t.csv is empty"),
        ("t.csv", b"path,sentence\na,\xff\n", "t.csv cannot be read: line 2 is not UTF-8"),
        ("t.jsonl", '{"path": "a"}\n', "no column 'sentence'"),
        ("t.xlsx", "not a workbook", "cannot be read: it is not an xlsx file"),
    ],
)
def test_invalid_tables_are_errors(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    data = content.encode() if isinstance(content, str) else content
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError) as caught:
        TranscriptTables(tmp_path, transcripts(name), [])
    assert message in str(caught.value) and str(tmp_path / name) in str(caught.value)


def test_unusable_rows_are_rejected_by_their_number(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(
        '{"path": "a.mp3", "sentence": "yes"}\n[1]\n{"path": "b.mp3", "sentence": ["no"]}\n'
        '{"sentence": "nobody"}\n{"path": "c.mp3", "sent'
    )
    tables = TranscriptTables(tmp_path, transcripts("t.jsonl"), ["a.mp3", "b.mp3", "c.mp3"])
    assert tables.find("a.mp3")[0].text == "yes"
    assert tables.find("b.mp3")[0].problem == "'sentence' is a list"
    assert [(entry.path, entry.reason) for entry in tables.rejected] == [
        ("row 2 of t.jsonl", "is not a JSON object"),
        ("row 4 of t.jsonl", "has no 'path'"),
        ("row 5 of t.jsonl", "is not valid JSON (Unterminated string starting at)"),
    ]


def test_missing_tables_and_unsupported_formats_are_errors(tmp_path: Path) -> None:
    (tmp_path / "texts.tsv").touch()
    with pytest.raises(UserError, match=r"no table .*text\.tsv; did you mean 'texts\.tsv'"):
        TranscriptTables(tmp_path, transcripts("text.tsv"), [])
    assert transcripts("texts.doc").problem() == (
        "the format of 'texts.doc' is not supported; use one of .csv, .tsv, .xlsx, .xls, .ods,"
        " .jsonl, .parquet"
    )
    assert transcripts("texts.XLSX").problem() is None


@pytest.mark.skipif(not REAL.is_dir(), reason="needs the real table")
def test_the_real_table() -> None:
    settings = Transcripts(files=["myaudio_tiny.xlsx"], audio="audio", text="text")
    paths = [row.cells["audio"] for row in read_rows(REAL / "myaudio_tiny.xlsx", ["audio"])]
    tables = TranscriptTables(REAL, settings, sorted(paths))
    assert tables.find("myaudio/450002.wav")[0].text.startswith("در واقع کار کردن با لتک")
    assert len(paths) == 1082 and tables.rejected == []
    assert tables.sort(sorted(paths)) == paths != sorted(paths)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("A.WAV", "clips/a.wav"),
        ("clips\\a.wav", "clips/a.wav"),
        ("/content/drive/corpus/clips/a.wav", "clips/a.wav"),
        ("C:\\Users\\me\\clips\\a", "clips/a.wav"),
        ("./clips/a.wav ", "clips/a.wav"),
        ("7", "clips/0007.wav"),
        ("cafe\u0301", "clips/caf\u00e9.wav"),
        ("\u0643\u064a", "clips/\u06a9\u06cc.wav"),
    ],
)
def test_names_that_a_person_would_call_the_same(tmp_path: Path, name: str, path: str) -> None:
    pandas.DataFrame({"path": [name], "sentence": ["word"]}).to_csv(tmp_path / "t.csv")
    paths = ["clips/a.wav", "clips/0007.wav", "clips/caf\u00e9.wav", "clips/\u06a9\u06cc.wav"]
    tables = TranscriptTables(tmp_path, transcripts("t.csv"), paths)
    assert tables.find(path) and not tables.rejected


def test_names_of_missing_and_several_recordings_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("path,sentence\nintervew_1,a\n1,b\nout,c\nx/b.wav,d\n")
    paths = ["interview_1.wav", "a/1.wav", "b/1.wav", "y/b.wav"]
    tables = TranscriptTables(tmp_path, transcripts("t.csv"), paths, excluded=["out.wav"])
    assert [(entry.path, entry.reason) for entry in tables.rejected] == [
        (
            "intervew_1",
            "is missing, but row 2 of t.csv names it; did you mean 'interview_1.wav'?",
        ),
        ("1", "row 3 of t.csv names it, which could be 'a/1.wav' or 'b/1.wav'"),
        ("x/b.wav", "is missing, but row 5 of t.csv names it; did you mean 'y/b.wav'?"),
    ]
