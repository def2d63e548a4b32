"""The mel spectrogram of a whole clip as an image of fixed size, in dB below its maximum.

Equal to `librosa.power_to_db(mel, ref=np.max)` resized as `skimage.transform.resize` does it:
smoothed by a Gaussian if it shrinks, then interpolated linearly.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from resound.arrays import Array
from resound.features.common import dsp
from resound.features.common.mel import decibels, mel_spectra
from resound.settings import Positive, settings

if TYPE_CHECKING:
    import scipy.sparse


@settings
class Settings(dsp.Framing):
    """Mel power in dB, no lower than -80, resized to a square."""

    kind: Literal["mel_image"]
    mels: Positive = 128
    """Number of mel filters."""
    size: Positive = 128
    """Number of rows (bands) and columns (time) of the image."""

    pooled = False
    least_seconds = 0.0

    @property
    def width(self) -> int:
        """Number of columns of the image."""
        return self.size

    def rows(self, samples: int) -> int:
        """Return the number of rows of the image, which is the same for every clip."""
        return self.size


def extract(configuration: Settings, clips: Sequence[Array]) -> Array:
    """Return an image of each clip, one below the other, shape (clips * size, size)."""
    mel, offsets = mel_spectra(clips, configuration, configuration.mels)
    levels = decibels(mel, offsets)
    bands = resizing(configuration.mels, configuration.size)
    images = []
    for start, end in pairwise(offsets):
        clip = levels[start:end]
        times = resizing(int(end - start), configuration.size)
        images.append(bands @ (times @ (clip - clip.max())).T)
    return np.concatenate(images)


def by_librosa(configuration: Settings, clip: Array) -> Array:
    """Return the image by librosa and scikit-image, which is the definition."""
    import librosa
    import skimage.transform

    mel = librosa.feature.melspectrogram(
        y=clip,
        sr=configuration.rate_hz,
        n_fft=configuration.n_fft,
        hop_length=configuration.hop,
        n_mels=configuration.mels,
    )
    levels = librosa.power_to_db(mel, ref=np.max)
    image: Array = skimage.transform.resize(
        levels, (configuration.size, configuration.size), anti_aliasing=True
    )
    return image


# A corpus has few lengths, or many; the matrix of a 30 s clip has 4,000 weights.
@lru_cache(maxsize=64)
def resizing(before: int, after: int) -> "scipy.sparse.csr_array":
    """Return the matrix (after, before) that resizes a line of `before` values to `after`."""
    import scipy.ndimage
    import scipy.sparse

    lines = np.eye(before)
    if before > after:
        deviation = (before / after - 1) / 2
        lines = scipy.ndimage.gaussian_filter1d(lines, deviation, axis=0, mode="mirror")
    matrix = scipy.ndimage.zoom(lines, (after / before, 1), order=1, mode="mirror", grid_mode=True)
    return scipy.sparse.csr_array(matrix, dtype=np.float32)
