"""A logistic regression on each layer of an encoder: which layer separates the classes best?

An epoch is a layer, so the history is a curve over layers, and `checkpoint: best_validation`
chooses the layer on the validation part (Alain and Bengio 2017).
"""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array
from resound.errors import UserError
from resound.models.common.base import Solved
from resound.models.common.linear_decision import LinearDecision
from resound.settings import Positive, settings
from resound.training.inputs.base import Inputs
from resound.training.inputs.dense import Dense, dense_array
from resound.training.inputs.settings import Arrange
from resound.training.learner import Examples, Metrics, Tensors
from resound.training.settings import Training


@settings
class Settings(Solved):
    """Logistic regressions on standardised features, one per layer."""

    kind: Literal["linear_probe"]
    """One logistic regression per layer; `epochs` is the number of layers."""
    max_iterations: Positive = 1000
    """Largest number of steps of the solver (L-BFGS)."""

    inputs: ClassVar[tuple[Arrange, ...]] = ("padded",)
    balances: ClassVar[tuple[str, ...]] = ("none", "weights")


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "LinearProbe":
    """Return the probes for `examples`, whose inputs have shape (items, layers, width).

    Raises UserError if the number of layers is not that of epochs in `training`.
    """
    layers = dense_array(examples.inputs["train"]).shape[1]
    if training.epochs != layers:
        raise UserError(f"the features have {layers} layers: set `epochs: {layers}`")
    return LinearProbe(model, training, examples)


class LinearProbe(LinearDecision):
    """Probes, one layer trained per epoch; see `resound.training.learner.Learner`."""

    scores_are_probabilities = True

    def __init__(self, model: Settings, training: Training, examples: Examples) -> None:
        super().__init__(examples.classes, dense_array(examples.inputs["train"]).shape[2])
        self._model, self._examples, self._balance = model, examples, training.balance
        self._layer, self._mean, self._deviation = 0, np.zeros(1), np.ones(1)

    def epoch(self, number: int) -> Metrics:
        """Fit the probe of layer `number` - 1; layer 0 is the input of the first layer."""
        from sklearn.linear_model import LogisticRegression

        self._layer = number - 1
        inputs = dense_array(self._examples.inputs["train"])[:, self._layer]
        targets = self._examples.targets["train"]
        self._mean, self._deviation = inputs.mean(0, np.float64), inputs.std(0, np.float64)
        self._deviation[self._deviation == 0] = 1
        standardised = self.rows(self._examples.inputs["train"])
        class_weight = "balanced" if self._balance == "weights" else None
        probe = LogisticRegression(max_iter=self._model.max_iterations, class_weight=class_weight)
        probe.fit(standardised, targets)
        self.take(probe)
        return {"layer": float(self._layer), **self.metrics(standardised, targets)}

    def rows(self, inputs: Inputs) -> NDArray[np.floating]:
        """Return the current layer, standardised."""
        return (dense_array(inputs)[:, self._layer] - self._mean) / self._deviation

    def scores(self, inputs: Dense) -> Array:
        """Return the probability of each class for each item, from the current layer."""
        return self.probabilities(self.rows(inputs))

    def weights(self) -> Tensors:
        """Return the current layer's hyperplanes, its number, and its mean and deviation."""
        layer = np.array([self._layer])
        return {
            **super().weights(),
            "layer": layer,
            "mean": self._mean,
            "deviation": self._deviation,
        }

    def load_weights(self, tensors: Tensors) -> None:
        """Restore the model from `weights()`."""
        super().load_weights(tensors)
        self._layer = int(tensors["layer"][0])
        self._mean = np.array(tensors["mean"], float)
        self._deviation = np.array(tensors["deviation"], float)
