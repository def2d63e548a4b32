"""Reading of transcript tables.

`resound.data.recording_index` loads this module by name, so that an edit to the table reader
makes only the corpora with transcript tables stale: the rule that indexes them names this file.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from resound.data.index import Rejected
from resound.data.transcripts import Transcript, Transcripts
from resound.io.tables.read import read_rows


class TranscriptTables:
    """The transcripts of a corpus by the paths of the recordings."""

    def __init__(self, root: Path, settings: Transcripts) -> None:
        """Read all tables below `root`. Raises UserError if one is missing or lacks a column."""
        self.names = " or ".join(settings.files)
        self.rejected: list[Rejected] = []
        """The rows that name no recording."""
        self._transcripts: dict[str, list[Transcript]] = {}
        for file in settings.files:
            for path, transcript in _read(root, file, settings):
                if path:
                    self._transcripts.setdefault(path, []).append(transcript)
                else:
                    self.rejected.append(Rejected(transcript.location, transcript.problem))

    def find(self, path: str) -> list[Transcript]:
        """Return the transcripts of a recording by its path below the source."""
        return self._transcripts.get(path) or self._transcripts.get(_without_suffix(path), [])

    def sort(self, paths: Sequence[str]) -> list[str]:
        """Return `paths` in the order of their rows, one table after the other.

        Those without a row follow, in the order of `paths`.
        """
        position = {path: number for number, path in enumerate(self._transcripts)}
        without_row = len(position)

        def row(path: str) -> int:
            return position.get(path, position.get(_without_suffix(path), without_row))

        return sorted(paths, key=row)

    def unmatched(self, paths: set[str]) -> Iterator[tuple[str, Transcript]]:
        """Yield the path and the transcript of each row that names none of `paths`."""
        stems = {_without_suffix(path) for path in paths}
        for path, transcripts in self._transcripts.items():
            if path not in paths and path not in stems:
                yield from ((path, transcript) for transcript in transcripts)


def _read(root: Path, file: str, settings: Transcripts) -> Iterator[tuple[str, Transcript]]:
    """Yield the path of the recording and the transcript of each non-empty row of a table.

    The path is empty, and the transcript has a problem, if the row names no recording.
    """
    optional = {"speaker": settings.speaker, "group": settings.group, "label": settings.label}
    columns = {name: column for name, column in optional.items() if column}
    required = [settings.audio, settings.text, *columns.values()]
    required += [settings.translation] if settings.translation else []
    for row in read_rows(root / file, required):
        audio = row.cells.get(settings.audio, "").strip().replace("\\", "/")
        fields = {name: row.cells.get(column, "").strip() for name, column in columns.items()}
        if len(settings.files) > 1:
            fields["partition"] = Path(file).stem
        text = row.cells.get(settings.text, "").strip()
        translation = row.cells.get(settings.translation or "", "").strip()
        problem = row.problem or ("" if audio else f"has no '{settings.audio}'")
        path = f"{settings.folder}/{audio}" if settings.folder and audio else audio
        yield path, Transcript(f"row {row.number} of {file}", text, translation, fields, problem)


def _without_suffix(path: str) -> str:
    return path[: -len(Path(path).suffix)]
