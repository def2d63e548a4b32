"""What is said in recordings: tables that name each recording and its text.

Read are xlsx (the first sheet), csv, tsv and jsonl; the first row (or a line's keys) names columns.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import MinLen

from scripts.lib.errors import UserError, nearest
from scripts.lib.settings import settings

FORMATS = (".xlsx", ".csv", ".tsv", ".jsonl")


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
        for file in self.files:
            if Path(file).suffix.lower() not in FORMATS:
                return f"'{file}' is none of {', '.join(FORMATS)}"
        return None


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
    header, rows = _read(root / file)
    for column in wanted:
        if column not in header:
            raise UserError(f"{root / file} has no column '{column}'{nearest(column, header)}")
    for number, cells in rows:
        row = dict(zip(header, cells))
        audio = row.get(told.audio, "").strip().replace("\\", "/")
        if not any(cells):
            continue
        fields = {name: row.get(column, "").strip() for name, column in columns.items()}
        if len(told.files) > 1:
            fields["partition"] = Path(file).stem
        text, translation = row.get(told.text, ""), row.get(told.translation or "", "")
        path = f"{told.folder}/{audio}" if told.folder else audio
        yield path, Row(f"row {number} of {file}", text.strip(), translation.strip(), fields)


def _read(path: Path) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """A table's column names, and each row's number (as an editor counts) and cells as text."""
    if not path.is_file():
        near = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        raise UserError(f"there is no table {path}{nearest(path.name, near)}")
    form = path.suffix.lower()
    try:
        rows = {".xlsx": _xlsx, ".jsonl": _jsonl}.get(form, _delimited)(path)
    except (ValueError, KeyError, OSError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    if not rows:
        raise UserError(f"{path} is empty")
    # A line of jsonl has no header above it.
    return [cell.strip() for cell in rows[0]], enumerate(rows[1:], 1 if form == ".jsonl" else 2)


def _xlsx(path: Path) -> list[list[str]]:
    import zipfile

    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except zipfile.BadZipFile as error:
        raise ValueError("it is no xlsx file") from error
    sheet = book.worksheets[0]
    return [["" if c is None else str(c) for c in row] for row in sheet.iter_rows(values_only=True)]


def _delimited(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix.lower() == ".tsv":
            # Tables of Common Voice hold bare quotes.
            return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        return list(csv.reader(file))


def _jsonl(path: Path) -> list[list[str]]:
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        try:
            record = json.loads(line) if line.strip() else {}
        except json.JSONDecodeError as error:
            raise ValueError(f"line {number} is no JSON ({error.msg})") from error
        if not isinstance(record, dict):
            raise ValueError(f"line {number} is no JSON object")
        records.append({key: "" if value is None else str(value) for key, value in record.items()})
    header = list(dict.fromkeys(key for record in records for key in record))
    return [header, *([record.get(key, "") for key in header] for record in records)]
