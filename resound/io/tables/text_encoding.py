"""Decoding of text files whose encoding is not stated."""

import codecs

from resound.io.tables.row import TableError

# The mark of UTF-32 starts with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PROBE = 512
_SIGNATURES = (
    (
        b"PK\x03\x04",
        "it is an Excel or OpenDocument file (or another zip): rename it to .xlsx or .ods",
    ),
    (b"\xd0\xcf\x11\xe0", "it is an old Excel file: rename it to .xls"),
    (b"PAR1", "it is a Parquet file: rename it to .parquet"),
    (b"\x1f\x8b", "it is compressed: unpack it with gunzip"),
    (b"version https://git-lfs", "it is a Git LFS pointer: run `git lfs pull` where it comes from"),
)


def decode(data: bytes) -> str:
    """Return the text in `data`: UTF-8, or UTF-16 and UTF-32 that start with a byte order mark.

    Raises TableError for other encodings and for files that are no text.
    """
    for signature, advice in _SIGNATURES:
        if data.startswith(signature):
            raise TableError(advice)
    mark, encoding = next(((m, e) for m, e in _MARKS if data.startswith(m)), (b"", "utf-8"))
    if encoding == "utf-8" and b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise TableError(
            f"line {line} contains NUL bytes: it is no text, or UTF-16 without a byte order mark,"
            " which `iconv -f UTF-16LE -t UTF-8` converts"
        )
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise TableError(_explain(data, encoding, error)) from error
    if text[:_PROBE].lstrip().lower().startswith(("<!doctype", "<html")):
        raise TableError("it is a web page, not a table: download it again")
    return text


def _explain(data: bytes, encoding: str, error: UnicodeDecodeError) -> str:
    if encoding != "utf-8":
        return f"it is not valid {encoding.upper()}, as its first bytes state; it may be truncated"
    line = data.count(b"\n", 0, error.start) + 1
    return (
        f"line {line} is not UTF-8 (byte {data[error.start]:#04x}): convert the table with"
        " `iconv -f CP1256 -t UTF-8` if it is Persian or Arabic text written on Windows, or with"
        " `iconv -f CP1252 -t UTF-8` if its language is written in Latin letters"
    )
