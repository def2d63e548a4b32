"""One Gaussian per class: its density is a score that also shows which items fit no class."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array
from resound.models.common.base import Solved
from resound.settings import settings
from resound.training.inputs.base import Inputs
from resound.training.inputs.dense import Dense, dense_array
from resound.training.learner import Examples, Metrics, SavedWeights, Tensors
from resound.training.settings import Training


@settings
class Settings(Solved):
    """A mean and a covariance for each class, equal priors (Hastie et al. 2009, section 4.3)."""

    kind: Literal["gaussian"]


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "Gaussian":
    """Return Gaussians for `examples`; nothing is drawn at random."""
    return Gaussian(examples)


class Gaussian(SavedWeights):
    """Gaussians, estimated in a single epoch; see `resound.training.learner.Learner`."""

    def __init__(self, examples: Examples) -> None:
        self._examples = examples
        width = dense_array(examples.inputs["train"]).shape[1]
        self._means = np.zeros((examples.classes, width))
        # Whitening: the factor that turns a class's covariance into the identity.
        self._whitening = np.tile(np.eye(width), (examples.classes, 1, 1))
        self._log_norms = np.full(examples.classes, -np.inf)
        self.parameters = examples.classes * (width + width * (width + 1) // 2)

    def epoch(self, number: int) -> Metrics:
        """Estimate each class's mean and covariance, the latter shrunk (Ledoit and Wolf 2004)."""
        from sklearn.covariance import ledoit_wolf

        inputs, targets = self._examples.inputs["train"], self._examples.targets["train"]
        for number in np.unique(targets):
            rows = dense_array(inputs)[targets == number].astype(np.float64)
            covariance, _ = ledoit_wolf(rows)
            factor = np.linalg.cholesky(np.linalg.inv(covariance))
            self._means[number], self._whitening[number] = rows.mean(axis=0), factor
            self._log_norms[number] = (
                np.log(factor.diagonal()).sum() - len(factor) * np.log(2 * np.pi) / 2
            )
        return self.evaluate(inputs, targets)

    def evaluate(self, inputs: Inputs, targets: NDArray[np.integer]) -> Metrics:
        """Return the mean negative log density of each item in its own class, and accuracy.

        The loss is infinite if there is an item of a class that has no training items.
        """
        densities, known = self._log_densities(dense_array(inputs)), targets >= 0
        own = densities[known, targets[known]]
        accuracy = (densities.argmax(axis=1) == targets).mean()
        return {"loss": -float(own.mean()), "accuracy": float(accuracy)}

    def scores(self, inputs: Dense) -> Array:
        """Return the log density of each class at each item, shape (items, classes)."""
        return self._log_densities(inputs.array)

    def _log_densities(self, rows: Array) -> Array:
        from_mean = rows[None] - self._means[:, None]
        distances = np.square(from_mean @ self._whitening).sum(axis=2)
        densities: Array = (self._log_norms - distances.T / 2).astype(np.float32)
        return densities

    def weights(self) -> Tensors:
        """Return means (classes, width), whitening (classes, width, width) and log norms."""
        return {
            "means": self._means,
            "whitening": self._whitening,
            "log_norms": self._log_norms,
        }

    def load_weights(self, tensors: Tensors) -> None:
        """Restore the model from `weights()`."""
        self._means = np.array(tensors["means"], float)
        self._whitening = np.array(tensors["whitening"], float)
        self._log_norms = np.array(tensors["log_norms"], float)

    def state(self) -> Tensors:
        """Return nothing: there is one epoch."""
        return {}

    def load_state(self, tensors: Tensors) -> None:
        """Do nothing: there is no state."""
