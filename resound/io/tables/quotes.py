"""Quotes in delimited text: whether they enclose fields or belong to the texts, by evidence.

Programs disagree: a spreadsheet program encloses texts in quotes, while the tables of Common Voice
contain quotes as characters of the texts. So a table is read in each way. The reading in which
every row has as many fields as the header is right; if several are, or none is, see
`choose_reading`.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from resound.io.tables.row import TableError

_MAX_FIELD = 2**31 - 1
"""Characters of a field; the `csv` module stops at 131,072 by default."""
_OTHER_BACKSLASH = re.compile(r"""(?<!\\)(?:\\\\)*\\(?![\\"])""")
"""A backslash that escapes neither a quote nor a backslash."""
_ADVICE = (
    "enclose each text with a quote in it in quotes and double that quote, or save the table as"
    " .xlsx or .jsonl"
)


class Record(NamedTuple):
    """The fields of a row, its number, and the lines that it takes up; all count from 1."""

    fields: list[str]
    number: int
    first_line: int
    last_line: int


@dataclass(frozen=True)
class Reading:
    """The records that are not empty, as one convention reads them; the first is the header."""

    records: Sequence[Record]
    problem: str
    """Why the table does not follow the convention."""
    bad: Sequence[Record]
    """The records with more or fewer fields than the header."""

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.records[0].fields)

    @property
    def is_clean(self) -> bool:
        """Whether every record follows the convention and has the width of the header."""
        return not self.problem and not self.bad


def choose_reading(lines: Sequence[str], separator: str) -> Reading:
    """Return the reading that the evidence supports.

    A convention that every row follows is preferred to one that some rows break. If several are
    followed, quotes between commas or semicolons enclose fields. Between tabs they are characters
    (no text contains the tabs that would make a wrong reading look right), unless each of them
    encloses a doubled quote, or they enclose the header too. Raises TableError if the quotes do not
    balance, or if they enclose lines that could be rows by themselves.
    """
    literal = _read_literally(lines, separator)
    if not any('"' in line for line in lines):
        return literal
    readings = [_read_quoted(lines, separator)]
    if any("\\" in line for line in lines) and not _OTHER_BACKSLASH.search("\n".join(lines)):
        readings.append(_read_quoted(lines, separator, escape="\\"))
    if separator == "\t":
        reading = _choose_between_tabs(literal, readings)
    else:
        reading = _choose_between_commas(literal, readings)
    if reading is not literal:
        _check_enclosed_lines(reading, lines, separator)
    return reading


def _choose_between_commas(literal: Reading, readings: Sequence[Reading]) -> Reading:
    if clean := [reading for reading in readings if reading.is_clean]:
        return clean[0]
    if literal.is_clean and not _enclosed_fields(literal):
        return literal
    if balanced := [reading for reading in readings if not reading.problem]:
        return balanced[0]
    raise TableError(f"{readings[0].problem}: {_ADVICE}")


def _choose_between_tabs(literal: Reading, readings: Sequence[Reading]) -> Reading:
    clean = [reading for reading in readings if reading.is_clean]
    enclosed = _enclosed_fields(literal)
    needed = [field for field in enclosed if '""' in field[1:-1]]
    header_is_enclosed = set(literal.records[0].fields) <= set(enclosed)
    if clean and enclosed and (header_is_enclosed or len(enclosed) == len(needed)):
        return clean[0]
    if needed:
        line = next(r.first_line for r in literal.records if needed[0] in r.fields)
        raise TableError(f"line {line} has doubled quotes, but other quotes are not: {_ADVICE}")
    if literal.is_clean:
        return literal
    if clean:
        return clean[0]
    for previous, record in pairwise(literal.records):
        if len(record.fields) != literal.width and previous.fields[-1].startswith('"'):
            raise TableError(f"{readings[0].problem or _describe(record, literal)}: {_ADVICE}")
    return literal


def _enclosed_fields(literal: Reading) -> list[str]:
    """Return the fields that start and end with a quote, including these."""
    fields = [field for record in literal.records for field in record.fields]
    return [field for field in fields if len(field) > 2 and field[0] == field[-1] == '"']


def _check_enclosed_lines(reading: Reading, lines: Sequence[str], separator: str) -> None:
    """Raise TableError if quotes enclose lines that could be rows by themselves.

    Two stray quotes, each at the edge of a field, would hide all rows between them.
    """
    for record in reading.records:
        spanned = lines[record.first_line - 1 : record.last_line]
        if len(spanned) == 1:
            continue
        if len(record.fields) != reading.width:
            raise TableError(f"{_describe(record, reading)}: {_ADVICE}")
        if all(len(line.split(separator)) == reading.width for line in spanned):
            raise TableError(
                f"lines {record.first_line} to {record.last_line} are one row if their quotes"
                f" enclose a text with line breaks, and {len(spanned)} rows if the quotes belong to"
                f" the texts: {_ADVICE}"
            )


def _describe(record: Record, reading: Reading) -> str:
    lines = f"line {record.first_line} has"
    if record.first_line < record.last_line:
        lines = f"lines {record.first_line} to {record.last_line}, which quotes join, have"
    return f"{lines} {len(record.fields)} fields, but the header has {reading.width}"


def _read_literally(lines: Sequence[str], separator: str) -> Reading:
    """Read each line as a row whose quotes are characters like others."""
    records = [
        Record(line.split(separator), number, number, number)
        for number, line in enumerate(lines, 1)
    ]
    return _to_reading(records)


def _read_quoted(lines: Sequence[str], separator: str, escape: str | None = None) -> Reading:
    """Read fields that quotes may enclose; a quote within is doubled or follows `escape`."""
    csv.field_size_limit(_MAX_FIELD)
    reader = csv.reader(
        (f"{line}\n" for line in lines),
        delimiter=separator,
        strict=True,
        escapechar=escape,
    )
    records: list[Record] = []
    first, problem = 1, ""
    try:
        for number, fields in enumerate(reader, 1):
            records.append(Record(fields, number, first, reader.line_num))
            first = reader.line_num + 1
    except csv.Error:
        problem = f"the quotes from line {first} on do not balance"
    return _to_reading(records, problem)


def _to_reading(records: Sequence[Record], problem: str = "") -> Reading:
    """Leave out empty records, and compare the widths of the others with that of the header.

    Columns without a name at the end may be missing, and empty fields may follow, because
    spreadsheet programs append them to some rows.
    """
    filled = [record for record in records if any(map(str.strip, record.fields))]
    if not filled:
        return Reading([Record([], 0, 0, 0)], problem or "it is empty", [])
    header = filled[0].fields
    named = len(_trim(header, 0))
    fitted = [record._replace(fields=_fit(record.fields, named, len(header))) for record in filled]
    return Reading(fitted, problem, [r for r in fitted if len(r.fields) != len(header)])


def _fit(fields: list[str], named: int, width: int) -> list[str]:
    """Fill up a record of at least `named` fields to `width`, without empty fields beyond."""
    if len(fields) == width:
        return fields
    trimmed = _trim(fields, named)
    return trimmed + [""] * (width - len(trimmed)) if named <= len(trimmed) <= width else trimmed


def _trim(fields: list[str], least: int) -> list[str]:
    """Return the fields without empty ones at the end; at least the first `least` remain."""
    end = len(fields)
    while end > least and not fields[end - 1].strip():
        end -= 1
    return fields[:end]
