"""The interface between training and models: the `Learner` protocol and its examples."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from resound.arrays import Array
from resound.data.folds import Part
from resound.training.inputs.base import Inputs

Tensors = dict[str, NDArray[np.generic]]
Metrics = dict[str, float]

WEIGHTS = "weights.safetensors"
"""Name of the file of a saved learner's weights."""


@dataclass(frozen=True)
class Examples:
    """What a model learns from and is evaluated on: the inputs and class numbers of each part."""

    inputs: dict[Part, Inputs]
    targets: Mapping[Part, NDArray[np.integer]]
    """Class numbers, each of shape (items,)."""
    classes: int
    """Number of classes."""


class Learner(Protocol):
    """A model in training."""

    parameters: int
    """Number of trainable parameters."""
    scores_are_probabilities: bool
    """Whether `scores` are probabilities, which sum to 1 for each item."""

    def epoch(self, number: int) -> Metrics:
        """Train on every example once, or on an epoch's share if it is evaluated more often.

        Return `loss` and `accuracy`, measured during training.
        """

    def evaluate(self, inputs: Any, targets: NDArray[np.integer]) -> Metrics:
        """Return `loss` and `accuracy` on items that are not trained on, in the present state.

        The loss is that of training. An item of no class (-1) has no loss and counts as an error.
        """

    def scores(self, inputs: Any) -> Array:
        """Return a score for each item and class, shape (items, classes); the highest wins."""

    def weights(self) -> Tensors:
        """Return the model itself."""

    def load_weights(self, tensors: Tensors) -> None:
        """Restore the model from `weights()`."""

    def state(self) -> Tensors:
        """Return what the optimizer carries from epoch to epoch besides the weights."""

    def load_state(self, tensors: Tensors) -> None:
        """Restore the optimizer from `state()`."""

    def save(self, folder: Path) -> None:
        """Write the model into an existing folder."""

    def load(self, folder: Path) -> None:
        """Restore the model that `save` wrote."""


class SavedWeights:
    """Saving for learners whose weights are all that using them takes."""

    scores_are_probabilities = False

    def weights(self) -> Tensors:
        """Return the model itself."""
        raise NotImplementedError

    def load_weights(self, tensors: Tensors) -> None:
        """Restore the model from `weights()`."""
        raise NotImplementedError

    def save(self, folder: Path) -> None:
        """Write the weights as safetensors into an existing folder."""
        tensors = {name: np.ascontiguousarray(tensor) for name, tensor in self.weights().items()}
        save_file(tensors, folder / WEIGHTS)

    def load(self, folder: Path) -> None:
        """Restore the model that `save` wrote."""
        self.load_weights(load_file(folder / WEIGHTS))


def predict_classes(learner: Learner, inputs: Inputs) -> NDArray[np.int64]:
    """Return the class number of each item; many items are scored some at a time."""
    scores = [learner.scores(chunk).argmax(axis=1) for chunk in inputs.chunks()]
    return np.concatenate(scores)
