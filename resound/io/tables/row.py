"""What a table consists of: the names of its columns, and its rows as read from the file."""

from collections.abc import Sequence
from dataclasses import dataclass

_INVISIBLE = "\ufeff\u200b\u200e\u200f"
"""Byte order mark, space without width, and marks of the direction of writing."""


class TableError(Exception):
    """A table that cannot be read as a whole; the message says why, without the file's name."""


@dataclass(frozen=True)
class Unusable:
    """A cell without a text that can be relied on, such as a date or an error value."""

    reason: str
    """What the cell is: `is a date`."""


@dataclass(frozen=True)
class RawRow:
    """A row as stored; its cells are in the order of the columns."""

    number: int
    """The number that an editor or a spreadsheet program shows, from 1."""
    cells: Sequence[str | Unusable]
    problem: str = ""
    """Why the whole row is unusable."""


@dataclass(frozen=True)
class RawTable:
    """The names of the columns and the rows below them, empty ones included."""

    header: Sequence[str]
    rows: Sequence[RawRow]


@dataclass(frozen=True)
class Row:
    """A row with the text of each cell by column, as far as cells have one."""

    number: int
    """The number that an editor or a spreadsheet program shows, from 1."""
    cells: dict[str, str]
    problem: str = ""
    """Why the row cannot be used."""


def column_name(cell: str) -> str:
    """Return the name of a column without blanks and invisible characters around it."""
    return cell.strip().strip(_INVISIBLE).strip()
