"""Linear learners on features and on words: what scikit-learn makes of the same items."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.features import characters
from resound.models import linear_probe, tfidf
from resound.training.inputs.arrange import Ragged
from resound.training.loop import Checkpoint, Examples, Training, train

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


def probe_examples(classes: int = 3) -> Examples:
    """Layer 1 of three tells the classes, the others are noise."""
    random = np.random.default_rng(0)
    targets = {"train": np.arange(90) % classes, "validation": np.arange(45) % classes}
    inputs = {}
    for part, labels in targets.items():
        layers = random.normal(3, 2, (len(labels), 3, 5))
        layers[:, 1, 0] += 4 * labels
        inputs[part] = layers.astype(np.float32)
    return Examples(inputs, targets, classes)


PROBING = Training(optimizer="solver", epochs=3, balance="weights", checkpoint="best_validation")


@pytest.mark.parametrize("classes", [2, 3])
def test_each_layer_is_probed_as_by_scikit_learn_and_the_best_is_kept(
    tmp_path: Path, classes: int
) -> None:
    examples = probe_examples(classes)
    model = linear_probe.Settings(kind="linear_probe")
    probe = linear_probe.learner(model, PROBING, examples, 0, "cpu")
    history = train(probe, PROBING, examples, Checkpoint(tmp_path / "c", "test"))
    assert [row["layer"] for row in history] == [0, 1, 2]
    held_out, targets = examples.inputs["validation"], examples.targets
    for layer, row in enumerate(history):
        oracle = make_pipeline(
            StandardScaler(), LogisticRegression(max_iter=1000, class_weight="balanced")
        ).fit(examples.inputs["train"][:, layer], targets["train"])
        right = oracle.score(held_out[:, layer], targets["validation"])
        assert row["validation_accuracy"] == pytest.approx(right)
        if layer == 1:
            told = oracle.predict_proba(held_out[:, layer])
    np.testing.assert_allclose(probe.scores(held_out), told, atol=1e-4)


def test_a_probe_needs_an_epoch_a_layer() -> None:
    model, how = linear_probe.Settings(kind="linear_probe"), Training(optimizer="solver", epochs=13)
    with pytest.raises(UserError, match=r"3 layers: say `epochs: 3`"):
        linear_probe.learner(model, how, probe_examples(), 0, "cpu")


def ragged(texts: list[str]) -> Ragged:
    configuration = characters.Settings(kind="characters", fields=["hypothesis"])
    rows = characters.extract(configuration, [(text,) for text in texts], None)
    features = Features(np.concatenate(rows), np.cumsum([0, *map(len, rows)]))
    return Ragged(features, np.arange(len(texts)))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"longest": 2},
        {"analyzer": "char_wb", "longest": 4},
        {"analyzer": "char", "longest": 2},
    ],
)
def test_counts_of_words_are_those_of_scikit_learn(settings: dict[str, object]) -> None:
    """Of pairs too, between whose texts a character of its own stands."""
    pairs = [text.replace(" ", characters.BETWEEN, 1) for text in TEXTS]
    examples = Examples({"train": ragged(pairs)}, {"train": LABELS}, 3)
    model = tfidf.Settings(kind="tfidf", **settings)
    how = Training(optimizer="solver")
    learner = tfidf.learner(model, how, examples, 0, "cpu")
    learner.epoch(1)
    grams = (1, int(str(settings.get("longest", 1))))
    oracle = make_pipeline(
        TfidfVectorizer(analyzer=str(settings.get("analyzer", "word")), ngram_range=grams),
        LogisticRegression(max_iter=1000),
    ).fit(pairs, LABELS)
    asked = ["باران در خانه نیست", "او گرم است", "هیچ"]
    np.testing.assert_allclose(
        learner.scores(ragged(asked)), oracle.predict_proba(asked), atol=1e-5
    )
    again = tfidf.learner(model, how, examples, 0, "cpu")
    again.load_weights(learner.weights())
    np.testing.assert_array_equal(again.scores(ragged(asked)), learner.scores(ragged(asked)))
