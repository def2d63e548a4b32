"""Three values per clip: mean spectral centroid, zero-crossing rate and root-mean-square energy.

Equal to the means of `librosa.feature.spectral_centroid`, `zero_crossing_rate` and `rms`.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array
from resound.features.common import dsp
from resound.settings import settings

# As in librosa: the sign of smaller samples does not count.
_SILENCE = 1e-10


@settings
class Settings(dsp.Framing):
    """Means over a clip's frames: centroid (Hz), zero crossings per sample, energy."""

    kind: Literal["spectral"]

    pooled = True
    width = 3
    least_seconds = 0.0

    def rows(self, samples: int) -> int:
        """Return one: a clip has one row."""
        return 1


def extract(configuration: Settings, clips: Sequence[Array]) -> Array:
    """Return three values of each clip, shape (clips, 3)."""
    # In single precision: no logarithm amplifies its rounding errors.
    packed = dsp.pack(clips, configuration, np.float32)
    rows = np.stack(
        [_centroids(packed, configuration), _crossings(packed, configuration), _energy(packed)], 1
    )
    return dsp.clip_means(rows, packed.offsets).astype(np.float32)


def by_librosa(configuration: Settings, clip: Array) -> Array:
    """Return librosa's features of one clip, which are the definition."""
    import librosa

    n_fft, hop = configuration.n_fft, configuration.hop
    centroid = librosa.feature.spectral_centroid(
        y=clip, sr=configuration.rate_hz, n_fft=n_fft, hop_length=hop
    )
    crossings = librosa.feature.zero_crossing_rate(clip, frame_length=n_fft, hop_length=hop)
    energy = librosa.feature.rms(y=clip, frame_length=n_fft, hop_length=hop)
    return np.array([[centroid.mean(), crossings.mean(), energy.mean()]])


def _centroids(packed: dsp.Packed, framing: dsp.Framing) -> NDArray[np.floating]:
    """Return the mean frequency of each frame, weighted by magnitude, in Hz."""
    bins = np.fft.rfftfreq(framing.n_fft, 1 / framing.rate_hz)
    weights = np.stack([bins, np.ones_like(bins)], 1).astype(np.float32)
    sums = dsp.each_frame(packed, 2, lambda spectra: np.abs(spectra) @ weights)
    # As in librosa, the centroid of a silent frame is 0.
    silent = sums[:, 1] < np.finfo(np.float32).tiny
    return sums[:, 0] / np.where(silent, 1, sums[:, 1])


def _crossings(packed: dsp.Packed, framing: dsp.Framing) -> NDArray[np.float64]:
    """Return the fraction of each frame's samples whose sign differs from the previous sample."""
    negative = packed.samples < -_SILENCE
    changes = negative[1:] != negative[:-1]
    # librosa extends a clip by its first and last sample, so its ends are not crossings.
    changes[packed.starts - 1] = changes[packed.ends - 1] = False
    changed = np.flatnonzero(changes) + 1
    first = packed.wanted * framing.hop
    before = np.searchsorted(changed, first + 1)
    counts: NDArray[np.int64] = np.searchsorted(changed, first + framing.n_fft) - before
    return counts / framing.n_fft


def _energy(packed: dsp.Packed) -> Array:
    """Return the root mean square of each frame."""
    frames = packed.frames
    energy: Array = np.sqrt(np.vecdot(frames, frames) / frames.shape[1])
    return energy[packed.wanted]
