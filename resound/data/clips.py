"""Items of an index as recordings that can be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from resound.data import audio
from resound.data.frame_arrays import read_frames


@dataclass(frozen=True)
class Clip:
    """An item of the index: its file, its length in samples at the file's rate, where it begins."""

    path: Path
    samples: int
    rate_hz: int
    start: int | None = None
    """The first sample of a piece; None for a whole recording."""

    @classmethod
    def of(cls, row: Mapping[str, str], root: Path) -> "Clip":
        """The clip of a row of the index, whose paths begin at `root`."""
        start = int(row["start"]) if row["start"] else None
        return cls(root / row["path"], int(row["samples"]), int(row["rate_hz"]), start)

    def read(self, rate_hz: int) -> audio.Samples:
        """Its samples at `rate_hz`, or its frames. Raises `audio.UnreadableClip`."""
        if self.path.suffix == ".npy":
            return read_frames(self.path.read_bytes())
        if self.start is None:
            return audio.read(self.path, rate_hz)[0]
        return audio.read_piece(self.path, self.start, self.samples, rate_hz)[0]
