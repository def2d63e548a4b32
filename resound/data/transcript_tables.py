"""Reading of transcript tables.

`resound.data.recording_index` loads this module by name, so that an edit to the table reader
makes only the corpora with transcript tables stale: the rule that indexes them names this file.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from resound.data.index import Rejected
from resound.data.names import NameMatcher, clean_name
from resound.data.transcripts import Transcript, Transcripts
from resound.io.tables.read import read_rows

_SUGGESTIONS = 20


class TranscriptTables:
    """The transcripts of a corpus by the paths of the recordings."""

    def __init__(
        self, root: Path, settings: Transcripts, paths: Sequence[str], excluded: Sequence[str] = ()
    ) -> None:
        """Read all tables below `root`, and find the recordings in `paths` that their rows name.

        Rows that name one of the `excluded` paths are skipped. Raises UserError if a table is
        missing or lacks a column.
        """
        self.names = " or ".join(settings.files)
        self.rejected: list[Rejected] = []
        """The rows that name no recording, or could name several."""
        self._transcripts: dict[str, list[Transcript]] = {}
        recordings, left_out = NameMatcher(paths), NameMatcher(excluded)
        for file in settings.files:
            for name, transcript in _read(root, file, settings):
                if not name:
                    self.rejected.append(Rejected(transcript.location, transcript.problem))
                elif len(found := recordings.find(name)) == 1:
                    self._transcripts.setdefault(found[0], []).append(transcript)
                elif found:
                    reason = f"{transcript.location} names it, which could be {_join(found)}"
                    self.rejected.append(Rejected(name, reason))
                elif not left_out.find(name):
                    # Not for each of the thousands that a part of a corpus lacks.
                    hint = recordings.suggest(name) if len(self.rejected) < _SUGGESTIONS else ""
                    reason = f"is missing, but {transcript.location} names it{hint}"
                    self.rejected.append(Rejected(name, reason))

    def find(self, path: str) -> list[Transcript]:
        """Return the transcripts of a recording by its path below the source."""
        return self._transcripts.get(path, [])

    def sort(self, paths: Sequence[str]) -> list[str]:
        """Return `paths` in the order of their rows, one table after the other.

        Those without a row follow, in the order of `paths`.
        """
        position = {path: number for number, path in enumerate(self._transcripts)}
        return sorted(paths, key=lambda path: position.get(path, len(position)))


def _read(root: Path, file: str, settings: Transcripts) -> Iterator[tuple[str, Transcript]]:
    """Yield the name of the recording and the transcript of each non-empty row of a table.

    The name is empty, and the transcript has a problem, if the row names no recording.
    """
    optional = {"speaker": settings.speaker, "group": settings.group, "label": settings.label}
    columns = {name: column for name, column in optional.items() if column}
    optional_texts = [name for name in (settings.text, settings.translation) if name]
    required = [settings.audio, *optional_texts, *columns.values()]
    for row in read_rows(root / file, required):
        audio = row.cells.get(settings.audio, "").strip()
        fields = {name: clean_name(row.cells.get(column, "")) for name, column in columns.items()}
        if len(settings.files) > 1:
            fields["partition"] = Path(file).stem
        text = row.cells.get(settings.text or "", "").strip()
        translation = row.cells.get(settings.translation or "", "").strip()
        problem = row.problem or ("" if audio else f"has no '{settings.audio}'")
        path = f"{settings.folder}/{audio}" if settings.folder and audio else audio
        yield path, Transcript(f"row {row.number} of {file}", text, translation, fields, problem)


def _join(paths: Sequence[str]) -> str:
    return " or ".join(f"'{path}'" for path in paths[:2])
