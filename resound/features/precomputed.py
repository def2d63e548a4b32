"""Features that a corpus already has: one array of frames per recording, as `.npy`."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from resound.arrays import Array
from resound.features.common import dsp
from resound.settings import Positive, PositiveNumber, settings


@settings
class Settings:
    """Frames unchanged, or normalised."""

    kind: Literal["precomputed"]
    width: Positive
    """Number of values per frame."""
    hop_ms: PositiveNumber = 10.0
    """Time between the starts of two frames, in milliseconds."""
    normalise: bool = False
    """Whether the columns of each clip are scaled to mean 0 and standard deviation 1."""

    pooled = False
    least_seconds = 0.0

    @property
    def rate_hz(self) -> int:
        """Frames per second; frames take the place of samples."""
        return round(1000 / self.hop_ms)

    @property
    def hop(self) -> int:
        """One: a frame takes the place of a sample."""
        return 1

    def rows(self, samples: int) -> int:
        """Return the number of frames."""
        return samples

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, if anything."""
        return None


def extract(configuration: Settings, clips: Sequence[Array]) -> Array:
    """Return the rows of `clips`, one clip after the other, shape (frames, width)."""
    rows = np.concatenate(clips)
    if configuration.normalise:
        offsets = np.cumsum([0, *map(len, clips)])
        return dsp.normalised(rows, offsets).astype(np.float32)
    return rows.astype(np.float32)
