"""The scale of Whisper's log-mel features: (x + 4) / 4 for decimal logarithms of power."""

from typing import Any

import numpy as np

QUIETEST = 1e-10
"""Power below which everything is silence."""
RANGE = 8.0
"""Span of the logarithms of a clip."""


def silence(loudest: Any) -> Any:
    """Return the value of silence in clips (arrays, tensors) whose greatest value is `loudest`."""
    return (loudest - RANGE / 4).clip(min=(np.log10(QUIETEST) + 4) / 4)
