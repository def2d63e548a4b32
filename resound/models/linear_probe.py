"""A logistic regression on each layer of an encoder: which one tells the classes best?

An epoch is a layer, so the history is a curve over layers, and `checkpoint: best_validation` chooses the
layer on the validation part (Alain and Bengio 2017).
"""

from typing import ClassVar, Literal

import numpy as np

from resound.arrays import Array
from resound.errors import UserError
from resound.models.common.base import Solved
from resound.models.common.linear_decision import Planes
from resound.settings import Positive, settings
from resound.training.inputs.arrange import Arrange
from resound.training.loop import Examples, Figures, Tensors, Training


@settings
class Settings(Solved):
    """Logistic regressions on standardised features, one a layer."""

    kind: Literal["linear_probe"]
    """A logistic regression a layer; `epochs` says how many layers there are."""
    max_iterations: Positive = 1000
    """Steps of the solver (L-BFGS) at most."""

    inputs: ClassVar[tuple[Arrange, ...]] = ("padded",)
    balances: ClassVar[tuple[str, ...]] = ("none", "weights")


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "LayerProbe":
    """The probes for `examples`, whose inputs have shape (items, layers, width).

    Raises UserError where there are not as many layers as `training` has epochs.
    """
    layers = examples.inputs["train"].shape[1]
    if training.epochs != layers:
        raise UserError(f"the features have {layers} layers: say `epochs: {layers}`")
    return LayerProbe(model, training, examples)


class LayerProbe(Planes):
    """Probes, trained a layer an epoch; see `resound.training.loop.Learner`."""

    def __init__(self, model: Settings, training: Training, examples: Examples) -> None:
        super().__init__(examples.classes, examples.inputs["train"].shape[2])
        self._model, self._examples, self._balance = model, examples, training.balance
        self._layer, self._mean, self._deviation = 0, np.zeros(1), np.ones(1)

    def epoch(self, number: int) -> Figures:
        """Fit the probe of layer `number` - 1; layer 0 is what enters the first."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import log_loss

        self._layer = number - 1
        inputs = self._examples.inputs["train"][:, self._layer]
        targets = self._examples.targets["train"]
        self._mean, self._deviation = inputs.mean(0, np.float64), inputs.std(0, np.float64)
        self._deviation[self._deviation == 0] = 1
        scaled = (inputs - self._mean) / self._deviation
        balanced = "balanced" if self._balance == "weights" else None
        probe = LogisticRegression(max_iter=self._model.max_iterations, class_weight=balanced)
        probe.fit(scaled, targets)
        self.take(probe)
        right = (self.distances(scaled).argmax(axis=1) == targets).mean()
        loss = log_loss(targets, probe.predict_proba(scaled), labels=probe.classes_)
        return {"layer": float(self._layer), "loss": float(loss), "accuracy": float(right)}

    def scores(self, inputs: Array) -> Array:
        """The probability of each class for each item, by the layer at hand."""
        return self.probabilities((inputs[:, self._layer] - self._mean) / self._deviation)

    def weights(self) -> Tensors:
        """The planes of the layer at hand, which it is, and what it is standardised by."""
        layer = np.array([self._layer])
        return {
            **super().weights(),
            "layer": layer,
            "mean": self._mean,
            "deviation": self._deviation,
        }

    def load_weights(self, tensors: Tensors) -> None:
        """Become the model of `weights()`."""
        super().load_weights(tensors)
        self._layer = int(tensors["layer"][0])
        self._mean = np.array(tensors["mean"], float)
        self._deviation = np.array(tensors["deviation"], float)
