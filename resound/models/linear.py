"""Linear classifiers of the speakers report, by scikit-learn: logistic loss, two solvers."""

from typing import ClassVar, Literal

import numpy as np

from resound.arrays import Array
from resound.models.common.base import Solved
from resound.models.common.linear_decision import LinearDecision
from resound.settings import Positive, PositiveNumber, settings
from resound.training.inputs.dense import Dense, dense_array
from resound.training.learner import Examples, Metrics
from resound.training.settings import Training


@settings
class Settings(Solved):
    """Logistic loss, trained by stochastic gradient descent or stochastic average gradient."""

    kind: Literal["linear"]
    solver: Literal["sgd", "sag"]
    """`sgd`: one classifier per class against the rest, at a constant learning rate, with
    scikit-learn's penalty. `sag`: one multinomial logistic regression (Schmidt, Le Roux and Bach
    2017)."""
    rate: PositiveNumber = 0.01
    """The constant learning rate of `sgd`."""
    max_iterations: Positive = 1000
    """Largest number of passes over the training items; both solvers stop once they converge."""

    balances: ClassVar[tuple[str, ...]] = ("none", "weights")


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "Linear":
    """Return a linear classifier for `examples`; `seed` draws the order of items."""
    return Linear(model, training, examples, seed)


class Linear(LinearDecision):
    """A linear classifier, trained in a single epoch; see `resound.training.learner.Learner`."""

    def __init__(self, model: Settings, training: Training, examples: Examples, seed: int) -> None:
        super().__init__(examples.classes, dense_array(examples.inputs["train"]).shape[1])
        self._model, self._examples, self._seed = model, examples, seed
        self._class_weight = "balanced" if training.balance == "weights" else None

    def epoch(self, number: int) -> Metrics:
        """Fit to the end: the solver makes its own passes."""
        from sklearn.linear_model import LogisticRegression, SGDClassifier
        from sklearn.metrics import log_loss

        rows, targets = dense_array(self._examples.inputs["train"]), self._examples.targets["train"]
        model, seed = self._model, self._seed
        if model.solver == "sag":
            classifier = LogisticRegression(
                solver="sag",
                max_iter=model.max_iterations,
                random_state=seed,
                class_weight=self._class_weight,
            )
        else:
            classifier = SGDClassifier(
                loss="log_loss",
                learning_rate="constant",
                eta0=model.rate,
                max_iter=model.max_iterations,
                random_state=seed,
                class_weight=self._class_weight,
            )
        classifier.fit(rows, targets)
        self.take(classifier)
        accuracy = (self.distances(rows).argmax(axis=1) == targets).mean()
        loss = log_loss(targets, classifier.predict_proba(rows), labels=classifier.classes_)
        return {
            "loss": float(loss),
            "accuracy": float(accuracy),
            "passes": float(np.max(classifier.n_iter_)),
        }

    def scores(self, inputs: Dense) -> Array:
        """Return the signed distance of each item from the hyperplane of each class."""
        return self.distances(inputs.array)
