"""Open-set figures: equal to scikit-learn's, and to what can be worked by hand."""

import numpy as np
import pytest
from scipy.optimize import brentq
from sklearn.metrics import roc_auc_score, roc_curve

from resound.metrics import open_set


def drawn(seed: int, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    known, unknown = random.normal(1, 1, 150), random.normal(0, 1.5, 90)
    return (known.round(1), unknown.round(1)) if ties else (known, unknown)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_figures_are_those_of_scikit_learn(seed: int, ties: bool) -> None:
    known, unknown = drawn(seed, ties)
    true = np.repeat([1, 0], [len(known), len(unknown)])
    scores = np.concatenate([known, unknown])
    fpr, tpr, _ = roc_curve(true, scores, drop_intermediate=False)
    assert open_set.auroc(known, unknown) == pytest.approx(roc_auc_score(true, scores))
    assert open_set.fpr_at_tpr(known, unknown) == pytest.approx(fpr[tpr >= 0.95].min())
    crossing = brentq(lambda rate: np.interp(rate, fpr, tpr) + rate - 1, 0, 1)
    assert open_set.equal_error_rate(known, unknown) == pytest.approx(crossing, abs=1e-6)


def test_told_apart_and_not_at_all() -> None:
    low, high = np.array([0.0, 1.0, 2.0]), np.array([3.0, 4.0])
    for known, unknown, auroc, error in [(high, low, 1.0, 0.0), (low, high, 0.0, 1.0)]:
        assert open_set.auroc(known, unknown) == auroc
        assert open_set.equal_error_rate(known, unknown) == error
    same = np.ones(5)
    assert open_set.auroc(same, same) == 0.5
    assert open_set.equal_error_rate(same, same) == 0.5
    assert open_set.fpr_at_tpr(same, same) == 1.0


def test_scores_without_bound_are_scores() -> None:
    known, unknown = np.array([1.0, np.inf]), np.array([-np.inf, 0.0])
    assert open_set.auroc(known, unknown) == 1.0


@pytest.mark.parametrize(("items", "refused"), [(10, 0), (20, 1), (100, 5), (39, 1)])
def test_threshold_accepts_what_it_should(items: int, refused: int) -> None:
    scores = np.random.default_rng(0).permutation(items).astype(float)
    bar = open_set.threshold(scores)
    assert (scores < bar).sum() == refused
    assert bar in scores


def test_folds_have_figures_by_kind_and_means_over_folds() -> None:
    known, unknown = drawn(0, False)
    noise = np.full(10, -9.0)
    folds = {
        "a": open_set.fold_figures(known, known, {"a": unknown, "noise": noise}),
        "b": open_set.fold_figures(known, known, {"b": unknown + 1, "noise": noise + 99}),
    }
    assert folds["a"]["unknown"]["noise"]["accepted"] == 0
    assert folds["a"]["unknown"]["all"]["items"] == 100
    assert folds["a"]["known"]["accepted"] >= 0.95
    mean = open_set.means(folds)["unknown"]
    assert list(mean) == ["left out", "noise", "all"]
    both = [folds[fold]["unknown"][fold]["auroc"] for fold in folds]
    assert mean["left out"]["auroc"] == pytest.approx(np.mean(both))
    assert mean["noise"]["auroc"] == pytest.approx(0.5)


def test_threshold_is_set_without_strangers() -> None:
    known, unknown = drawn(1, False)
    one = open_set.fold_figures(known, known, {"s": unknown})
    other = open_set.fold_figures(known, known, {"s": unknown + 100})
    assert one["threshold"] == other["threshold"]
    assert one["unknown"]["s"]["accepted"] < 1 == other["unknown"]["s"]["accepted"]
