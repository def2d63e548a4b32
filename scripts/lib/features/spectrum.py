"""The mel spectrum of many clips at once: one packed buffer, one strided view, one real FFT.

Equal to librosa's `melspectrogram` on each clip (Hann window, centred frames, zeros beyond the
ends, power 2, Slaney mel scale and norm), which is the definition here.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
import scipy.fft
import scipy.sparse
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from scripts.lib.settings import Positive, PositiveNumber, settings

Array = NDArray[np.float32]
Floats = TypeVar("Floats", NDArray[np.float32], NDArray[np.float64])

# Frames that go through the FFT together: their samples and spectra stay in a core's cache.
_BLOCK = 128


@settings
class Framing:
    """How a clip is cut into frames."""

    rate_hz: Positive = 16000
    """Clips are resampled to this rate first."""
    frame_ms: PositiveNumber = 25.0
    """Length of a frame."""
    hop_ms: PositiveNumber = 10.0
    """Time from one frame to the next."""

    @property
    def n_fft(self) -> int:
        """Samples in a frame."""
        return round(self.frame_ms * self.rate_hz / 1000)

    @property
    def hop(self) -> int:
        """Samples from one frame to the next."""
        return round(self.hop_ms * self.rate_hz / 1000)

    def frames(self, samples: int) -> int:
        """Centred frames of a clip: librosa pads n_fft // 2 zeros at each end."""
        return 1 + (samples + 2 * (self.n_fft // 2) - self.n_fft) // self.hop

    def problem(self) -> str | None:
        """What is wrong with these settings together, if anything."""
        if self.n_fft < 2 or self.hop < 1:
            return f"at {self.rate_hz} Hz a frame has {self.n_fft} samples and a hop {self.hop}"
        return None


@dataclass(frozen=True)
class Packed:
    """Clips in one buffer, zeros between, each beginning a whole number of hops in."""

    samples: NDArray[np.floating]
    """The buffer."""
    starts: NDArray[np.int64]
    """Where each clip begins in the buffer."""
    ends: NDArray[np.int64]
    """Where each clip ends; at least one zero follows."""
    frames: NDArray[np.floating]
    """A view of shape (frames at every hop of the buffer, n_fft)."""
    wanted: NDArray[np.int64]
    """Which of `frames` are a clip's own, one clip after the other."""
    offsets: NDArray[np.int64]
    """Shape (clips + 1,): clip i has offsets[i] to offsets[i + 1] of `wanted`."""


def pack(clips: Sequence[Array], framing: Framing, precision: type[np.floating]) -> Packed:
    """The frames of all `clips` as one view; every clip must hold at least one frame.

    Neighbours share their zeros: half a frame is enough for both.
    """
    n_fft, hop = framing.n_fft, framing.hop
    counts = np.array([framing.frames(len(clip)) for clip in clips])
    lengths = np.array([len(clip) for clip in clips])
    bounds = np.concatenate([[0], np.cumsum(-(-(lengths + (n_fft + 1) // 2) // hop))])
    starts = bounds[:-1] * hop + n_fft // 2
    samples = np.zeros(bounds[-1] * hop + n_fft // 2, precision)
    for clip, start in zip(clips, starts):
        samples[start : start + len(clip)] = clip
    offsets = np.concatenate([[0], np.cumsum(counts)])
    wanted = np.arange(offsets[-1]) + np.repeat(bounds[:-1] - offsets[:-1], counts)
    frames = sliding_window_view(samples, n_fft)[::hop]
    return Packed(samples, starts, starts + lengths, frames, wanted, offsets)


def each_frame(
    packed: Packed, width: int, measure: Callable[[NDArray[np.complexfloating]], Array]
) -> Array:
    """What `measure` makes of the spectrum of every frame: shape (frames of all clips, width).

    `measure` turns spectra of shape (frames, n_fft // 2 + 1) into rows of shape (frames, width).
    The spectra have the precision that the clips were packed in.
    """
    total, n_fft = packed.frames.shape
    window = hann_window(n_fft).astype(packed.samples.dtype)
    windowed = np.empty((_BLOCK, n_fft), packed.samples.dtype)
    rows = np.empty((total, width), np.float32)
    for start in range(0, total, _BLOCK):
        block = packed.frames[start : start + _BLOCK]
        spectra = scipy.fft.rfft(np.multiply(block, window, out=windowed[: len(block)]))
        rows[start : start + _BLOCK] = measure(spectra)
    # The few frames that straddle two clips are computed with the rest and dropped here.
    return rows[packed.wanted]


def mel_spectra(
    clips: Sequence[Array], framing: Framing, mels: int
) -> tuple[Array, NDArray[np.int64]]:
    """Mel power of every frame of `clips`, one clip after the other, and the clips' offsets.

    Returns an array of shape (frames of all clips, mels) and offsets of shape (clips + 1,): clip
    i has the rows offsets[i] to offsets[i + 1]. Every clip must hold at least one frame.
    """
    # In double: single precision would drown bands 60 dB below the loudest, by 1e-3 dB.
    packed = pack(clips, framing, np.float64)
    filters = sparse_filters(framing.rate_hz, framing.n_fft, mels)
    mel = each_frame(packed, mels, lambda spectra: (filters @ power(spectra).T).T)
    return mel, packed.offsets


def clip_means(rows: NDArray[np.floating], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean row of each clip: shape (clips, width)."""
    sums = np.add.reduceat(rows, offsets[:-1], axis=0, dtype=np.float64)
    return sums / np.diff(offsets)[:, None]


def normalised(rows: NDArray[np.floating], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each clip's columns shifted to mean 0 and scaled to deviation 1; a constant one becomes 0."""
    counts = np.diff(offsets)
    centred = rows - np.repeat(clip_means(rows, offsets), counts, axis=0)
    deviations = np.sqrt(clip_means(np.square(centred), offsets))
    scaled: NDArray[np.float64] = centred / np.repeat(
        np.where(deviations > 0, deviations, 1), counts, axis=0
    )
    return scaled


def power(spectrum: NDArray[np.complexfloating]) -> Array:
    """Squared magnitude in single precision."""
    # NumPy's `abs` is vectorised: faster than to add the squares of interleaved parts.
    magnitude: Array = np.abs(spectrum.astype(np.complex64))
    return np.square(magnitude, out=magnitude)


def decibels(
    mel_power: Floats, offsets: NDArray[np.int64], floor_db: float = -100, range_db: float = 80
) -> Floats:
    """10 log10 of power, at least `floor_db`, no clip spanning more than `range_db`.

    librosa's `power_to_db(ref=1)` for each clip. Shape and precision as `mel_power`.
    """
    with np.errstate(divide="ignore"):
        levels: Floats = np.log(mel_power)  # unlike log10, vectorised by NumPy
    levels *= 10 / math.log(10)
    loudest = np.maximum.reduceat(levels.ravel(), offsets[:-1] * levels.shape[1])
    lowest = np.repeat(np.maximum(loudest - range_db, floor_db), np.diff(offsets))
    np.maximum(levels, lowest[:, None], out=levels)
    return levels


@cache
def hann_window(n_fft: int) -> NDArray[np.float64]:
    """The periodic Hann window, 0.5 - 0.5 cos(2 pi n / n_fft)."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)


@cache
def mel_filters(rate_hz: int, n_fft: int, mels: int) -> Array:
    """Triangular filters of unit area on Slaney's mel scale, shape (n_fft // 2 + 1, mels).

    Slaney, Auditory Toolbox (1998): linear below 1 kHz (3 mel in 200 Hz), logarithmic above (27
    steps for a factor of 6.4); each triangle is scaled by 2 / its width in Hz.
    """
    top = _hz_to_mel(rate_hz / 2)
    corners = _mel_to_hz(np.linspace(0, top, mels + 2))
    bins = np.fft.rfftfreq(n_fft, 1 / rate_hz)[:, None]
    low, centre, high = corners[:-2], corners[1:-1], corners[2:]
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * 2 / (high - low)).astype(np.float32)


@cache
def sparse_filters(rate_hz: int, n_fft: int, mels: int) -> scipy.sparse.csr_array:
    """The filters, of which a bin belongs to two at most, as shape (mels, n_fft // 2 + 1)."""
    return scipy.sparse.csr_array(mel_filters(rate_hz, n_fft, mels).T)


_LINEAR_HZ, _KNEE_HZ, _STEP = 200 / 3, 1000.0, np.log(6.4) / 27


def _hz_to_mel(hz: float) -> float:
    if hz < _KNEE_HZ:
        return hz / _LINEAR_HZ
    return float(_KNEE_HZ / _LINEAR_HZ + np.log(hz / _KNEE_HZ) / _STEP)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    knee = _KNEE_HZ / _LINEAR_HZ
    return np.where(mel < knee, mel * _LINEAR_HZ, _KNEE_HZ * np.exp(_STEP * (mel - knee)))
