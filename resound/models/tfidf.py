"""Words or letters counted: TF-IDF of n-grams and a logistic regression, by scikit-learn.

On a hypothesis alone it shows how far a corpus of inference gives its labels away (Gururangan et
al. 2018).
"""

import json
from typing import Any, ClassVar, Literal

import numpy as np

from resound.arrays import Array
from resound.features.characters import text_of
from resound.models.common.base import Solved
from resound.models.common.linear_decision import Planes
from resound.settings import Positive, settings
from resound.training.inputs.arrange import Arrange, Ragged
from resound.training.loop import Examples, Figures, Tensors, Training


@settings
class Settings(Solved):
    """TF-IDF of n-grams as scikit-learn reckons it, and its logistic regression."""

    kind: Literal["tfidf"]
    """TF-IDF of n-grams and a logistic regression."""
    analyzer: Literal["word", "char", "char_wb"] = "word"
    """What n-grams are of: words, characters, or characters within words."""
    shortest: Positive = 1
    """Words or characters of the shortest n-grams."""
    longest: Positive = 1
    """And of the longest."""
    max_iterations: Positive = 1000
    """Steps of the solver (L-BFGS) at most."""

    inputs: ClassVar[tuple[Arrange, ...]] = ("ragged",)

    def problem(self) -> str | None:
        """What is wrong with these settings together, if anything."""
        if self.shortest > self.longest:
            return f"`shortest: {self.shortest}` is more than `longest: {self.longest}`"
        return None


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "Tfidf":
    """The classifier for `examples`, whose inputs are the characters of texts."""
    return Tfidf(model, examples)


class Tfidf(Planes):
    """A classifier of texts, trained in a single epoch; see `resound.training.loop.Learner`."""

    def __init__(self, model: Settings, examples: Examples) -> None:
        super().__init__(examples.classes, 0)
        self._model, self._examples, self._classes = model, examples, examples.classes
        self._vectorizer = self._new()

    def _new(self) -> Any:
        from sklearn.feature_extraction.text import TfidfVectorizer

        model = self._model
        return TfidfVectorizer(analyzer=model.analyzer, ngram_range=(model.shortest, model.longest))

    def epoch(self, number: int) -> Figures:
        """Fit to the end."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import log_loss

        targets = self._examples.targets["train"]
        texts = _texts(self._examples.inputs["train"])
        inputs = self._vectorizer.fit_transform(texts)
        super().__init__(self._classes, inputs.shape[1])
        classifier = LogisticRegression(max_iter=self._model.max_iterations)
        classifier.fit(inputs, targets)
        self.take(classifier)
        right = (self.distances(inputs).argmax(axis=1) == targets).mean()
        loss = log_loss(targets, classifier.predict_proba(inputs), labels=classifier.classes_)
        return {"loss": float(loss), "accuracy": float(right)}

    def scores(self, inputs: Ragged) -> Array:
        """The probability of each class for each text."""
        return self.probabilities(self._vectorizer.transform(_texts(inputs)))

    def weights(self) -> Tensors:
        """The planes, the weight of each n-gram, and the n-grams as JSON."""
        names = json.dumps(list(self._vectorizer.get_feature_names_out()))
        return {
            **super().weights(),
            "idf": self._vectorizer.idf_,
            "ngrams": np.frombuffer(names.encode(), np.uint8),
        }

    def load_weights(self, tensors: Tensors) -> None:
        """Become the model of `weights()`."""
        super().load_weights(tensors)
        names = json.loads(bytes(tensors["ngrams"]))
        self._vectorizer = self._new()
        self._vectorizer.vocabulary = {name: n for n, name in enumerate(names)}
        self._vectorizer.idf_ = np.array(tensors["idf"])


def _texts(inputs: Ragged) -> list[str]:
    return [text_of(inputs.clip(n)) for n in range(len(inputs))]
