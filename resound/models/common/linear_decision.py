"""Linear decision functions: one hyperplane per class, as scikit-learn's classifiers fit them."""

from typing import Any

import numpy as np

from resound.arrays import Array
from resound.training.learner import SavedWeights, Tensors


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

    def distances(self, inputs: Any) -> Array:
        """Return the signed distance of each item from the hyperplane of each class."""
        distances: Array = (inputs @ self._coefficients.T + self._intercepts).astype(np.float32)
        return distances

    def probabilities(self, inputs: Any) -> Array:
        """Return the probability of each class, as in a logistic regression."""
        from scipy.special import softmax

        distances = np.asarray(self.distances(inputs), np.float64)
        # Two classes share one hyperplane, so each has half of the distance.
        if np.isfinite(self._intercepts).sum() == 2:
            distances /= 2
        probabilities: Array = softmax(distances, axis=1).astype(np.float32)
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
