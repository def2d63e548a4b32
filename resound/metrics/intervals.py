"""Confidence intervals: Wilson's of a proportion, and the percentile bootstrap."""

from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

RESAMPLES = 2000
LEVEL = 0.95


def wilson_interval(hits: int, items: int, level: float = LEVEL) -> tuple[float, float]:
    """Return Wilson's score interval of the proportion `hits / items` (Wilson 1927)."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    proportion, spread = hits / items, z * z / items
    centre = (proportion + spread / 2) / (1 + spread)
    variance = proportion * (1 - proportion) / items
    half = z / (1 + spread) * np.sqrt(variance + spread / (4 * items))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


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


def sum_by_group(counts: Counts, groups: Sequence[str] | NDArray[np.str_]) -> Counts:
    """Return the sum of `counts`, shape (items, kinds), over each group, sorted by group name.

    Items of one group (a speaker) are not independent, so the bootstrap must draw whole groups.
    """
    names, group_number = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.zeros((len(names), counts.shape[1]), dtype=counts.dtype)
    np.add.at(sums, group_number, counts)
    return sums
