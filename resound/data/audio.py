"""Reading of recordings as mono float32 samples, of any format and at any sampling rate."""

import math
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
import soxr

from resound.arrays import Array
from resound.data.decoding.decode import decode
from resound.data.decoding.errors import UnreadableClip

_LOUDEST = 1e10
"""Some programs store integer samples as floating point numbers, up to 2**31."""
_SEEKABLE = {"WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "FLAC"}


def read(source: Path | bytes, rate_hz: int | None = None) -> tuple[Array, int]:
    """Return the samples of a file (or of its content) and their rate in Hz.

    The samples are mono, in [-1, 1], shape (samples,), resampled to `rate_hz` unless it is None.
    As in `librosa.load`, channels are averaged and the resampler is soxr's high quality. Raises
    UnreadableClip if a file cannot be decoded, is empty or truncated, or contains NaN or infinity.
    """
    frames, native_hz = decode(load(source) if isinstance(source, Path) else source)
    return _convert(frames, native_hz, rate_hz)


def read_chunk(
    path: Path, start: int, samples: int, rate_hz: int | None = None
) -> tuple[Array, int]:
    """Read `samples` samples from `start` on (at the rate of the file); otherwise like `read`."""
    frames, native_hz = _seek(path, start, samples) or _cut(path, start, samples)
    if len(frames) < samples:
        raise UnreadableClip(f"has fewer than {start + samples} samples")
    return _convert(frames, native_hz, rate_hz)


def load(path: Path) -> bytes:
    """Return the content of a file. Raises UnreadableClip if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableClip(f"cannot be read: {error.strerror}") from error


def _seek(path: Path, start: int, samples: int) -> tuple[Array, int] | None:
    """Read a chunk of a format in which positions are exact; return None for others."""
    try:
        with soundfile.SoundFile(path) as file:
            if file.format not in _SEEKABLE or file.frames < start + samples:
                return None
            file.seek(start)
            frames = file.read(samples, dtype="float32")
            return (frames, file.samplerate) if len(frames) == samples else None
    except soundfile.LibsndfileError:
        return None


def _cut(path: Path, start: int, samples: int) -> tuple[Array, int]:
    """Read a chunk by decoding the whole file."""
    try:
        frames, rate_hz = _decode_last(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise UnreadableClip(f"cannot be read: {error.strerror}") from error
    return frames[start : start + samples], rate_hz


@lru_cache(maxsize=1)
def _decode_last(path: Path, modified_ns: int) -> tuple[Array, int]:
    """Decode a whole file, whose chunks are read one after the other."""
    return decode(load(path))


def to_mono(frames: Array) -> Array:
    """Return the average of the channels of decoded frames, shape (samples,).

    Raises UnreadableClip if it contains NaN, infinity, or values far beyond full scale, which is 1:
    the power of such a signal is infinite.
    """
    mono = frames if frames.ndim == 1 else frames.mean(axis=1)
    low, high = float(mono.min()), float(mono.max())
    if low > -_LOUDEST and high < _LOUDEST:
        return mono
    peak = max(abs(low), abs(high))
    if not math.isfinite(peak):
        raise UnreadableClip("contains NaN or infinite samples")
    raise UnreadableClip(f"contains a sample of {peak:.3g}, where full scale is 1")


def _convert(frames: Array, native_hz: int, rate_hz: int | None) -> tuple[Array, int]:
    """Average the channels of decoded frames, and resample them."""
    mono = to_mono(frames)
    if rate_hz in (None, native_hz):
        return mono, native_hz
    return resample(mono, native_hz, rate_hz), rate_hz


def resample(samples: Array, from_hz: int, to_hz: int) -> Array:
    """Resample to another rate; the length is exactly `resampled_length`."""
    length = resampled_length(len(samples), from_hz, to_hz)
    resampled = soxr.resample(samples, from_hz, to_hz, quality="HQ")[:length]
    return np.pad(resampled, (0, length - len(resampled)))


def resampled_length(samples: int, from_hz: int, to_hz: int) -> int:
    """Return the number of samples after resampling, rounded up as in librosa."""
    return math.ceil(samples * to_hz / from_hz)
