"""Open-set metrics, compared with scikit-learn's and with results derived by hand."""

import numpy as np
import pytest
from scipy.optimize import brentq
from sklearn.metrics import roc_auc_score, roc_curve

from resound.metrics import open_set


def random_scores(seed: int, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return confidences of known and of unknown items."""
    random = np.random.default_rng(seed)
    known, unknown = random.normal(1, 1, 150), random.normal(0, 1.5, 90)
    return (known.round(1), unknown.round(1)) if ties else (known, unknown)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_metrics_equal_scikit_learn(seed: int, ties: bool) -> None:
    known, unknown = random_scores(seed, ties)
    true = np.repeat([1, 0], [len(known), len(unknown)])
    scores = np.concatenate([known, unknown])
    fpr, tpr, _ = roc_curve(true, scores, drop_intermediate=False)
    assert open_set.auroc(known, unknown) == pytest.approx(roc_auc_score(true, scores))
    assert open_set.fpr_at_tpr(known, unknown) == pytest.approx(fpr[tpr >= 0.95].min())
    crossing = brentq(lambda rate: np.interp(rate, fpr, tpr) + rate - 1, 0, 1)
    assert open_set.equal_error_rate(known, unknown) == pytest.approx(crossing, abs=1e-6)


def test_perfect_separation_and_none() -> None:
    low, high = np.array([0.0, 1.0, 2.0]), np.array([3.0, 4.0])
    for known, unknown, auroc, error in [(high, low, 1.0, 0.0), (low, high, 0.0, 1.0)]:
        assert open_set.auroc(known, unknown) == auroc
        assert open_set.equal_error_rate(known, unknown) == error
    same = np.ones(5)
    assert open_set.auroc(same, same) == 0.5
    assert open_set.equal_error_rate(same, same) == 0.5
    assert open_set.fpr_at_tpr(same, same) == 1.0


def test_infinite_scores_are_allowed() -> None:
    known, unknown = np.array([1.0, np.inf]), np.array([-np.inf, 0.0])
    assert open_set.auroc(known, unknown) == 1.0


@pytest.mark.parametrize(("items", "rejected"), [(10, 0), (20, 1), (100, 5), (39, 1)])
def test_threshold_accepts_the_required_fraction(items: int, rejected: int) -> None:
    scores = np.random.default_rng(0).permutation(items).astype(float)
    threshold = open_set.threshold(scores)
    assert (scores < threshold).sum() == rejected
    assert threshold in scores


def test_folds_have_metrics_by_kind_and_means_over_folds() -> None:
    known, unknown = random_scores(0, False)
    noise = np.full(10, -9.0)
    folds = {
        "a": open_set.fold_metrics(known, known, {"a": unknown, "noise": noise}),
        "b": open_set.fold_metrics(known, known, {"b": unknown + 1, "noise": noise + 99}),
    }
    assert folds["a"]["unknown"]["noise"]["accepted"] == 0
    assert folds["a"]["unknown"]["all"]["items"] == 100
    assert folds["a"]["known"]["accepted"] >= 0.95
    mean = open_set.mean_over_folds(folds)["unknown"]
    assert list(mean) == ["left out", "noise", "all"]
    both = [folds[fold]["unknown"][fold]["auroc"] for fold in folds]
    assert mean["left out"]["auroc"] == pytest.approx(np.mean(both))
    assert mean["noise"]["auroc"] == pytest.approx(0.5)


def test_threshold_does_not_depend_on_unknown_items() -> None:
    known, unknown = random_scores(1, False)
    one = open_set.fold_metrics(known, known, {"s": unknown})
    other = open_set.fold_metrics(known, known, {"s": unknown + 100})
    assert one["threshold"] == other["threshold"]
    assert one["unknown"]["s"]["accepted"] < 1 == other["unknown"]["s"]["accepted"]
