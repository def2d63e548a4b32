"""Recordings that are arrays of frames, as `.npy`."""

import io

import numpy as np

from resound.arrays import Array
from resound.data.audio import UnreadableClip


def read_frames(data: bytes) -> Array:
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
