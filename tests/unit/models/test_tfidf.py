"""TF-IDF and a logistic regression: equal to scikit-learn's on the same texts."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from resound.features import characters
from resound.models import tfidf
from resound.training.inputs.ragged import Ragged
from resound.training.learner import Examples
from resound.training.settings import Training
from tests.helpers.examples import features_of

TEXTS = [
    "علی به خانه رفت",
    "علی به خانه نرفت",
    "او در خانه است",
    "او در خانه نیست",
    "باران می‌بارد",
    "باران نمی‌بارد",
    "هوا گرم است",
    "هوا سرد است",
] * 3
LABELS = np.array([0, 1, 0, 1, 0, 1, 2, 2] * 3)


def inputs_of(texts: list[str]) -> Ragged:
    configuration = characters.Settings(kind="characters", fields=["hypothesis"])
    rows = characters.extract(configuration, [(text,) for text in texts], None)
    return Ragged(features_of(rows), np.arange(len(texts)))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"longest": 2},
        {"analyzer": "char_wb", "longest": 4},
        {"analyzer": "char", "longest": 2},
    ],
)
def test_scores_equal_those_of_scikit_learn(settings: dict[str, object]) -> None:
    """On pairs of texts too, which a separator divides."""
    pairs = [text.replace(" ", characters.BETWEEN, 1) for text in TEXTS]
    examples = Examples({"train": inputs_of(pairs)}, {"train": LABELS}, 3)
    model, training = tfidf.Settings(kind="tfidf", **settings), Training(optimizer="solver")
    learner = tfidf.learner(model, training, examples, 0, "cpu")
    learner.epoch(1)
    n_grams = (1, int(str(settings.get("longest", 1))))
    reference = make_pipeline(
        TfidfVectorizer(analyzer=str(settings.get("analyzer", "word")), ngram_range=n_grams),
        LogisticRegression(max_iter=1000),
    ).fit(pairs, LABELS)
    texts = ["باران در خانه نیست", "او گرم است", "هیچ"]
    scores = learner.scores(inputs_of(texts))
    np.testing.assert_allclose(scores, reference.predict_proba(texts), atol=1e-5)
    loaded = tfidf.learner(model, training, examples, 0, "cpu")
    loaded.load_weights(learner.weights())
    assert loaded.parameters == learner.parameters > 3
    np.testing.assert_array_equal(loaded.scores(inputs_of(texts)), scores)
