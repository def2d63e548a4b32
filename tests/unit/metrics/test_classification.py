"""Metrics of a classification, compared with scikit-learn's."""

import numpy as np
import pytest
import sklearn.metrics

from resound.metrics.classification import classification_metrics

CLASSES = 5


def predictions(absent: tuple[int, ...] = (), items: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Return true classes and predictions, about half of them correct; `absent` never occur."""
    rng = np.random.default_rng(0)
    present = [c for c in range(CLASSES) if c not in absent]
    true = rng.choice(present, items)
    return true, np.where(rng.random(items) < 0.5, true, rng.choice(present, items))


def never_predicted() -> tuple[np.ndarray, np.ndarray]:
    true, predicted = predictions()
    return true, np.where(predicted == 2, 3, predicted)


def never_true() -> tuple[np.ndarray, np.ndarray]:
    return never_predicted()[::-1]


@pytest.mark.parametrize(
    ("true", "predicted"),
    [predictions(), predictions((4,)), predictions((0, 2)), never_predicted(), never_true()],
    ids=["all occur", "last absent", "two absent", "one never predicted", "one never true"],
)
def test_metrics_equal_scikit_learn(true: np.ndarray, predicted: np.ndarray) -> None:
    labels = range(CLASSES)
    metrics = classification_metrics(true, predicted, CLASSES, None)
    assert metrics["items"] == len(true)
    assert metrics["accuracy"] == sklearn.metrics.accuracy_score(true, predicted)
    confusion = sklearn.metrics.confusion_matrix(true, predicted, labels=labels)
    assert metrics["confusion"] == confusion.tolist()
    per_class = sklearn.metrics.precision_recall_fscore_support(
        true, predicted, labels=labels, zero_division=0
    )
    for name, values in zip(("precision", "recall", "f1", "support"), per_class, strict=True):
        assert [c[name] for c in metrics["per_class"]] == pytest.approx(values.tolist())
    macro = sklearn.metrics.f1_score(true, predicted, average="macro", zero_division=0)
    assert metrics["macro_f1"] == pytest.approx(macro)
    weighted = sklearn.metrics.f1_score(true, predicted, average="weighted", zero_division=0)
    assert metrics["weighted_f1"] == pytest.approx(weighted)
    recall = sklearn.metrics.recall_score(true, predicted, labels=np.unique(true), average="macro")
    assert metrics["uar"] == pytest.approx(recall)


@pytest.mark.parametrize(
    ("groups", "method"),
    [(None, "Wilson"), (["a"] * 6, "Wilson"), (["a", "b"] * 3, "score by group (Student's t)")],
)
def test_interval_method_is_named(groups: list[str] | None, method: str) -> None:
    true, predicted = np.array([0, 1, 0, 1, 0, 1]), np.array([0, 1, 0, 1, 1, 0])
    metrics = classification_metrics(true, predicted, 2, groups)
    assert metrics["interval_method"] == method
    low, high = metrics["interval"]
    assert low <= metrics["accuracy"] <= high
