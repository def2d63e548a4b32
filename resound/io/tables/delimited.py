"""Delimited text (`.csv`, `.tsv`): its encoding, line ends, separator, and rows."""

from collections.abc import Sequence
from pathlib import Path

from resound.io.tables.quotes import choose_reading
from resound.io.tables.row import RawRow, RawTable, column_name
from resound.io.tables.text_encoding import decode

_SEPARATORS = ("\t", ",", ";")


def read_delimited(path: Path, required: Sequence[str]) -> RawTable:
    """Return the content of a table of delimited text.

    The separator is the first of tab, comma and semicolon by which the header has the `required`
    columns. A row with another number of fields than the header is marked as unusable. Raises
    TableError if the text cannot be decoded, or if its quotes can be understood in several ways or
    in none.
    """
    text = _unify_line_ends(decode(path.read_bytes()))
    if not text.strip():
        return RawTable([], [])
    lines = text.removesuffix("\n").split("\n")
    header, *records = choose_reading(lines, _find_separator(lines, required)).records
    width = len(header.fields)
    rows = [
        RawRow(record.number, record.fields, _width_problem(len(record.fields), width))
        for record in records
    ]
    return RawTable(header.fields, rows)


def _unify_line_ends(text: str) -> str:
    """Return the text with `\\n` at the end of each line.

    A carriage return ends a line only if nothing else does; elsewhere it is a stray character.
    """
    text = text.replace("\r\n", "\n")
    return text.replace("\r", " " if "\n" in text else "\n")


def _find_separator(lines: Sequence[str], required: Sequence[str]) -> str:
    header = next(line for line in lines if line.strip())
    fields = {
        separator: [column_name(field.strip().strip('"')) for field in header.split(separator)]
        for separator in _SEPARATORS
    }
    for separator, names in fields.items():
        if set(required) <= set(names):
            return separator
    return max(_SEPARATORS, key=lambda separator: len(fields[separator]))


def _width_problem(fields: int, width: int) -> str:
    return "" if fields == width else f"has {fields} fields, but the header has {width}"
