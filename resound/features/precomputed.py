"""Features that a corpus already holds: an array of frames a recording, as `.npy`."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from resound.arrays import Array
from resound.features.common import dsp
from resound.settings import Positive, PositiveNumber, settings


@settings
class Settings:
    """Frames as they are, or normalised."""

    kind: Literal["precomputed"]
    width: Positive
    """Values in a frame."""
    hop_ms: PositiveNumber = 10.0
    """Time from one frame to the next."""
    normalise: bool = False
    """Whether each clip's columns get mean 0 and deviation 1."""

    pooled = False
    least_seconds = 0.0

    @property
    def rate_hz(self) -> int:
        """Frames a second, which are this kind's samples."""
        return round(1000 / self.hop_ms)

    @property
    def hop(self) -> int:
        """A frame is a sample."""
        return 1

    def rows(self, samples: int) -> int:
        """A row a frame."""
        return samples

    def problem(self) -> str | None:
        """Nothing can be wrong with these settings together."""
        return None


def extract(configuration: Settings, clips: Sequence[Array]) -> Array:
    """The rows of `clips`, one clip after the other: shape (frames, width)."""
    rows = np.concatenate(clips)
    if configuration.normalise:
        offsets = np.cumsum([0, *map(len, clips)])
        return dsp.normalised(rows, offsets).astype(np.float32)
    return rows.astype(np.float32)
