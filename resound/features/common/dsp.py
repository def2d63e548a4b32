"""Frames and spectra of many clips at once: one packed buffer, one strided view, one real FFT.

Frames are those of librosa: Hann window, centred, zeros beyond the ends of a clip.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from resound.arrays import Array
from resound.settings import Positive, PositiveNumber, settings

# Frames that go through the FFT together: their samples and spectra stay in a core's cache.
_BLOCK = 128


@settings
class Framing:
    """How a clip is divided into frames."""

    rate_hz: Positive = 16000
    """Sampling rate to which clips are resampled first, in Hz."""
    frame_ms: PositiveNumber = 25.0
    """Length of a frame, in milliseconds."""
    hop_ms: PositiveNumber = 10.0
    """Time between the starts of two frames, in milliseconds."""

    @property
    def n_fft(self) -> int:
        """Number of samples of a frame."""
        return round(self.frame_ms * self.rate_hz / 1000)

    @property
    def hop(self) -> int:
        """Number of samples between the starts of two frames."""
        return round(self.hop_ms * self.rate_hz / 1000)

    def frames(self, samples: int) -> int:
        """Return the number of centred frames of a clip, padded with n_fft // 2 zeros per end."""
        return 1 + (samples + 2 * (self.n_fft // 2) - self.n_fft) // self.hop

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, if anything."""
        if self.n_fft < 2 or self.hop < 1:
            return f"at {self.rate_hz} Hz a frame has {self.n_fft} samples and a hop {self.hop}"
        return None


@dataclass(frozen=True)
class Packed:
    """Clips in one buffer with zeros between them, aligned to whole hops."""

    samples: NDArray[np.floating]
    """The buffer."""
    starts: NDArray[np.int64]
    """First sample of each clip in the buffer."""
    ends: NDArray[np.int64]
    """End of each clip; at least one zero follows."""
    frames: NDArray[np.floating]
    """A view of shape (frames at every hop of the buffer, n_fft)."""
    wanted: NDArray[np.int64]
    """The numbers of `frames` that belong to a clip, one clip after the other."""
    offsets: NDArray[np.int64]
    """Shape (clips + 1,): clip i has offsets[i] to offsets[i + 1] of `wanted`."""


def pack(clips: Sequence[Array], framing: Framing, precision: type[np.floating]) -> Packed:
    """Return the frames of all `clips` as one view; every clip must have at least one frame.

    Neighbours share the zeros between them: half a frame is enough for both.
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
    """Return `measure` of the spectrum of every frame, shape (frames of all clips, width).

    `measure` maps spectra of shape (frames, n_fft // 2 + 1) to rows of shape (frames, width). The
    spectra have the precision in which the clips were packed.
    """
    import scipy.fft

    total, n_fft = packed.frames.shape
    window = hann_window(n_fft).astype(packed.samples.dtype)
    windowed = np.empty((_BLOCK, n_fft), packed.samples.dtype)
    rows = np.empty((total, width), np.float32)
    for start in range(0, total, _BLOCK):
        block = packed.frames[start : start + _BLOCK]
        spectra = scipy.fft.rfft(np.multiply(block, window, out=windowed[: len(block)]))
        rows[start : start + _BLOCK] = measure(spectra)
    # The few frames that overlap two clips are computed with the rest and dropped here.
    return rows[packed.wanted]


def clip_means(rows: NDArray[np.floating], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean row of each clip, shape (clips, width)."""
    sums = np.add.reduceat(rows, offsets[:-1], axis=0, dtype=np.float64)
    return sums / np.diff(offsets)[:, None]


def normalised(rows: NDArray[np.floating], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the rows with each clip's columns at mean 0 and standard deviation 1.

    A constant column becomes 0.
    """
    counts = np.diff(offsets)
    centred = rows - np.repeat(clip_means(rows, offsets), counts, axis=0)
    deviations = np.sqrt(clip_means(np.square(centred), offsets))
    scaled: NDArray[np.float64] = centred / np.repeat(
        np.where(deviations > 0, deviations, 1), counts, axis=0
    )
    return scaled


@cache
def hann_window(n_fft: int) -> NDArray[np.float64]:
    """Return the periodic Hann window, 0.5 - 0.5 cos(2 pi n / n_fft)."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
