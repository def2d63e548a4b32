"""Compare two methods over several seeds: on the same test items, or on different ones.

A method has, for each seed, the counts of every test item: correct predictions and items, errors
and words, cells of the confusion matrix. Its metric is that of the counts summed over items and
seeds, so an item is one observation whatever the number of seeds. Tests and intervals are over
items, or over groups of items (speakers) where these are known; they say how a difference between
these trained models would vary with other items. How it varies with the seed is seen from the
differences of the seeds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from resound.metrics.intervals import Bounds, Counts, score_interval, sum_by_group

SWAPS = 2000


@dataclass(frozen=True)
class Metric:
    """A metric of counts that are summed over items; greater is better."""

    of_sums: Callable[[Counts], float]
    """Map sums, shape (kinds,), to the metric."""
    bounds: Bounds = (0, 1)
    ratio: bool = False
    """Whether it is the first sum divided by the second, as an accuracy is, and the second is the
    same for all methods; or minus that, as an error rate is."""


@dataclass(frozen=True)
class Outcomes:
    """The test items of one method: of each its group, and its counts for each seed."""

    ids: NDArray[np.str_]
    """Shape (items,); an item that occurs twice has two entries."""
    groups: NDArray[np.str_] | None
    """The group of each item; None if items are independent."""
    counts: Counts
    """Shape (seeds, items, kinds)."""


@dataclass(frozen=True)
class Difference:
    """The metric of one method minus that of another, with its 95 % interval and p-value."""

    value: float
    low: float
    high: float
    p_value: float
    by_seed: list[float]
    paired: bool
    """Whether both were tested on the same items."""
    items: int
    """The number of test items, of the method that has fewer."""
    groups: int | None
    """The number of groups; None if items are independent."""


def compare(one: Outcomes, other: Outcomes, metric: Metric) -> Difference:
    """Return the difference of two methods that were trained with the same seeds.

    On the same items, p is that of `sign_flip_test` if the metric is a ratio, otherwise that of
    `swap_test`, and the interval is `score_interval`'s. On different items, the interval combines
    those of the two metrics, and p follows from it. Raises ValueError for different numbers of
    seeds.
    """
    if len(one.counts) != len(other.counts):
        raise ValueError(f"{len(one.counts)} seeds against {len(other.counts)}")
    by_seed = [
        metric.of_sums(first.sum(axis=0)) - metric.of_sums(second.sum(axis=0))
        for first, second in zip(one.counts, other.counts)
    ]
    if set(one.ids) != set(other.ids):
        return _unpaired(one, other, metric, by_seed)
    (first, groups), (second, _) = _by_item(one), _by_item(other)
    kinds = first.shape[1]

    def difference(sums: Counts) -> float:
        return metric.of_sums(sums[:kinds]) - metric.of_sums(sums[kinds:])

    both = np.concatenate([first, second], axis=1)
    width = metric.bounds[1] - metric.bounds[0]
    interval = score_interval(both, groups, difference, (-width, width))
    units = both if groups is None else sum_by_group(both, groups)
    return Difference(
        difference(both.sum(axis=0)),
        interval.low,
        interval.high,
        sign_flip_test(units[:, 0] - units[:, kinds])
        if metric.ratio
        else swap_test(units[:, :kinds], units[:, kinds:], metric.of_sums),
        by_seed,
        paired=True,
        items=len(first),
        groups=interval.groups,
    )


def sign_flip_test(differences: NDArray[np.int64]) -> float:
    """Return the exact two-sided p-value of the sum of paired differences, shape (units,).

    Under the null hypothesis, that the two methods are equally good, each difference is as likely
    with the other sign; p is the probability that the absolute sum is at least the one observed
    (Fisher 1935, section 21). With differences of -1, 0 and 1 it is McNemar's exact test.
    """
    from scipy.special import gammaln

    # The distribution of the sum: the probability of each of -size to size.
    distribution = np.ones(1)
    magnitudes, occurrences = np.unique(np.abs(differences[differences != 0]), return_counts=True)
    for magnitude, n in zip(magnitudes.tolist(), occurrences.tolist()):
        k = np.arange(n + 1)
        binomial = np.exp(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) - n * np.log(2))
        spread = np.zeros(2 * magnitude * n + 1)
        spread[:: 2 * magnitude] = binomial
        distribution = np.convolve(distribution, spread)
    size = len(distribution) // 2
    at_least = np.abs(np.arange(-size, size + 1)) >= abs(int(differences.sum()))
    return min(1.0, float(distribution[at_least].sum()))


def swap_test(
    one: Counts, other: Counts, metric: Callable[[Counts], float], seed: int = 0
) -> float:
    """Return the two-sided p-value of the difference of a metric of paired units.

    `one` and `other`, shape (units, kinds), are exchanged in a random half of the units, 2,000
    times; p is the share of times, the observed one included, with at least the observed absolute
    difference (approximate randomisation, Noreen 1989).
    """
    generator = np.random.default_rng(seed)
    first, second = one.sum(axis=0), other.sum(axis=0)
    observed = abs(metric(first) - metric(second))
    reached = 1
    for _ in range(SWAPS):
        moved = generator.integers(2, size=len(one)) @ (other - one)
        difference = abs(metric(first + moved) - metric(second - moved))
        reached += difference >= observed - 1e-12
    return reached / (SWAPS + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for the number of tests (Holm 1979), in the same order."""
    corrected, largest = [0.0] * len(p_values), 0.0
    for rank, n in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[n]))
        corrected[n] = largest
    return corrected


def _by_item(outcomes: Outcomes) -> tuple[Counts, NDArray[np.str_] | None]:
    """Return the counts of each item, over seeds and repetitions, and the item's group.

    Items are in the order of their ids.
    """
    counts = sum_by_group(outcomes.counts.sum(axis=0), outcomes.ids)
    if outcomes.groups is None:
        return counts, None
    return counts, outcomes.groups[np.unique(outcomes.ids, return_index=True)[1]]


def _unpaired(one: Outcomes, other: Outcomes, metric: Metric, by_seed: list[float]) -> Difference:
    """Return the difference of metrics of different items.

    Its interval follows from the two intervals (Zou and Donner 2008), and p from the normal
    distribution that has the interval's half on the side of zero.
    """
    values, intervals = [], []
    for outcomes in (one, other):
        counts, groups = _by_item(outcomes)
        values.append(metric.of_sums(counts.sum(axis=0)))
        intervals.append(score_interval(counts, groups, metric.of_sums, metric.bounds))
    (first, second), (of_first, of_second) = values, intervals
    value = first - second
    low = value - float(np.hypot(first - of_first.low, of_second.high - second))
    high = value + float(np.hypot(of_first.high - first, second - of_second.low))
    half = value - low if value > 0 else high - value
    deviation = half / NormalDist().inv_cdf(0.975)
    p_value = 2 * NormalDist().cdf(-abs(value) / deviation) if deviation else float(not value)
    fewest = min(len(np.unique(one.ids)), len(np.unique(other.ids)))
    counts_of_groups = [interval.groups for interval in intervals if interval.groups is not None]
    groups_count = min(counts_of_groups, default=None)
    return Difference(value, low, high, p_value, by_seed, False, fewest, groups_count)
