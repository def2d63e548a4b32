"""Figures of a classification, against scikit-learn's and SciPy's."""

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics

from resound.metrics import classification

CLASSES = 5


def predictions(never: tuple[int, ...] = (), items: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """True classes and predictions of about half of them right; some classes never occur."""
    rng = np.random.default_rng(0)
    known = [c for c in range(CLASSES) if c not in never]
    true = rng.choice(known, items)
    return true, np.where(rng.random(items) < 0.5, true, rng.choice(known, items))


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
def test_figures_equal_scikit_learn(true: np.ndarray, predicted: np.ndarray) -> None:
    every = range(CLASSES)
    made = classification.summary(true, predicted, CLASSES, None)
    assert made["items"] == len(true)
    assert made["accuracy"] == sklearn.metrics.accuracy_score(true, predicted)
    right = sklearn.metrics.confusion_matrix(true, predicted, labels=every)
    assert made["confusion"] == right.tolist()
    figures = sklearn.metrics.precision_recall_fscore_support(
        true, predicted, labels=every, zero_division=0
    )
    for name, values in zip(("precision", "recall", "f1", "support"), figures, strict=True):
        assert [one[name] for one in made["per_class"]] == pytest.approx(values.tolist())
    macro = sklearn.metrics.f1_score(true, predicted, average="macro", zero_division=0)
    assert made["macro_f1"] == pytest.approx(macro)
    weighted = sklearn.metrics.f1_score(true, predicted, average="weighted", zero_division=0)
    assert made["weighted_f1"] == pytest.approx(weighted)
    recall = sklearn.metrics.recall_score(true, predicted, labels=np.unique(true), average="macro")
    assert made["uar"] == pytest.approx(recall)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
@pytest.mark.parametrize("items", [1, 2, 17, 400])
def test_wilson_equals_scipy(items: int, level: float) -> None:
    for hits in {0, 1, items // 3, items - 1, items}:
        test = scipy.stats.binomtest(hits, items)
        right = test.proportion_ci(confidence_level=level, method="wilson")
        made = classification.wilson_interval(hits, items, level)
        assert made == pytest.approx((right.low, right.high), abs=1e-12)


def test_bootstrap_of_like_groups_has_no_width() -> None:
    right = np.tile([True, True, False, True], 6)
    groups = [f"s{n // 4}" for n in range(24)]
    assert classification.group_bootstrap_interval(right, groups) == (0.75, 0.75)


def test_bootstrap_draws_whole_groups() -> None:
    """Of three groups, all right or all wrong, only shares of thirds can come out."""
    right = np.array([True] * 10 + [False] * 20)
    groups = ["a"] * 10 + ["b"] * 10 + ["c"] * 10
    for level, interval in [(0.2, (1 / 3, 1 / 3)), (0.6, (0, 2 / 3)), (0.95, (0, 1))]:
        made = classification.group_bootstrap_interval(right, groups, level)
        assert made == pytest.approx(interval)


def test_bootstrap_is_near_the_normal_interval_of_group_means() -> None:
    rng = np.random.default_rng(0)
    shares = rng.uniform(0.4, 0.9, 60)
    right = (rng.random((60, 50)) < shares[:, None]).ravel()
    groups = [str(n) for n in range(60) for _ in range(50)]
    means = right.reshape(60, 50).mean(axis=1)
    half = 1.96 * means.std() / np.sqrt(60)
    low, high = classification.group_bootstrap_interval(right, groups)
    assert low < right.mean() < high
    assert (low, high) == pytest.approx((means.mean() - half, means.mean() + half), abs=0.01)


def test_bootstrap_repeats_and_does_not_depend_on_order() -> None:
    rng = np.random.default_rng(0)
    right, groups = rng.random(90) < 0.6, rng.choice(list("stuvwxyz"), 90)
    made = classification.group_bootstrap_interval(right, groups)
    assert made == classification.group_bootstrap_interval(right, groups)
    turned = rng.permutation(90)
    assert made == classification.group_bootstrap_interval(right[turned], groups[turned])
    assert made != classification.group_bootstrap_interval(right, groups, seed=1)


@pytest.mark.parametrize(
    ("groups", "method"),
    [(None, "Wilson"), (["a"] * 6, "Wilson"), (["a", "b"] * 3, "bootstrap by group")],
)
def test_summary_names_the_interval(groups: list[str] | None, method: str) -> None:
    true, predicted = np.array([0, 1, 0, 1, 0, 1]), np.array([0, 1, 0, 1, 1, 0])
    made = classification.summary(true, predicted, 2, groups)
    assert made["interval_method"] == method
    low, high = made["interval"]
    assert low <= made["accuracy"] <= high
