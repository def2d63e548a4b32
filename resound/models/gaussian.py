"""A Gaussian for each class: its density is a score that also tells what is like no class."""

from typing import Literal

import numpy as np

from resound.arrays import Array
from resound.models.common.base import Solved
from resound.settings import settings
from resound.training.loop import Examples, Figures, Tensors, Training


@settings
class Settings(Solved):
    """A mean and a covariance for each class, equal priors (Hastie et al. 2009, section 4.3)."""

    kind: Literal["gaussian"]


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "Gaussian":
    """Gaussians for `examples`; nothing is drawn."""
    return Gaussian(examples)


class Gaussian:
    """Gaussians, estimated in a single epoch; see `resound.training.loop.Learner`."""

    def __init__(self, examples: Examples) -> None:
        self._examples = examples
        width = examples.inputs["train"].shape[1]
        self._means = np.zeros((examples.classes, width))
        # Whitening: a row is the factor that makes a class' covariance the identity.
        self._whitening = np.tile(np.eye(width), (examples.classes, 1, 1))
        self._heights = np.full(examples.classes, -np.inf)
        self.parameters = examples.classes * (width + width * (width + 1) // 2)

    def epoch(self, number: int) -> Figures:
        """Estimate each class' mean and its covariance, shrunk by Ledoit and Wolf's rule (2004)."""
        from sklearn.covariance import ledoit_wolf

        inputs, targets = self._examples.inputs["train"], self._examples.targets["train"]
        for number in np.unique(targets):
            rows = inputs[targets == number].astype(np.float64)
            covariance, _ = ledoit_wolf(rows)
            factor = np.linalg.cholesky(np.linalg.inv(covariance))
            self._means[number], self._whitening[number] = rows.mean(axis=0), factor
            self._heights[number] = (
                np.log(factor.diagonal()).sum() - len(factor) * np.log(2 * np.pi) / 2
            )
        densities = self.scores(inputs)
        own = densities[np.arange(len(targets)), targets]
        right = (densities.argmax(axis=1) == targets).mean()
        return {"loss": -float(own.mean()), "accuracy": float(right)}

    def scores(self, inputs: Array) -> Array:
        """The logarithm of each class' density at each item."""
        from_mean = inputs[None] - self._means[:, None]
        distances = np.square(from_mean @ self._whitening).sum(axis=2)
        densities: Array = (self._heights - distances.T / 2).astype(np.float32)
        return densities

    def weights(self) -> Tensors:
        """`means` (classes, elements), `whitening` (classes, elements, elements), `heights`."""
        return {"means": self._means, "whitening": self._whitening, "heights": self._heights}

    def load_weights(self, tensors: Tensors) -> None:
        """Become the model of `weights()`."""
        self._means = np.array(tensors["means"], float)
        self._whitening = np.array(tensors["whitening"], float)
        self._heights = np.array(tensors["heights"], float)

    def state(self) -> Tensors:
        """Nothing: there is one epoch."""
        return {}

    def load_state(self, tensors: Tensors) -> None:
        """Nothing to take up."""
