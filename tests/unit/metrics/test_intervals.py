"""Confidence intervals: against SciPy's and known results, and how often they cover the truth."""

from collections.abc import Callable

import numpy as np
import pytest
import scipy.stats

from resound.metrics import intervals
from resound.metrics.intervals import (
    MANY_GROUPS,
    RESAMPLES,
    Interval,
    accuracy_interval,
    bootstrap_interval,
    error_rate_interval,
    sum_by_group,
    wilson_interval,
)

BY_SCORE, BY_BOOTSTRAP = "score by group (Student's t)", "bootstrap by group"


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


def speakers(count: int, items: int) -> list[str]:
    """Return the speaker of each item: `items` of each of `count` speakers."""
    return [f"s{n}" for n in range(count) for _ in range(items)]


def bounds(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def test_bootstrap_of_identical_groups_has_no_width() -> None:
    correct = np.tile([True, True, False, True], MANY_GROUPS)
    interval = accuracy_interval(correct, speakers(MANY_GROUPS, 4))
    assert interval == Interval(0.75, 0.75, BY_BOOTSTRAP, MANY_GROUPS)


def test_bootstrap_draws_whole_groups() -> None:
    """The 95 % interval of groups that are all correct or all wrong is a binomial's quantiles."""
    correct = np.repeat([True] * 30 + [False] * 10, 7)
    interval = accuracy_interval(correct, speakers(40, 7))
    low, high = scipy.stats.binom(40, 0.75).ppf([0.025, 0.975]) / 40
    assert bounds(interval) == pytest.approx((low, high), abs=0.026)
    assert (interval.method, interval.groups) == (BY_BOOTSTRAP, 40)


def test_bootstrap_is_near_the_normal_interval_of_group_means() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.uniform(0.4, 0.9, 60)
    correct = (rng.random((60, 50)) < probabilities[:, None]).ravel()
    means = correct.reshape(60, 50).mean(axis=1)
    half = 1.96 * means.std() / np.sqrt(60)
    interval = accuracy_interval(correct, speakers(60, 50))
    assert interval.low < correct.mean() < interval.high
    expected = means.mean() - half, means.mean() + half
    assert bounds(interval) == pytest.approx(expected, abs=0.01)


def test_bootstrap_of_many_groups_equals_draws_of_their_sums() -> None:
    rng = np.random.default_rng(1)
    correct, names = rng.random(900) < 0.6, np.array(speakers(30, 30))
    hits = np.array([correct[names == name].sum() for name in np.unique(names)])
    draws = np.random.default_rng(0).integers(30, size=(RESAMPLES, 30))
    expected = np.quantile(hits[draws].mean(axis=1) / 30, [0.025, 0.975])
    assert bounds(accuracy_interval(correct, names)) == pytest.approx(expected)


@pytest.mark.parametrize("count", [4, MANY_GROUPS + 3])
def test_intervals_are_reproducible_and_do_not_depend_on_order(count: int) -> None:
    rng = np.random.default_rng(0)
    correct, groups = rng.random(240) < 0.6, np.array([f"s{n % count}" for n in range(240)])
    order = rng.permutation(240)
    first, again = accuracy_interval(correct, groups), accuracy_interval(correct, groups)
    assert first == again == accuracy_interval(correct[order], groups[order])


def test_two_groups_do_not_give_just_their_two_accuracies() -> None:
    correct = np.array([True] * 90 + [False] * 10 + [True] * 60 + [False] * 40)
    interval = accuracy_interval(correct, speakers(2, 100))
    assert (interval.method, interval.groups) == (BY_SCORE, 2)
    assert interval.low < 0.4
    assert interval.high > 0.95


def test_few_groups_of_equal_size_have_wilsons_interval_with_students_t() -> None:
    """The effective number of items is p(1 - p) over the variance of the mean of the groups."""
    correct = np.repeat([True, False] * 5, [18, 2, 12, 8, 14, 6, 9, 11, 16, 4])
    p, t = correct.mean(), scipy.stats.t(4).ppf(0.975)
    size = p * (1 - p) / (correct.reshape(5, 20).mean(axis=1).var(ddof=1) / 5)
    roots = np.roots([1 + t**2 / size, -2 * p - t**2 / size, p**2])
    interval = accuracy_interval(correct, speakers(5, 20))
    assert bounds(interval) == pytest.approx(sorted(roots))


def test_few_equal_groups_are_not_narrower_than_independent_items() -> None:
    for hits in (0, 30, 37, 40):
        correct = np.array(([True] * hits + [False] * (40 - hits)) * 3)
        low, high = wilson_interval(3 * hits, 120)
        interval = accuracy_interval(correct, speakers(3, 40))
        assert interval.low <= low
        assert interval.high >= high
        assert 0 <= interval.low < interval.high <= 1


def test_one_group_has_the_interval_of_independent_items_and_is_counted() -> None:
    correct = np.array([True, True, False, True])
    one = accuracy_interval(correct, ["s"] * 4)
    assert one == Interval(*wilson_interval(3, 4), "Wilson", 1)
    assert accuracy_interval(correct, None) == Interval(*wilson_interval(3, 4), "Wilson", None)
    counts = np.array([[1, 4], [0, 5]])
    assert error_rate_interval(counts, ["s", "s"]).groups == 1
    assert error_rate_interval(counts, None).method == "bootstrap by clip"


def test_error_rates_may_exceed_one_and_are_never_negative() -> None:
    counts = np.array([[30, 20], [8, 20], [1, 20]])
    interval = error_rate_interval(counts, ["a", "b", "c"])
    assert (interval.method, interval.groups) == (BY_SCORE, 3)
    assert 0 <= interval.low < 39 / 60 < 1 < interval.high
    perfect = error_rate_interval(np.array([[0, 500]] * 3), ["a", "b", "c"])
    assert perfect.low == 0 < perfect.high < 0.05
    silent = error_rate_interval(np.zeros((2, 2), int), ["a", "b"])
    assert bounds(silent) == (0, 0)


def draw_accuracies(rng: np.random.Generator, count: int, mean: float) -> tuple[float, Interval]:
    """Draw speakers of different accuracy and size; return their mean, and the interval."""
    own, items = rng.beta(8 * mean, 8 * (1 - mean), count), rng.integers(20, 60, count)
    correct = np.concatenate([rng.random(n) < p for p, n in zip(own, items)])
    names = np.repeat(np.arange(count).astype(str), items)
    return mean, accuracy_interval(correct, names)


def draw_error_rates(rng: np.random.Generator, count: int, mean: float) -> tuple[float, Interval]:
    """Draw speakers of different error rate, ten clips each; return their mean and the interval."""
    own = np.repeat(rng.gamma(6, mean / 6, count), 10)
    words = rng.integers(4, 15, 10 * count)
    counts = np.stack([rng.poisson(own * words), words], axis=1)
    return mean, error_rate_interval(counts, speakers(count, 10))


@pytest.mark.parametrize("draw", [draw_accuracies, draw_error_rates])
@pytest.mark.parametrize("mean", [0.2, 0.6, 0.9])
@pytest.mark.parametrize("count", [2, 3, 5, 8, 19])
def test_few_groups_cover_the_truth_in_95_percent_of_cases(
    count: int, mean: float, draw: Callable[..., tuple[float, Interval]]
) -> None:
    rng, trials = np.random.default_rng(count), 400
    covered = 0
    for _ in range(trials):
        truth, interval = draw(rng, count, mean)
        covered += interval.low <= truth <= interval.high
    assert covered / trials > 0.92


@pytest.mark.parametrize("draw", [draw_accuracies, draw_error_rates])
def test_many_groups_cover_the_truth_in_95_percent_of_cases(
    draw: Callable[..., tuple[float, Interval]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intervals, "RESAMPLES", 300)
    rng, trials = np.random.default_rng(0), 200
    covered = 0
    for _ in range(trials):
        truth, interval = draw(rng, MANY_GROUPS, 0.6)
        assert interval.method == BY_BOOTSTRAP
        covered += interval.low <= truth <= interval.high
    assert covered / trials > 0.9
