"""Mel-frequency cepstral coefficients, optionally with deltas: one row per frame or per clip.

Equal to `librosa.feature.mfcc` and `librosa.feature.delta` on each clip.
"""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from resound.arrays import Array
from resound.features.common import dsp
from resound.features.common.mel import decibels, mel_spectra
from resound.settings import Positive, settings

# librosa's default: a delta is a slope over nine frames.
DELTA_FRAMES = 9
# The order of the statistics in the rows of `pool: stats`.
_STATISTICS = ("mean", "variance", "median", "min", "max")


@settings
class Settings(dsp.Framing):
    """MFCCs: windowed frames, mel filters, decibels, DCT."""

    kind: Literal["mfcc"]
    mels: Positive = 24
    """Number of mel filters."""
    coefficients: Positive = 12
    """Number of coefficients, from the zeroth on."""
    deltas: Annotated[int, Ge(0), Le(2)] = 0
    """Number of orders of time derivatives that follow the coefficients."""
    pool: Literal["none", "mean", "variance", "median", "min", "max", "stats"] = "none"
    """What is kept of a clip's frames: all of them (`none`), one statistic of each column, or all
    five, one after the other in this order (`stats`)."""
    normalise: bool = False
    """Whether the columns of each clip are scaled to mean 0 and standard deviation 1."""
    filter_rate_hz: Positive | None = None
    """The sampling rate in Hz for which the mel filters are computed, by default `rate_hz`. With
    another rate all filters are shifted by the ratio of the two, as when `librosa.feature.mfcc`
    is called without `sr` on audio that is not at 22,050 Hz (as in the speakers report)."""

    @property
    def width(self) -> int:
        """Number of values per row."""
        statistics = len(_STATISTICS) if self.pool == "stats" else 1
        return self.coefficients * (1 + self.deltas) * statistics

    @property
    def pooled(self) -> bool:
        """Whether a clip has one row, however long it is."""
        return self.pool != "none"

    @property
    def least_seconds(self) -> float:
        """Duration of the shortest clip that has features."""
        frames = DELTA_FRAMES if self.deltas else 1
        # A frame of an odd number of samples is padded with one zero less: see `Framing.frames`.
        return max((frames - 1) * self.hop + self.n_fft % 2, 1) / self.rate_hz

    def rows(self, samples: int) -> int:
        """Return the number of rows of a clip of `samples` at `rate_hz`."""
        return 1 if self.pooled else self.frames(samples)

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, if anything."""
        if self.coefficients > self.mels:
            return f"{self.coefficients} coefficients need as many mel filters, not {self.mels}"
        if self.normalise and self.pooled:
            return "`normalise` makes every mean 0 and every variance 1: drop it, or `pool`"
        return super().problem()


def extract(configuration: Settings, clips: Sequence[Array]) -> Array:
    """Return the rows of `clips`, one clip after the other, shape (rows, configuration.width)."""
    filter_rate_hz = configuration.filter_rate_hz
    mel, offsets = mel_spectra(clips, configuration, configuration.mels, filter_rate_hz)
    # In double precision: a coefficient sums the rounding errors of all bands.
    levels = decibels(mel.astype(np.float64), offsets)
    cepstra = levels @ dct_matrix(configuration.mels, configuration.coefficients)
    orders = [cepstra, *(delta(cepstra, offsets, k + 1) for k in range(configuration.deltas))]
    rows = np.concatenate(orders, axis=1)
    if configuration.normalise:
        rows = dsp.normalised(rows, offsets)
    if configuration.pooled:
        return _pooled(configuration, rows, offsets).astype(np.float32)
    return rows.astype(np.float32)


def by_librosa(configuration: Settings, clip: Array) -> Array:
    """Return librosa's features of one clip, which are the definition."""
    import librosa

    cepstra = librosa.feature.mfcc(
        y=clip,
        # The rate does not enter elsewhere: frame and hop are given in samples.
        sr=configuration.filter_rate_hz or configuration.rate_hz,
        n_mfcc=configuration.coefficients,
        n_fft=configuration.n_fft,
        hop_length=configuration.hop,
        n_mels=configuration.mels,
    )
    deltas = [librosa.feature.delta(cepstra, order=k + 1) for k in range(configuration.deltas)]
    rows = np.concatenate([cepstra, *deltas]).T
    if configuration.normalise:
        deviation = rows.std(axis=0)
        rows = (rows - rows.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    if configuration.pooled:
        rows = _pooled(configuration, rows, np.array([0, len(rows)]))
    return rows


def _pooled(
    configuration: Settings, rows: NDArray[np.floating], offsets: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the statistics over the rows of each clip, shape (clips, configuration.width)."""
    names = _STATISTICS if configuration.pool == "stats" else (configuration.pool,)
    return np.concatenate([_statistic(name, rows, offsets) for name in names], axis=1)


def _statistic(
    name: str, rows: NDArray[np.floating], offsets: NDArray[np.int64]
) -> NDArray[np.floating]:
    """Return one statistic of each column of each clip, shape (clips, width of `rows`)."""
    if name == "min":
        return np.minimum.reduceat(rows, offsets[:-1])
    if name == "max":
        return np.maximum.reduceat(rows, offsets[:-1])
    if name == "median":
        return np.stack([np.median(clip, axis=0) for clip in np.split(rows, offsets[1:-1])])
    means = dsp.clip_means(rows, offsets)
    if name == "mean":
        return means
    centred = rows - np.repeat(means, np.diff(offsets), axis=0)
    return dsp.clip_means(np.square(centred), offsets)


def delta(rows: NDArray[np.float64], offsets: NDArray[np.int64], order: int) -> NDArray[np.float64]:
    """Return the Savitzky-Golay derivative of `order` over nine frames, clip by clip.

    The derivative of that order of the fitted polynomial of degree `order` is constant over the
    window, so the four frames at either end of a clip have the value of the fifth. Every clip
    must have at least nine frames.
    """
    half = DELTA_FRAMES // 2
    weights = _slope_weights(order)
    centred = len(rows) - DELTA_FRAMES + 1
    slopes = np.zeros((centred, rows.shape[1]))
    for shift, weight in enumerate(weights):
        if weight:
            slopes += weight * rows[shift : shift + centred]
    counts = np.diff(offsets)
    first, last = np.repeat(offsets[:-1], counts), np.repeat(offsets[1:] - DELTA_FRAMES, counts)
    return slopes[np.clip(np.arange(len(rows)) - half, first, last)]


def _slope_weights(order: int) -> NDArray[np.float64]:
    """Return the weights of nine frames, in closed form (Savitzky and Golay, 1964).

    They give the derivative of the line, or the second one of the parabola, fitted by least squares
    at k from -4 to 4. (Importing SciPy's function takes half a second.)
    """
    k = np.arange(DELTA_FRAMES) - DELTA_FRAMES // 2
    if order == 1:
        return k / (k @ k)
    bend = k**2 - (k**2).mean()
    return np.asarray(2 * bend / (bend @ bend))


@cache
def dct_matrix(inputs: int, outputs: int) -> NDArray[np.float64]:
    """Return the first columns of the orthonormal DCT-II as a matrix (inputs, outputs)."""
    import scipy.fft

    matrix: NDArray[np.float64] = scipy.fft.dct(np.eye(inputs), norm="ortho")
    return matrix[:, :outputs]
