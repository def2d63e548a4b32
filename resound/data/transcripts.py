"""What is said in recordings: tables that name each recording and its text."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import MinLen

from resound.io.spreadsheet import read_sheet, unreadable
from resound.settings import settings


@settings
class Transcripts:
    """The tables of a corpus and the names of their columns."""

    files: Annotated[list[str], MinLen(1)]
    """Tables below the source (xlsx, csv, tsv, jsonl). Where there are several, the name of each,
    without its suffix, is the `partition` of its recordings."""
    audio: str
    """The column that names the recording: a path, with or without its suffix."""
    folder: str = ""
    """Where those paths begin, below the source."""
    text: str
    """The column of what is said."""
    translation: str | None = None
    """The column of the same in another language."""
    speaker: str | None = None
    """The column of who speaks; left out, what the layout says."""
    group: str | None = None
    """The column of what a split can keep apart; left out, what the layout says."""
    label: str | None = None
    """The column of the class; left out, what the layout says."""

    def problem(self) -> str | None:
        """What is wrong with these settings together, if anything."""
        return unreadable(self.files)


@dataclass(frozen=True)
class Row:
    """What a table says of one recording."""

    place: str
    """Where it stands: file and row."""
    text: str
    translation: str
    fields: dict[str, str]
    """Of speaker, group, label and partition those that the tables give."""


class Rows:
    """The rows of a corpus' tables, by the recordings that they name."""

    def __init__(self, root: Path, told: Transcripts) -> None:
        """Read all tables below `root`. Raises UserError where one is missing or lacks a column."""
        self.tables = " or ".join(told.files)
        self._rows: dict[str, list[Row]] = {}
        for file in told.files:
            for name, row in _rows(root, file, told):
                self._rows.setdefault(name, []).append(row)

    def of(self, path: str) -> list[Row]:
        """The rows that name a recording by its path below the source."""
        return self._rows.get(path) or self._rows.get(path[: -len(Path(path).suffix)], [])

    def without(self, paths: set[str]) -> Iterator[tuple[str, Row]]:
        """The rows that name none of `paths`."""
        stems = {path[: -len(Path(path).suffix)] for path in paths}
        for name, rows in self._rows.items():
            if name not in paths and name not in stems:
                yield from ((name, row) for row in rows)


def _rows(root: Path, file: str, told: Transcripts) -> Iterator[tuple[str, Row]]:
    """The path of the recording and the row, for each row of a table that is not empty."""
    given = {"speaker": told.speaker, "group": told.group, "label": told.label}
    columns = {name: column for name, column in given.items() if column}
    wanted = [told.audio, told.text, *columns.values()]
    wanted += [told.translation] if told.translation else []
    for number, row in read_sheet(root / file, wanted):
        audio = row.get(told.audio, "").strip().replace("\\", "/")
        fields = {name: row.get(column, "").strip() for name, column in columns.items()}
        if len(told.files) > 1:
            fields["partition"] = Path(file).stem
        text, translation = row.get(told.text, ""), row.get(told.translation or "", "")
        path = f"{told.folder}/{audio}" if told.folder else audio
        yield path, Row(f"row {number} of {file}", text.strip(), translation.strip(), fields)
