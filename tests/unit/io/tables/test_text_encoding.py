"""Encodings of tables: those that state themselves are read, others are errors that help."""

import codecs
from pathlib import Path

import pytest

from resound.errors import UserError
from resound.io.tables.read import read_rows

CONTENT = "path,text\na.wav,سلام é\n"


@pytest.mark.parametrize(
    "data",
    [
        CONTENT.encode(),
        codecs.BOM_UTF8 + CONTENT.encode(),
        CONTENT.encode("utf-16"),
        codecs.BOM_UTF16_BE + CONTENT.encode("utf-16-be"),
        CONTENT.encode("utf-32"),
        codecs.BOM_UTF32_BE + CONTENT.encode("utf-32-be"),
    ],
)
def test_unicode_is_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(data)
    (row,) = read_rows(tmp_path / "t.csv", ["path", "text"])
    assert row.cells == {"path": "a.wav", "text": "سلام é"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("path,text\na,b\nc,سلام\n".encode("cp1256"), "line 3 is not UTF-8 (byte 0xd3)"),
        ("path,text\na,é\n".encode("latin-1"), "iconv -f CP1252 -t UTF-8"),
        (CONTENT.encode("utf-16-le"), "iconv -f UTF-16LE"),
        (CONTENT.encode("utf-16")[:-1], "not valid UTF-16-LE"),
        (b"PK\x03\x04...", "rename it to .xlsx"),
        (b"\xd0\xcf\x11\xe0...", "rename it to .xls"),
        (b"PAR1...", "rename it to .parquet"),
        (b"\x1f\x8b...", "gunzip"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"\n<!DOCTYPE html><html>", "a web page"),
        (b'<html lang="en"><body>', "a web page"),
    ],
)
def test_other_content_is_an_error_that_helps(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "t.csv").write_bytes(data)
    with pytest.raises(UserError) as caught:
        read_rows(tmp_path / "t.csv", ["path", "text"])
    assert message in str(caught.value) and str(tmp_path / "t.csv") in str(caught.value)


@pytest.mark.parametrize(("encoding", "tool"), [("cp1256", "CP1256"), ("cp1252", "CP1252")])
def test_the_advice_converts_the_table(tmp_path: Path, encoding: str, tool: str) -> None:
    text = "path,text\na,سلام\n" if encoding == "cp1256" else "path,text\na,é\n"
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    with pytest.raises(UserError, match=f"iconv -f {tool} -t UTF-8"):
        read_rows(tmp_path / "t.csv", ["path"])
    (tmp_path / "t.csv").write_bytes((tmp_path / "t.csv").read_bytes().decode(tool).encode())
    (row,) = read_rows(tmp_path / "t.csv", ["path", "text"])
    assert row.cells["text"] == text.split(",")[-1].strip()
