"""Linear classifiers by scikit-learn: logistic loss by two solvers, and a linear SVM."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array
from resound.models.common.base import Solved
from resound.models.common.linear_decision import LinearDecision, cross_entropy
from resound.settings import Positive, PositiveNumber, settings
from resound.training.balancing import smote, undersample
from resound.training.inputs.base import Inputs
from resound.training.inputs.dense import Dense, dense_array
from resound.training.learner import Examples, Metrics
from resound.training.settings import Training


@settings
class Settings(Solved):
    """Logistic loss, by stochastic gradient descent or average gradient, or squared hinge loss."""

    kind: Literal["linear"]
    solver: Literal["sgd", "sag", "svm"]
    """`sgd`: one classifier per class against the rest, at a constant learning rate, with
    scikit-learn's penalty. `sag`: one multinomial logistic regression (Schmidt, Le Roux and Bach
    2017). `svm`: one support vector machine per class against the rest (Fan et al. 2008)."""
    rate: PositiveNumber = 0.01
    """The constant learning rate of `sgd`."""
    max_iterations: Positive = 1000
    """Largest number of passes over the training items; all solvers stop once they converge."""

    balances: ClassVar[tuple[str, ...]] = ("none", "weights", "undersample", "smote")


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
        self._balance = training.balance

    def epoch(self, number: int) -> Metrics:
        """Fit to the end: the solver makes its own passes."""
        rows, targets = dense_array(self._examples.inputs["train"]), self._examples.targets["train"]
        classifier = self._classifier()
        if self._balance in ("undersample", "smote"):
            balance = undersample if self._balance == "undersample" else smote
            classifier.fit(*balance(rows, targets, np.random.default_rng(self._seed)))
        else:
            classifier.fit(rows, targets)
        self.take(classifier)
        return {**self.metrics(rows, targets), "passes": float(np.max(classifier.n_iter_))}

    def _classifier(self) -> Any:
        """Return scikit-learn's classifier for the solver, not fitted."""
        from sklearn.linear_model import LogisticRegression, SGDClassifier

        model = self._model
        common: dict[str, Any] = {
            "max_iter": model.max_iterations,
            "random_state": self._seed,
            "class_weight": "balanced" if self._balance == "weights" else None,
        }
        if model.solver == "svm":
            from sklearn.svm import LinearSVC

            return LinearSVC(**common)
        if model.solver == "sag":
            return LogisticRegression(solver="sag", **common)
        return SGDClassifier(loss="log_loss", learning_rate="constant", eta0=model.rate, **common)

    def rows(self, inputs: Inputs) -> Array:
        """Return the items' vectors."""
        return dense_array(inputs)

    def loss(self, margins: NDArray[np.float64], targets: NDArray[np.integer]) -> float:
        """Return the mean loss per item: cross-entropy, or the hinge loss of `svm`.

        The hinge loss of several classes is that of Crammer and Singer (2001); the probabilities of
        `sgd` are those of its binary classifiers, divided by their sum (Zadrozny and Elkan 2002).
        """
        if self._model.solver == "svm":
            others = margins.copy()
            items = np.arange(len(targets))
            others[items, targets] = -np.inf
            return float(np.maximum(0, 1 - margins[items, targets] + others.max(axis=1)).mean())
        if self._model.solver == "sgd" and np.isfinite(margins[0]).sum() > 2:
            from scipy.special import expit

            probabilities = expit(margins)
            return cross_entropy(probabilities / probabilities.sum(axis=1, keepdims=True), targets)
        return super().loss(margins, targets)

    def scores(self, inputs: Dense) -> Array:
        """Return the signed distance of each item from the hyperplane of each class."""
        return self.distances(inputs.array)
