"""Confidence intervals: Wilson's against SciPy's, the bootstrap against known results."""

import numpy as np
import pytest
import scipy.stats

from resound.metrics.classification import group_bootstrap_interval
from resound.metrics.intervals import RESAMPLES, bootstrap_interval, sum_by_group, wilson_interval


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
@pytest.mark.parametrize("items", [1, 2, 17, 400])
def test_wilson_equals_scipy(items: int, level: float) -> None:
    for hits in {0, 1, items // 3, items - 1, items}:
        test = scipy.stats.binomtest(hits, items)
        expected = test.proportion_ci(confidence_level=level, method="wilson")
        interval = wilson_interval(hits, items, level)
        assert interval == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("units", [1, 7, 60])
def test_bootstrap_equals_a_single_matrix_of_draws(units: int) -> None:
    counts = np.random.default_rng(3).integers(1, 50, (units, 2))
    draws = np.random.default_rng(0).integers(units, size=(RESAMPLES, units))
    ratios = counts[draws, 0].sum(axis=1) / counts[draws, 1].sum(axis=1)
    expected = np.quantile(ratios, [0.025, 0.975])
    assert bootstrap_interval(counts, lambda sums: sums[0] / sums[1]) == pytest.approx(expected)


def test_counts_are_summed_by_group() -> None:
    counts = np.array([[1, 10], [2, 20], [4, 40]])
    assert sum_by_group(counts, ["b", "a", "b"]).tolist() == [[2, 20], [5, 50]]


def test_bootstrap_of_identical_groups_has_no_width() -> None:
    correct = np.tile([True, True, False, True], 6)
    groups = [f"s{n // 4}" for n in range(24)]
    assert group_bootstrap_interval(correct, groups) == (0.75, 0.75)


def test_bootstrap_draws_whole_groups() -> None:
    """Of three groups that are all correct or all wrong, only multiples of a third can result."""
    correct = np.array([True] * 10 + [False] * 20)
    groups = ["a"] * 10 + ["b"] * 10 + ["c"] * 10
    for level, expected in [(0.2, (1 / 3, 1 / 3)), (0.6, (0, 2 / 3)), (0.95, (0, 1))]:
        assert group_bootstrap_interval(correct, groups, level) == pytest.approx(expected)


def test_bootstrap_is_near_the_normal_interval_of_group_means() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.uniform(0.4, 0.9, 60)
    correct = (rng.random((60, 50)) < probabilities[:, None]).ravel()
    groups = [str(n) for n in range(60) for _ in range(50)]
    means = correct.reshape(60, 50).mean(axis=1)
    half = 1.96 * means.std() / np.sqrt(60)
    low, high = group_bootstrap_interval(correct, groups)
    assert low < correct.mean() < high
    assert (low, high) == pytest.approx((means.mean() - half, means.mean() + half), abs=0.01)


def test_bootstrap_is_reproducible_and_does_not_depend_on_order() -> None:
    rng = np.random.default_rng(0)
    correct, groups = rng.random(90) < 0.6, rng.choice(list("stuvwxyz"), 90)
    interval = group_bootstrap_interval(correct, groups)
    assert interval == group_bootstrap_interval(correct, groups)
    order = rng.permutation(90)
    assert interval == group_bootstrap_interval(correct[order], groups[order])
    assert interval != group_bootstrap_interval(correct, groups, seed=1)
