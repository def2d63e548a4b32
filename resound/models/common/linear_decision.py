"""A plane for each class: what scikit-learn's linear classifiers come to."""

from typing import Any

import numpy as np
from scipy.special import softmax

from resound.arrays import Array
from resound.training.loop import Tensors


class Planes:
    """Coefficients (classes, elements) and intercepts (classes,); all but how they are learnt.

    What linear learners share; see `resound.training.loop.Learner`.
    """

    def __init__(self, classes: int, elements: int) -> None:
        self._coefficients, self._intercepts = np.zeros((classes, elements)), np.zeros(classes)
        self.parameters = self._coefficients.size + self._intercepts.size

    def take(self, classifier: Any) -> None:
        """Become the planes of a fitted classifier; a class that it never saw never wins."""
        # Two classes have one plane; the other's is its negative.
        sign = np.array([[-1.0], [1.0]]) if len(classifier.classes_) == 2 else 1.0
        self._coefficients = np.zeros_like(self._coefficients)
        self._intercepts = np.full_like(self._intercepts, -np.inf)
        self._coefficients[classifier.classes_] = classifier.coef_ * sign
        self._intercepts[classifier.classes_] = (classifier.intercept_[:, None] * sign).T.ravel()

    def distances(self, inputs: Any) -> Array:
        """The signed distance of each item from each class' plane."""
        distances: Array = (inputs @ self._coefficients.T + self._intercepts).astype(np.float32)
        return distances

    def probabilities(self, inputs: Any) -> Array:
        """The probability of each class, as a logistic regression has it."""
        distances = np.asarray(self.distances(inputs), np.float64)
        # Of two planes, which are one, each has half of the distance.
        if np.isfinite(self._intercepts).sum() == 2:
            distances /= 2
        probabilities: Array = softmax(distances, axis=1).astype(np.float32)
        return probabilities

    def weights(self) -> Tensors:
        """`coefficients` (classes, elements) and `intercepts` (classes,)."""
        return {"coefficients": self._coefficients, "intercepts": self._intercepts}

    def load_weights(self, tensors: Tensors) -> None:
        """Become the model of `weights()`."""
        self._coefficients = np.array(tensors["coefficients"], float)
        self._intercepts = np.array(tensors["intercepts"], float)

    def state(self) -> Tensors:
        """Nothing: no epoch needs the one before."""
        return {}

    def load_state(self, tensors: Tensors) -> None:
        """Nothing to take up."""
