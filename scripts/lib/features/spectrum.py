"""The mel spectrum of many clips at once: one packed buffer, one strided view, one real FFT.

Equal to librosa's `melspectrogram` on each clip (Hann window, centred frames, zeros beyond the
ends, power 2, Slaney mel scale and norm), which is the definition here.
"""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from scripts.lib.settings import Positive, PositiveNumber, settings

Array = NDArray[np.float32]

# Frames that go through the FFT together: their samples and spectra stay in a core's cache.
_BLOCK = 256


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


def mel_spectra(
    clips: Sequence[Array], framing: Framing, mels: int
) -> tuple[Array, NDArray[np.int64]]:
    """Mel power of every frame of `clips`, one clip after the other, and the clips' offsets.

    Returns an array of shape (frames of all clips, mels) and offsets of shape (clips + 1,): clip
    i has the rows offsets[i] to offsets[i + 1]. Every clip must hold at least one frame.
    """
    filters = mel_filters(framing.rate_hz, framing.n_fft, mels)
    return each_frame(clips, framing, mels, lambda spectra: power(spectra) @ filters)


def each_frame(
    clips: Sequence[Array],
    framing: Framing,
    width: int,
    measure: Callable[[NDArray[np.complex128]], Array],
) -> tuple[Array, NDArray[np.int64]]:
    """What `measure` makes of the spectrum of every frame, and the clips' offsets.

    `measure` turns spectra of shape (frames, n_fft // 2 + 1) into rows of shape (frames, width).
    """
    n_fft, hop = framing.n_fft, framing.hop
    buffer, first_frames, counts = _pack(clips, framing)
    total = int(first_frames[-1] + counts[-1])
    frames = as_strided(
        buffer, (total, n_fft), (hop * buffer.itemsize, buffer.itemsize), writeable=False
    )
    packed = np.empty((total, width), np.float32)
    window = hann_window(n_fft)
    # In double: single precision would drown bands 60 dB below the loudest, by 1e-3 dB.
    windowed = np.empty((_BLOCK, n_fft), np.float64)
    for start in range(0, total, _BLOCK):
        block = frames[start : start + _BLOCK]
        spectra = scipy.fft.rfft(np.multiply(block, window, out=windowed[: len(block)]))
        packed[start : start + _BLOCK] = measure(spectra)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    # The few frames that straddle two clips are computed with the rest and dropped here.
    wanted = np.arange(offsets[-1]) + np.repeat(first_frames - offsets[:-1], counts)
    return packed[wanted], offsets


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


def power(spectrum: NDArray[np.complex128]) -> Array:
    """Squared magnitude in single precision, without the square root that `abs` would take."""
    squares = np.square(spectrum.real, dtype=np.float32, casting="same_kind")
    squares += np.square(spectrum.imag, dtype=np.float32, casting="same_kind")
    return squares


def decibels(
    mel_power: Array, offsets: NDArray[np.int64], floor: float = 1e-10, range_db: float = 80.0
) -> NDArray[np.float64]:
    """10 log10 of power, at least `floor`, no clip spanning more than `range_db`.

    librosa's `power_to_db(ref=1)` for each clip. Shape as `mel_power`.
    """
    levels = np.maximum(mel_power, floor, dtype=np.float64)
    np.log(levels, out=levels)  # unlike log10, vectorised by NumPy
    levels *= 10 / np.log(10)
    loudest = np.maximum.reduceat(levels.max(axis=1), offsets[:-1])
    lowest = np.repeat(loudest - range_db, np.diff(offsets))
    return np.maximum(levels, lowest[:, None], out=levels)


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


_LINEAR_HZ, _KNEE_HZ, _STEP = 200 / 3, 1000.0, np.log(6.4) / 27


def _hz_to_mel(hz: float) -> float:
    if hz < _KNEE_HZ:
        return hz / _LINEAR_HZ
    return float(_KNEE_HZ / _LINEAR_HZ + np.log(hz / _KNEE_HZ) / _STEP)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    knee = _KNEE_HZ / _LINEAR_HZ
    return np.where(mel < knee, mel * _LINEAR_HZ, _KNEE_HZ * np.exp(_STEP * (mel - knee)))


def _pack(
    clips: Sequence[Array], framing: Framing
) -> tuple[Array, NDArray[np.int64], NDArray[np.int64]]:
    """All clips in one buffer, zeros between, each beginning a whole number of hops in.

    Returns the buffer, and for each clip its first frame and number of frames, counting frames
    at every hop of the buffer. Neighbours share their zeros: half a frame is enough for both.
    """
    n_fft, hop = framing.n_fft, framing.hop
    counts = np.array([framing.frames(len(clip)) for clip in clips])
    lengths = np.array([len(clip) for clip in clips])
    strides = -(-(lengths + (n_fft + 1) // 2) // hop)
    first_frames = np.concatenate([[0], np.cumsum(strides)[:-1]])
    end = int(first_frames[-1] + counts[-1] - 1) * hop + n_fft
    buffer = np.zeros(max(end, int(first_frames[-1]) * hop + n_fft // 2 + lengths[-1]), np.float64)
    for clip, first in zip(clips, first_frames):
        start = first * hop + n_fft // 2
        buffer[start : start + len(clip)] = clip
    return buffer, first_frames, counts
