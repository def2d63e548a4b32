"""Tables of every format with known content, and damage to their bytes; all seeded."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas

HEADER = ("path", "speaker", "text")
_WORDS = ("سلام", "دنیا،", "she", 'said "no"', '"Quoted."', "a, b", "c; d", "l'été", '5" pipe', "1")


def make_rows(random: np.random.Generator, count: int = 30) -> list[tuple[str, str, str]]:
    """Return rows with a unique path, a speaker, and a text with quotes and separators."""
    return [
        (f"clips/{n:04}.wav", f"s{random.integers(9)}", " ".join(random.choice(_WORDS, 3)))
        for n in range(count)
    ]


def _delimited(
    separator: str, quoting: int, encoding: str = "utf-8", end: str = "\n"
) -> Callable[[list[tuple[str, str, str]]], bytes]:
    def write(rows: list[tuple[str, str, str]]) -> bytes:
        text = io.StringIO(newline="")
        frame = pandas.DataFrame(rows, columns=list(HEADER))
        frame.to_csv(text, sep=separator, quoting=quoting, index=False, lineterminator=end)
        return text.getvalue().encode(encoding)

    return write


def _literal(rows: list[tuple[str, str, str]]) -> bytes:
    return "".join("\t".join(row) + "\n" for row in [HEADER, *rows]).encode()


def _json_lines(rows: list[tuple[str, str, str]]) -> bytes:
    records = [dict(zip(HEADER, row)) for row in rows]
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def _binary(suffix: str) -> Callable[[list[tuple[str, str, str]]], bytes]:
    def write(rows: list[tuple[str, str, str]]) -> bytes:
        frame, file = pandas.DataFrame(rows, columns=list(HEADER)), io.BytesIO()
        if suffix == ".xlsx":
            frame.to_excel(file, index=False)
        else:
            frame.to_parquet(file)
        return file.getvalue()

    return write


WRITERS: dict[str, tuple[str, Callable[[list[tuple[str, str, str]]], bytes]]] = {
    "commas": (".csv", _delimited(",", csv.QUOTE_MINIMAL)),
    "commas, all quoted": (".csv", _delimited(",", csv.QUOTE_ALL, end="\r\n")),
    "semicolons, UTF-8 with a mark": (".csv", _delimited(";", csv.QUOTE_MINIMAL, "utf-8-sig")),
    "tabs, quoted where needed": (".tsv", _delimited("\t", csv.QUOTE_MINIMAL)),
    "tabs, all quoted": (".tsv", _delimited("\t", csv.QUOTE_ALL)),
    "tabs, UTF-16": (".csv", _delimited("\t", csv.QUOTE_MINIMAL, "utf-16", "\r\n")),
    "tabs, literal quotes": (".tsv", _literal),
    "JSON Lines": (".jsonl", _json_lines),
    "Excel": (".xlsx", _binary(".xlsx")),
    "Parquet": (".parquet", _binary(".parquet")),
}
"""The suffix, and the function that writes rows, of each kind of table."""


def damage(data: bytes, random: np.random.Generator) -> tuple[bytes, int, int]:
    """Change one place of a file; return the new content and the range of bytes that changed.

    The range (in the original) is where content differs; after a truncation it reaches to the end.
    """
    start = int(random.integers(len(data)))
    length = int(random.choice([1, 1, 1, 2, 8, 40]))
    end = min(start + length, len(data))
    mark = bytes(random.choice(list(b'"",;\t\n\r\\a0 \xff\0{}:'), length).astype(np.uint8))
    kind = random.integers(5)
    if kind == 0:
        return data[:start] + data[end:], start, end  # lost bytes
    if kind == 1:
        return data[:start] + mark + data[start:], start, start + 1  # additional bytes
    if kind == 2:
        return data[:start] + mark[: end - start] + data[end:], start, end  # replaced bytes
    if kind == 3:
        flipped = bytes([data[start] ^ (1 << int(random.integers(8)))])
        return data[:start] + flipped + data[start + 1 :], start, start + 1
    return data[:start], start, len(data)  # truncation


def write(folder: Path, suffix: str, data: bytes) -> Path:
    """Write a table and return its path."""
    path = folder / f"table{suffix}"
    path.write_bytes(data)
    return path
