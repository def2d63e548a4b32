"""Features and examples from arrays, as models are trained on them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from resound.data.feature_cache import Features
from resound.training.inputs.dense import Dense
from resound.training.learner import Examples


def features_of(clips: Sequence[Any]) -> Features:
    """Return features whose clips have the given rows, each of shape (rows, width)."""
    return Features(np.concatenate(clips), np.cumsum([0, *map(len, clips)]))


def examples_of(inputs: Mapping[Any, Any], targets: Mapping[Any, Any], classes: int) -> Examples:
    """Return examples with the array of each part as dense inputs."""
    return Examples({part: Dense(array) for part, array in inputs.items()}, targets, classes)
