"""Confidence intervals of accuracies and error rates, over independent items or over groups.

Items of one group (a speaker, a lecture) resemble each other, so an interval over groups says how a
metric would vary with other groups. From `MANY_GROUPS` groups on it is the percentile bootstrap of
whole groups. With fewer, that bootstrap is too narrow (over two groups it gives just their two
accuracies), and a score interval with Student's t replaces it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Groups = Sequence[str] | NDArray[np.str_]
Bounds = tuple[float, float]
"""The least and the greatest value of a metric."""

RESAMPLES = 2000
LEVEL = 0.95
MANY_GROUPS = 20
"""The number of groups from which on the bootstrap is used. Of 95 % intervals of simulated speakers
it covers the true accuracy in about 93 % of cases with 20 groups, 88 % with 8 and 50 % with 2."""


@dataclass(frozen=True)
class Interval:
    """A 95 % interval, how it is computed, and over how many groups."""

    low: float
    high: float
    method: str
    """`Wilson`, `bootstrap by clip`, `bootstrap by group`, `score by group (Student's t)` or
    `jackknife by group (Student's t)`."""
    groups: int | None
    """The number of groups; None if the groups of the items are not known or do not matter."""

    def as_metrics(self) -> dict[str, Any]:
        """Return the entries of `metrics.json`."""
        return {
            "interval": [self.low, self.high],
            "interval_method": self.method,
            "interval_groups": self.groups,
        }


def accuracy_interval(correct: NDArray[np.bool_], groups: Groups | None) -> Interval:
    """Return the interval of the accuracy of items, given which of them are correct.

    It is Wilson's without `groups`, or if all items belong to one.
    """
    count = _count_groups(groups)
    if groups is None or count == 1:
        return Interval(*wilson_interval(int(correct.sum()), len(correct)), "Wilson", count)
    counts = np.stack([correct, np.ones_like(correct)], axis=1).astype(np.int64)
    return _group_interval(counts, groups, lambda accuracy: accuracy * (1 - accuracy), _wilson)


def error_rate_interval(counts: Counts, groups: Groups | None) -> Interval:
    """Return the interval of an error rate: all errors divided by all words. It may exceed 1.

    `counts`, shape (clips, 2), holds the errors and the words of each clip. The interval is the
    bootstrap over clips without `groups`, or if all clips belong to one.
    """
    count = _count_groups(groups)
    if groups is None or count == 1 or not counts[:, 1].any():
        return Interval(*bootstrap_interval(counts, ratio), "bootstrap by clip", count)
    return _group_interval(counts, groups, lambda rate: rate, _rate_score)


def score_interval(
    counts: Counts, groups: Groups | None, metric: Callable[[Counts], float], bounds: Bounds
) -> Interval:
    """Return the interval of a metric of summed counts, such as BLEU, within `bounds`.

    `counts`, shape (clips, kinds), holds what each clip contributes. The interval is the bootstrap
    over clips without `groups`, or if all clips belong to one. Over few groups it is Student's,
    with the jackknife's variance over groups, but not less than that over clips (Efron and
    Tibshirani 1993, chapter 11).
    """
    count = _count_groups(groups)
    if groups is None or count == 1:
        return Interval(*bootstrap_interval(counts, metric), "bootstrap by clip", count)
    sums = sum_by_group(counts, groups)
    if len(sums) >= MANY_GROUPS:
        return Interval(*bootstrap_interval(sums, metric), "bootstrap by group", len(sums))
    from scipy.special import stdtrit

    total = counts.sum(axis=0)
    value = metric(total)
    without_each = (np.array([metric(total - row) for row in rows]) for rows in (sums, counts))
    variance = max(_jackknife_variance(values, value) for values in without_each)
    margin = float(stdtrit(len(sums) - 1, (1 + LEVEL) / 2)) * variance**0.5
    low, high = np.clip([value - margin, value + margin], *bounds).tolist()
    return Interval(low, high, "jackknife by group (Student's t)", len(sums))


def wilson_interval(hits: int, items: int, level: float = LEVEL) -> tuple[float, float]:
    """Return Wilson's score interval of the proportion `hits / items` (Wilson 1927)."""
    return _wilson(hits / items, items, NormalDist().inv_cdf((1 + level) / 2))


def bootstrap_interval(
    counts: Counts,
    metric: Callable[[Counts], float],
    level: float = LEVEL,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a metric of summed counts.

    `counts`, shape (units, kinds), holds what each unit (a clip, a speaker) contributes; `metric`
    takes sums, shape (kinds,). Units are drawn with replacement, 2,000 times (Efron and Tibshirani
    1993, chapter 13).
    """
    generator, units = np.random.default_rng(seed), len(counts)
    values = []
    for _ in range(RESAMPLES):
        times_drawn = np.bincount(generator.integers(units, size=units), minlength=units)
        values.append(metric(times_drawn @ counts))
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def sum_by_group(counts: Counts, groups: Groups) -> Counts:
    """Return the sum of `counts`, shape (items, kinds), over each group, sorted by group name."""
    names, group_number = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.zeros((len(names), counts.shape[1]), dtype=counts.dtype)
    np.add.at(sums, group_number, counts)
    return sums


def ratio(counts: Counts) -> float:
    """Return hits divided by items, or errors divided by words; nothing counts as one."""
    numerator, denominator = counts
    return float(numerator / max(denominator, 1))


def _count_groups(groups: Groups | None) -> int | None:
    return None if groups is None else len(np.unique(np.asarray(groups)))


def _group_interval(
    counts: Counts,
    groups: Groups,
    variance_of_one: Callable[[float], float],
    score_interval: Callable[[float, float, float], tuple[float, float]],
) -> Interval:
    """Return the interval of a ratio of summed counts, shape (items, 2), over two groups or more.

    With few groups, the variance of the ratio is the jackknife's over groups, which suits groups of
    unequal size (MacKinnon, Nielsen and Webb 2023), but not less than that over items. Divided by
    this, `variance_of_one`, the variance with a single independent item (or word), gives the
    effective number of items; `score_interval` maps the ratio, this number and the quantile of
    Student's t to the bounds (for proportions: Dean and Pagano 2015).
    """
    sums = sum_by_group(counts, groups)
    if len(sums) >= MANY_GROUPS:
        return Interval(*bootstrap_interval(sums, ratio), "bootstrap by group", len(sums))
    from scipy.special import stdtrit

    total = counts.sum(axis=0)
    value, size = ratio(total), float(total[1])
    without_each = (_ratios_without_each(rows) for rows in (sums, counts))
    variance = max(_jackknife_variance(values, value) for values in without_each)
    if variance > 0:
        size = min(size, variance_of_one(value) / variance)
    quantile = float(stdtrit(len(sums) - 1, (1 + LEVEL) / 2))
    return Interval(
        *score_interval(value, size, quantile), "score by group (Student's t)", len(sums)
    )


def _ratios_without_each(counts: Counts) -> NDArray[np.float64]:
    """Return the ratio of summed counts without each row in turn."""
    rest = counts.sum(axis=0) - counts
    ratios: NDArray[np.float64] = rest[:, 0] / np.maximum(rest[:, 1], 1)
    return ratios


def _jackknife_variance(without_each: NDArray[np.float64], value: float) -> float:
    """Return the variance of a metric from its values without each unit in turn, and with all."""
    units = len(without_each)
    return float((units - 1) / units * np.sum((without_each - value) ** 2))


def _wilson(proportion: float, size: float, quantile: float) -> tuple[float, float]:
    """Return the score interval of a proportion of `size` independent items (Wilson 1927)."""
    spread = quantile * quantile / size
    centre = (proportion + spread / 2) / (1 + spread)
    variance = proportion * (1 - proportion) / size
    half = quantile / (1 + spread) * np.sqrt(variance + spread / (4 * size))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def _rate_score(rate: float, size: float, quantile: float) -> tuple[float, float]:
    """Return the score interval of a rate of events in `size` units, a Poisson variable."""
    spread = quantile * quantile / size
    half = float(np.sqrt(rate * spread + spread * spread / 4))
    return max(0.0, rate + spread / 2 - half), rate + spread / 2 + half
