"""Linear classifiers of the speakers report, by scikit-learn: logistic loss, two solvers."""

from typing import ClassVar, Literal

import numpy as np

from resound.arrays import Array
from resound.models.common.base import Solved
from resound.models.common.linear_decision import Planes
from resound.settings import Positive, PositiveNumber, settings
from resound.training.loop import Examples, Figures, Training


@settings
class Settings(Solved):
    """Logistic loss, trained by stochastic gradient descent or stochastic average gradient."""

    kind: Literal["linear"]
    solver: Literal["sgd", "sag"]
    """`sgd`: one classifier a class against the rest, at a constant rate, with scikit-learn's
    penalty. `sag`: one multinomial logistic regression (Schmidt, Le Roux and Bach 2017)."""
    rate: PositiveNumber = 0.01
    """The constant learning rate of `sgd`."""
    max_iterations: Positive = 1000
    """Passes over the training items at most; both stop when they no longer gain."""

    balances: ClassVar[tuple[str, ...]] = ("none", "weights")


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "Linear":
    """A linear classifier for `examples`; `seed` draws the order of items."""
    return Linear(model, training, examples, seed)


class Linear(Planes):
    """A linear classifier, trained in a single epoch; see `resound.training.loop.Learner`."""

    def __init__(self, model: Settings, training: Training, examples: Examples, seed: int) -> None:
        super().__init__(examples.classes, examples.inputs["train"].shape[1])
        self._model, self._examples, self._seed = model, examples, seed
        self._weights = "balanced" if training.balance == "weights" else None

    def epoch(self, number: int) -> Figures:
        """Fit to the end: the solver makes its own passes."""
        from sklearn.linear_model import LogisticRegression, SGDClassifier
        from sklearn.metrics import log_loss

        inputs, targets = self._examples.inputs["train"], self._examples.targets["train"]
        most, seed = self._model.max_iterations, self._seed
        if self._model.solver == "sag":
            classifier = LogisticRegression(
                solver="sag", max_iter=most, random_state=seed, class_weight=self._weights
            )
        else:
            classifier = SGDClassifier(
                loss="log_loss",
                learning_rate="constant",
                eta0=self._model.rate,
                max_iter=most,
                random_state=seed,
                class_weight=self._weights,
            )
        classifier.fit(inputs, targets)
        self.take(classifier)
        right = (self.scores(inputs).argmax(axis=1) == targets).mean()
        loss = log_loss(targets, classifier.predict_proba(inputs), labels=classifier.classes_)
        return {
            "loss": float(loss),
            "accuracy": float(right),
            "passes": float(np.max(classifier.n_iter_)),
        }

    def scores(self, inputs: Array) -> Array:
        """The signed distance of each item from each class' plane."""
        return self.distances(inputs)
