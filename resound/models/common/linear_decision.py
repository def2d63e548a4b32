"""Linear decision functions: one hyperplane per class, as scikit-learn's classifiers fit them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array
from resound.training.learner import Metrics, SavedWeights, Tensors


class LinearDecision(SavedWeights):
    """Coefficients (classes, elements) and intercepts (classes,) of a linear classifier.

    What linear learners share: everything but fitting. See `resound.training.learner.Learner`.
    """

    def __init__(self, classes: int, elements: int) -> None:
        self._coefficients, self._intercepts = np.zeros((classes, elements)), np.zeros(classes)
        self.parameters = self._coefficients.size + self._intercepts.size

    def take(self, classifier: Any) -> None:
        """Copy the hyperplanes of a fitted classifier; a class without items never wins."""
        # Two classes have one hyperplane; that of the other class is its negative.
        sign = np.array([[-1.0], [1.0]]) if len(classifier.classes_) == 2 else 1.0
        self._coefficients = np.zeros_like(self._coefficients)
        self._intercepts = np.full_like(self._intercepts, -np.inf)
        self._coefficients[classifier.classes_] = classifier.coef_ * sign
        self._intercepts[classifier.classes_] = (classifier.intercept_[:, None] * sign).T.ravel()

    def rows(self, inputs: Any) -> Any:
        """Return the vectors that the hyperplanes divide, shape (items, elements)."""
        raise NotImplementedError

    def evaluate(self, inputs: Any, targets: NDArray[np.integer]) -> Metrics:
        """Return mean loss and accuracy."""
        return self.metrics(self.rows(inputs), targets)

    def metrics(self, rows: Any, targets: NDArray[np.integer]) -> Metrics:
        """Return mean loss and accuracy on rows of shape (items, elements)."""
        distances, known = self.distances(rows), targets >= 0
        accuracy = (distances.argmax(axis=1) == targets).mean()
        loss = self.loss(self.margins(distances[known]), targets[known])
        return {"loss": loss, "accuracy": float(accuracy)}

    def loss(self, margins: NDArray[np.float64], targets: NDArray[np.integer]) -> float:
        """Return the mean cross-entropy of a multinomial logistic regression."""
        from scipy.special import softmax

        return cross_entropy(softmax(margins, axis=1), targets)

    def distances(self, rows: Any) -> Array:
        """Return the signed distance of each item from the hyperplane of each class."""
        distances: Array = (rows @ self._coefficients.T + self._intercepts).astype(np.float32)
        return distances

    def margins(self, distances: Array) -> NDArray[np.float64]:
        """Return what differs from class to class by the margin between the classes.

        Two classes share one hyperplane, so each has half of the distance.
        """
        margins = np.asarray(distances, np.float64)
        return margins / 2 if np.isfinite(self._intercepts).sum() == 2 else margins

    def probabilities(self, rows: Any) -> Array:
        """Return the probability of each class, as in a logistic regression."""
        from scipy.special import softmax

        margins = self.margins(self.distances(rows))
        probabilities: Array = softmax(margins, axis=1).astype(np.float32)
        return probabilities

    def weights(self) -> Tensors:
        """Return `coefficients` (classes, elements) and `intercepts` (classes,)."""
        return {"coefficients": self._coefficients, "intercepts": self._intercepts}

    def load_weights(self, tensors: Tensors) -> None:
        """Restore the model from `weights()`."""
        self._coefficients = np.array(tensors["coefficients"], float)
        self._intercepts = np.array(tensors["intercepts"], float)
        self.parameters = self._coefficients.size + self._intercepts.size

    def state(self) -> Tensors:
        """Return nothing: no epoch needs the one before."""
        return {}

    def load_state(self, tensors: Tensors) -> None:
        """Do nothing: there is no state."""


def cross_entropy(probabilities: NDArray[np.float64], targets: NDArray[np.integer]) -> float:
    """Return the mean cross-entropy of probabilities (items, classes) that sum to one.

    As in scikit-learn's `log_loss`, a probability of zero counts as the least one above zero.
    """
    own = probabilities[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(own, np.finfo(np.float64).eps)).mean())
