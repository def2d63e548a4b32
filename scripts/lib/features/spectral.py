"""Three numbers a clip: mean spectral centroid, zero-crossing rate and root-mean-square energy.

Equal to the means of `librosa.feature.spectral_centroid`, `zero_crossing_rate` and `rms`.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scripts.lib.features import spectrum
from scripts.lib.features.spectrum import Array
from scripts.lib.settings import settings

# librosa's: a sample so small is no sign.
_SILENCE = 1e-10


@settings
class Settings(spectrum.Framing):
    """Means over a clip's frames: centroid (Hz), zero crossings a sample, energy."""

    kind: Literal["spectral"]

    pooled = True
    width = 3
    least_seconds = 0.0

    def rows(self, samples: int) -> int:
        """One row a clip."""
        return 1


def extract(recipe: Settings, clips: Sequence[Array]) -> Array:
    """A row of three for each clip: shape (clips, 3)."""
    bins = np.fft.rfftfreq(recipe.n_fft, 1 / recipe.rate_hz)

    def centroids(spectra: NDArray[np.complex128]) -> Array:
        magnitude = np.abs(spectra)
        weight = magnitude.sum(axis=1, keepdims=True)
        # librosa leaves a frame without sound as it is, so its centroid is 0.
        tiny = np.finfo(np.float32).tiny
        means: Array = (magnitude @ bins[:, None] / np.where(weight < tiny, 1, weight)).astype("f4")
        return means

    centroid, offsets = spectrum.each_frame(clips, recipe, 1, centroids)
    rows = [(_zero_crossing_rate(clip, recipe), _energy(clip, recipe)) for clip in clips]
    means = spectrum.clip_means(centroid, offsets)
    return np.concatenate([means, np.array(rows)], axis=1).astype(np.float32)


def by_librosa(recipe: Settings, clip: Array) -> Array:
    """The definition: what librosa makes of one clip, and what a notebook's loop calls."""
    import librosa

    n_fft, hop = recipe.n_fft, recipe.hop
    centroid = librosa.feature.spectral_centroid(
        y=clip, sr=recipe.rate_hz, n_fft=n_fft, hop_length=hop
    )
    crossings = librosa.feature.zero_crossing_rate(clip, frame_length=n_fft, hop_length=hop)
    energy = librosa.feature.rms(y=clip, frame_length=n_fft, hop_length=hop)
    return np.array([[centroid.mean(), crossings.mean(), energy.mean()]])


def _zero_crossing_rate(clip: Array, framing: spectrum.Framing) -> float:
    """Mean over frames of the share of samples whose sign differs from the one before.

    The ends are padded with the first and last sample, which adds no crossing.
    """
    negative = np.signbit(np.where(np.abs(clip) <= _SILENCE, 0, clip))
    crossings = np.concatenate([[0, 0], np.cumsum(negative[1:] != negative[:-1])])
    first, last = _frame_bounds(len(clip), framing)
    # A frame's first sample has none before it in the frame.
    return float(np.mean(crossings[last] - crossings[np.minimum(first + 1, last)])) / framing.n_fft


def _energy(clip: Array, framing: spectrum.Framing) -> float:
    """Mean over frames of the root of the mean square, zeros beyond the ends."""
    squares = np.concatenate([[0], np.cumsum(np.square(clip, dtype=np.float64))])
    first, last = _frame_bounds(len(clip), framing)
    return float(np.mean(np.sqrt((squares[last] - squares[first]) / framing.n_fft)))


def _frame_bounds(
    samples: int, framing: spectrum.Framing
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each centred frame begins and ends, within the clip."""
    first = np.arange(framing.frames(samples)) * framing.hop - framing.n_fft // 2
    return np.clip(first, 0, samples), np.clip(first + framing.n_fft, 0, samples)
