"""Rules for indexing the recordings that unit tests write."""

from collections.abc import Sequence
from pathlib import Path

from resound.data.frame_labels import Alignment
from resound.data.index import Rejected
from resound.data.path_pattern import PathPattern
from resound.data.recording_index import read_recordings
from resound.data.recordings import Item, Rules
from resound.data.transcripts import Transcripts
from resound.runtime.pool import Pool

PATTERN = PathPattern("{speaker}/{label}_{n}.wav")
LABELS = ["yes", "no"]


def make_rules(
    labels: list[str] | None = LABELS,
    chunk_seconds: float | None = None,
    unknown: Sequence[str] = (),
    alignment: Alignment | None = None,
    frame_ms: float | None = None,
    transcripts: Transcripts | None = None,
    label_names: dict[str, str] | None = None,
) -> Rules:
    """Return rules with `min_seconds: 0.1`."""
    return Rules(
        labels=labels,
        label_names=label_names or {},
        unknown=unknown,
        min_seconds=0.1,
        max_seconds=None,
        truncate=False,
        chunk_seconds=chunk_seconds,
        transcripts=transcripts,
        alignment=alignment,
        frame_ms=frame_ms,
    )


def read(
    root: Path,
    rules: Rules | None = None,
    pattern: PathPattern = PATTERN,
    pool: Pool = "none",
    workers: int = 1,
) -> tuple[list[Item], list[Rejected]]:
    """Read the recordings below `root` that match `pattern`."""
    return read_recordings(root, pattern, rules or make_rules(), pool, workers)


def reasons(rejected: Sequence[Rejected]) -> dict[str, str]:
    """Return the reason for each rejected path."""
    return {entry.path: entry.reason for entry in rejected}
