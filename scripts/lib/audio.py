"""Recordings as mono float32 samples: any format that libsndfile reads, at any rate."""

import io
import math
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float32]


class UnreadableClip(Exception):
    """A recording that cannot be used; the message says why."""


def read(source: Path | io.BytesIO, rate_hz: int | None = None) -> tuple[Samples, int]:
    """The samples (mono, in [-1, 1]) and their rate in Hz, resampled where `rate_hz` asks.

    Channels are averaged and resampling is soxr's high quality, as `librosa.load` does both.
    Raises UnreadableClip for a file that does not decode, is empty, or holds NaN or infinity.
    """
    try:
        frames, native_hz = soundfile.read(source, dtype="float32")
    except (soundfile.LibsndfileError, OSError, ValueError) as error:
        raise UnreadableClip(_reason(error)) from error
    if not len(frames):
        raise UnreadableClip("holds no samples")
    mono = frames if frames.ndim == 1 else frames.mean(axis=1)
    if not np.isfinite(mono).all():
        raise UnreadableClip("holds samples that are not numbers")
    if rate_hz in (None, native_hz):
        return mono, native_hz
    return resample(mono, native_hz, rate_hz), rate_hz


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """`samples` at another rate; the length is exactly `resampled_length`."""
    wanted = resampled_length(len(samples), from_hz, to_hz)
    made = soxr.resample(samples, from_hz, to_hz, quality="HQ")[:wanted]
    return np.pad(made, (0, wanted - len(made)))


def resampled_length(samples: int, from_hz: int, to_hz: int) -> int:
    """How many samples a clip has after resampling: rounded up, as librosa does."""
    return math.ceil(samples * to_hz / from_hz)


def _reason(error: Exception) -> str:
    # libsndfile's own words, without the object's address that soundfile puts before them.
    text = getattr(error, "error_string", None) or str(error)
    return f"cannot be read: {text.rstrip('.')}"
