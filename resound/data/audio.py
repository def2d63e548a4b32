"""Recordings as mono float32 samples: any format that libsndfile reads, at any rate."""

import io
import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float32]


class UnreadableClip(Exception):
    """A recording that cannot be used; the message says why."""


def read(source: Path | bytes, rate_hz: int | None = None) -> tuple[Samples, int]:
    """The samples (mono, in [-1, 1]) and the rate in Hz of a file, or of a file's content.

    Resampled to `rate_hz` where that is given.
    Channels are averaged and resampling is soxr's high quality, as `librosa.load` does both.
    Raises UnreadableClip for a file that does not decode, is empty, or holds NaN or infinity.
    """
    with _reasons():
        data = source.read_bytes() if isinstance(source, Path) else source
        frames, native_hz = _plain_wave(data) or soundfile.read(io.BytesIO(data), dtype="float32")
    return _mono(frames, native_hz, rate_hz)


def read_piece(
    path: Path, start: int, samples: int, rate_hz: int | None = None
) -> tuple[Samples, int]:
    """As `read`, but only `samples` samples from `start` on, both at the file's own rate."""
    with _reasons():
        frames, native_hz = soundfile.read(path, samples, start, dtype="float32")
    return _mono(frames, native_hz, rate_hz)


def _mono(frames: Samples, native_hz: int, rate_hz: int | None) -> tuple[Samples, int]:
    """One channel of decoded frames, checked and resampled."""
    if not len(frames):
        raise UnreadableClip("holds no samples")
    mono = frames if frames.ndim == 1 else frames.mean(axis=1)
    if not math.isfinite(mono.sum(dtype=np.float64)):
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


@contextmanager
def _reasons() -> Iterator[None]:
    """Turn what a decoder raises into an UnreadableClip."""
    try:
        yield
    except (soundfile.LibsndfileError, OSError, ValueError) as error:
        raise UnreadableClip(_reason(error)) from error


def _reason(error: Exception) -> str:
    # libsndfile's own words, without the object's address that soundfile puts before them.
    text = getattr(error, "error_string", None) or str(error)
    return f"cannot be read: {text.rstrip('.')}"


def _plain_wave(data: bytes) -> tuple[Samples, int] | None:
    """The frames and rate of a WAVE file of 16-bit samples; None for any other content.

    What libsndfile gives, at a third of the time: opening a file through it costs more than
    reading a second of speech.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    form, at = None, 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"fmt " and at + 24 <= len(data):
            form = struct.unpack_from("<HHIIHH", data, at + 8)
        elif name == b"data" and form is not None:
            kind, channels, rate_hz, _, _, bits = form
            if (kind, bits) != (1, 16) or channels < 1:
                return None
            count = min(size, len(data) - at - 8) // (2 * channels)
            samples = np.frombuffer(data, "<i2", count * channels, at + 8)
            frames = np.multiply(samples, np.float32(1 / 32768), dtype=np.float32)
            return (frames if channels == 1 else frames.reshape(-1, channels)), rate_hz
        at += 8 + size + size % 2
    return None
