"""N-gram counts: TF-IDF and a logistic regression, by scikit-learn.

On a hypothesis alone it shows how much a corpus of natural-language inference reveals of its labels
(Gururangan et al. 2018).
"""

import json
from typing import Any, ClassVar, Literal

import numpy as np

from resound.arrays import Array
from resound.features.characters import text_of
from resound.models.common.base import Solved
from resound.models.common.linear_decision import LinearDecision
from resound.settings import Positive, settings
from resound.training.inputs.base import Inputs
from resound.training.inputs.ragged import Ragged
from resound.training.inputs.settings import Arrange
from resound.training.learner import Examples, Metrics, Tensors
from resound.training.settings import Training


@settings
class Settings(Solved):
    """TF-IDF of n-grams as scikit-learn computes it, and its logistic regression."""

    kind: Literal["tfidf"]
    """TF-IDF of n-grams and a logistic regression."""
    analyzer: Literal["word", "char", "char_wb"] = "word"
    """What n-grams consist of: words, characters, or characters within words."""
    shortest: Positive = 1
    """Number of words or characters of the shortest n-grams."""
    longest: Positive = 1
    """Number of words or characters of the longest n-grams."""
    max_iterations: Positive = 1000
    """Largest number of steps of the solver (L-BFGS)."""

    inputs: ClassVar[tuple[Arrange, ...]] = ("ragged",)

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, if anything."""
        if self.shortest > self.longest:
            return f"`shortest: {self.shortest}` is more than `longest: {self.longest}`"
        return None


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "Tfidf":
    """Return the classifier for `examples`, whose inputs are the characters of texts."""
    return Tfidf(model, examples)


class Tfidf(LinearDecision):
    """A classifier of texts, trained in a single epoch; see `resound.training.learner.Learner`."""

    scores_are_probabilities = True

    def __init__(self, model: Settings, examples: Examples) -> None:
        super().__init__(examples.classes, 0)
        self._model, self._examples, self._classes = model, examples, examples.classes
        self._vectorizer = self._new_vectorizer()

    def _new_vectorizer(self) -> Any:
        from sklearn.feature_extraction.text import TfidfVectorizer

        model = self._model
        return TfidfVectorizer(analyzer=model.analyzer, ngram_range=(model.shortest, model.longest))

    def epoch(self, number: int) -> Metrics:
        """Fit to the end."""
        from sklearn.linear_model import LogisticRegression

        targets = self._examples.targets["train"]
        counts = self._vectorizer.fit_transform(_texts(self._examples.inputs["train"]))
        super().__init__(self._classes, counts.shape[1])
        classifier = LogisticRegression(max_iter=self._model.max_iterations)
        classifier.fit(counts, targets)
        self.take(classifier)
        return self.metrics(counts, targets)

    def rows(self, inputs: Inputs) -> Any:
        """Return the weighted counts of the texts' n-grams, a sparse matrix."""
        return self._vectorizer.transform(_texts(inputs))

    def scores(self, inputs: Ragged) -> Array:
        """Return the probability of each class for each text."""
        return self.probabilities(self.rows(inputs))

    def weights(self) -> Tensors:
        """Return the hyperplanes, the weight of each n-gram, and the n-grams as JSON."""
        names = json.dumps(list(self._vectorizer.get_feature_names_out()))
        return {
            **super().weights(),
            "idf": self._vectorizer.idf_,
            "ngrams": np.frombuffer(names.encode(), np.uint8),
        }

    def load_weights(self, tensors: Tensors) -> None:
        """Restore the model from `weights()`."""
        super().load_weights(tensors)
        names = json.loads(bytes(tensors["ngrams"]))
        self._vectorizer = self._new_vectorizer()
        self._vectorizer.vocabulary = {name: n for n, name in enumerate(names)}
        self._vectorizer.idf_ = np.array(tensors["idf"])


def _texts(inputs: Inputs) -> list[str]:
    assert isinstance(inputs, Ragged)
    return [text_of(inputs.clip(n)) for n in range(len(inputs))]
