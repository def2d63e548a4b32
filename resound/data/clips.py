"""Items of an index as audio clips that can be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from resound.arrays import Array
from resound.data import audio
from resound.data.frame_arrays import read_frames


@dataclass(frozen=True)
class Clip:
    """A recording, or a chunk of one."""

    path: Path
    samples: int
    """The number of samples at the rate of the file."""
    rate_hz: int
    """The sampling rate of the file."""
    start: int | None = None
    """The first sample of a chunk; None for a whole recording."""

    @classmethod
    def from_row(cls, row: Mapping[str, str], root: Path) -> "Clip":
        """Return the clip of a row of the index, whose paths are relative to `root`."""
        start = int(row["start"]) if row["start"] else None
        return cls(root / row["path"], int(row["samples"]), int(row["rate_hz"]), start)

    def read(self, rate_hz: int) -> Array:
        """Return the samples resampled to `rate_hz`, shape (samples,), or the stored frames.

        Raises `audio.UnreadableClip`.
        """
        if self.path.suffix == ".npy":
            return read_frames(self.path.read_bytes())
        if self.start is None:
            return audio.read(self.path, rate_hz)[0]
        return audio.read_chunk(self.path, self.start, self.samples, rate_hz)[0]
