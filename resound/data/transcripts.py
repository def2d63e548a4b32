"""Settings of transcript tables, and what they contain for each recording."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import MinLen

from resound.io.tables.formats import find_unsupported
from resound.settings import settings


@settings
class Transcripts:
    """The transcript tables of a corpus and the names of their columns."""

    files: Annotated[list[str], MinLen(1)]
    """Tables below the source (csv, tsv, xlsx, xls, ods, jsonl, parquet). If there are several, the
    name of each, without its suffix, is the `partition` of its recordings."""
    audio: str
    """The column with the path of the recording, with or without its suffix."""
    folder: str = ""
    """The folder below the source to which these paths are relative."""
    text: str | None = None
    """The column with the transcript; omitted if the table only has labels."""
    translation: str | None = None
    """The column with the translation of the transcript."""
    speaker: str | None = None
    """The column with the speaker; by default the field of `path_pattern`."""
    group: str | None = None
    """The column with the group that a split keeps together; by default the field of
    `path_pattern`."""
    label: str | None = None
    """The column with the class; by default the field of `path_pattern`."""

    def problem(self) -> str | None:
        """Return what is wrong with these settings, if anything."""
        if not (self.text or self.label):
            return "the tables need a column: `text`, `label`, or both"
        return find_unsupported(self.files)


@dataclass(frozen=True)
class Transcript:
    """A row of a transcript table."""

    location: str
    """The row number and the file, for messages."""
    text: str
    translation: str
    fields: dict[str, str]
    """Speaker, group, label and partition, as far as the tables have them."""
    problem: str = ""
    """Why the row cannot be used."""
