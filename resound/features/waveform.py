"""Waveforms: a row a sample, for models that hear sound itself.

Normalised, each clip has mean 0 and variance 1, as transformers' `Wav2Vec2FeatureExtractor` gives
clips to HuBERT (Hsu et al. 2021).
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from resound.arrays import Array
from resound.settings import Positive, settings

_LEAST_VARIANCE = 1e-7


@settings
class Settings:
    """Samples as they are, or normalised."""

    kind: Literal["waveform"]
    """A row a sample."""
    rate_hz: Positive = 16000
    """Samples a second."""
    normalise: bool = True
    """Whether each clip gets mean 0 and variance 1."""

    pooled = False
    width = 1
    hop = 1
    least_seconds = 0.025  # what one step of HuBERT hears

    def rows(self, samples: int) -> int:
        """A row a sample."""
        return samples

    def problem(self) -> str | None:
        """Nothing can be wrong with these settings together."""
        return None


def extract(configuration: Settings, clips: Sequence[Array]) -> Array:
    """The samples of `clips`, one clip after the other: shape (samples, 1)."""
    waves = [_normalised(clip) if configuration.normalise else clip for clip in clips]
    return np.concatenate(waves).astype(np.float32)[:, None]


def _normalised(clip: Array) -> Array:
    exact = np.asarray(clip, np.float64)
    scaled: Array = (exact - exact.mean()) / np.sqrt(exact.var() + _LEAST_VARIANCE)
    return scaled
