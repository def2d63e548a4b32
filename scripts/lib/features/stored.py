"""Features that a corpus already holds: an array of frames a recording, as `.npy`."""

import io
from collections.abc import Sequence
from typing import Literal

import numpy as np

from scripts.lib.audio import UnreadableClip
from scripts.lib.features import spectrum
from scripts.lib.features.spectrum import Array
from scripts.lib.settings import Positive, PositiveNumber, settings


@settings
class Settings:
    """Frames as they are, or normalised."""

    kind: Literal["stored"]
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


def extract(recipe: Settings, clips: Sequence[Array]) -> Array:
    """The rows of `clips`, one clip after the other: shape (frames, width)."""
    rows = np.concatenate(clips)
    if recipe.normalise:
        offsets = np.cumsum([0, *map(len, clips)])
        return spectrum.normalised(rows, offsets).astype(np.float32)
    return rows.astype(np.float32)


def decode(data: bytes) -> Array:
    """The frames in the content of a `.npy` file: shape (frames, width).

    Raises UnreadableClip for what is no such array, is empty, or holds NaN or infinity.
    """
    try:
        frames: Array = np.load(io.BytesIO(data))
    except (ValueError, OSError, EOFError) as error:
        raise UnreadableClip(f"cannot be read: {error}") from error
    if frames.ndim != 2 or not frames.size or not np.issubdtype(frames.dtype, np.floating):
        raise UnreadableClip(f"is no array of frames: shape {frames.shape}, {frames.dtype}")
    if not np.isfinite(frames).all():
        raise UnreadableClip("holds values that are not numbers")
    return frames
