"""Recordings that are stored as arrays of feature frames (`.npy`)."""

import io

import numpy as np

from resound.arrays import Array
from resound.data.decoding.errors import UnreadableClip


def read_frames(data: bytes) -> Array:
    """Return the frames in the content of a `.npy` file, shape (frames, width).

    Raises UnreadableClip if it is not such an array, is empty, or contains NaN or infinity.
    """
    try:
        frames: Array = np.load(io.BytesIO(data))
    except (ValueError, OSError, EOFError) as error:
        raise UnreadableClip(f"cannot be read: {error}") from error
    if frames.ndim != 2 or not frames.size or not np.issubdtype(frames.dtype, np.floating):
        raise UnreadableClip(f"is not an array of frames: shape {frames.shape}, {frames.dtype}")
    if not np.isfinite(frames).all():
        raise UnreadableClip("contains NaN or infinite values")
    return frames
