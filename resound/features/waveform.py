"""Waveforms: one row per sample, for models of raw audio.

Normalised clips have mean 0 and variance 1, as those of transformers' `Wav2Vec2FeatureExtractor`
for HuBERT (Hsu et al. 2021).
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from resound.arrays import Array
from resound.settings import Positive, settings

_LEAST_VARIANCE = 1e-7


@settings
class Settings:
    """Samples unchanged, or normalised."""

    kind: Literal["waveform"]
    """One row per sample."""
    rate_hz: Positive = 16000
    """Sampling rate in Hz."""
    normalise: bool = True
    """Whether each clip is scaled to mean 0 and variance 1."""

    pooled = False
    width = 1
    hop = 1
    least_seconds = 0.025  # the receptive field of one step of HuBERT

    def rows(self, samples: int) -> int:
        """One row per sample."""
        return samples

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, if anything."""
        return None


def extract(configuration: Settings, clips: Sequence[Array]) -> Array:
    """Return the samples of `clips`, one clip after the other, shape (samples, 1)."""
    waves = [_normalised(clip) if configuration.normalise else clip for clip in clips]
    return np.concatenate(waves).astype(np.float32)[:, None]


def _normalised(clip: Array) -> Array:
    exact = np.asarray(clip, np.float64)
    scaled: Array = (exact - exact.mean()) / np.sqrt(exact.var() + _LEAST_VARIANCE)
    return scaled
