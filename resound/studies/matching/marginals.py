"""Methods that match each feature by itself: by moments, by distribution functions, by distances.

All return `target`, shape (items, width), matched column by column to `source`, and are
deterministic. Where a report names a method without its definition, the docstring says what is
inferred.
"""

from collections.abc import Callable
from math import sqrt

import numpy as np

from resound.studies.common.divergences import Vector

GRID = 65
"""Points at which smoothed densities and distribution functions are evaluated."""
STEP, STEPS = 0.1, 60
"""The size of a step of gradient descent, and the number of steps."""
_TAIL = 3.0
"""Bandwidths by which a smoothed distribution function reaches beyond its sample."""


def z_score(target: Vector, source: Vector) -> Vector:
    """Match the mean and the standard deviation."""
    return _scale_and_shift(
        target, _ratio(source.std(axis=0), target.std(axis=0)), target.mean(0), source.mean(0)
    )


def match_range(target: Vector, source: Vector) -> Vector:
    """Scale and shift to the same smallest and largest value.

    That scaling and shifting are by the range is inferred; by mean and standard deviation they are
    `z_score`.
    """
    scale = _ratio(np.ptp(source, axis=0), np.ptp(target, axis=0))
    return _scale_and_shift(target, scale, target.min(axis=0), source.min(axis=0))


def match_histograms(target: Vector, source: Vector) -> Vector:
    """Match the distribution functions of histograms, which are linear within their bins.

    Histograms have 2 n^(1/3) bins of equal width (Rice's rule) between the extremes of a sample.
    """

    def match(x: Vector, y: Vector) -> Vector:
        (edges_x, levels_x), (edges_y, levels_y) = map(_histogram_levels, (x, y))
        return _inverse(levels_y, edges_y, np.interp(x, edges_x, levels_x))

    return _by_column(match, target, source)


def match_quantiles(target: Vector, source: Vector) -> Vector:
    """Replace each value by the quantile of the source at its level; ties get their mean level."""

    def match(x: Vector, y: Vector) -> Vector:
        from scipy.stats import rankdata

        levels = (rankdata(x) - 0.5) / len(x)
        return np.asarray(np.quantile(y, levels, method="hazen"))

    return _by_column(match, target, source)


def match_smoothed(target: Vector, source: Vector) -> Vector:
    """Match distribution functions that are smoothed by a Gaussian kernel (Silverman's rule).

    That smoothing is one of densities before they are matched is inferred.
    """
    from scipy.special import ndtr

    def smoothed_levels(sample: Vector) -> tuple[Vector, Vector]:
        bandwidth = _bandwidth(sample)
        margin = _TAIL * bandwidth
        points = np.linspace(sample.min() - margin, sample.max() + margin, GRID)
        return points, ndtr((points[:, None] - sample) / bandwidth).mean(axis=1)

    def match(x: Vector, y: Vector) -> Vector:
        (points_x, levels_x), (points_y, levels_y) = map(smoothed_levels, (x, y))
        return _inverse(levels_y, points_y, np.interp(x, points_x, levels_x))

    return _by_column(match, target, source)


def least_wasserstein(target: Vector, source: Vector) -> Vector:
    """Scale and shift each column so that its Wasserstein-2 distance from the source is least.

    The optimal transport keeps the order of values, so this is the regression of the quantiles of
    the source on those of the target, at common levels. It is in closed form. Scales are positive,
    so that the order of values stays.
    """
    count = max(len(target), len(source))
    levels = (np.arange(count) + 0.5) / count
    x, y = (np.quantile(rows, levels, axis=0, method="inverted_cdf") for rows in (target, source))
    centred = x - x.mean(axis=0)
    scale = _ratio((centred * (y - y.mean(axis=0))).sum(axis=0), (centred**2).sum(axis=0))
    return _scale_and_shift(target, scale, x.mean(axis=0), y.mean(axis=0))


def least_divergence(target: Vector, source: Vector) -> Vector:
    """Scale and shift each column by gradient descent on its Kullback-Leibler divergence.

    The divergence is that from the adapted target to the source, whose density is smoothed by a
    Gaussian kernel, so that the result is wider than the source by a few per cent. Descent begins
    at the unchanged features.
    """

    def match(x: Vector, y: Vector) -> Vector:
        mean = float(x.mean())
        slope = score_function(x, y)
        log_scale, middle = 0.0, mean
        for _ in range(STEPS):
            by_scale, by_middle = divergence_gradient(x - mean, log_scale, middle, slope)
            log_scale -= STEP * by_scale
            middle -= STEP * by_middle
        return np.asarray(np.exp(log_scale) * (x - mean) + middle)

    return _by_column(match, target, source)


def divergence_gradient(
    centred: Vector, log_scale: float, middle: float, slope: Callable[[Vector], Vector]
) -> tuple[float, float]:
    """Return the gradient of the divergence by the logarithm of the scale and by the middle.

    With u = e^s x + c the density of u is that of x over e^s, so that the divergence from u to a
    density q is -s - E log q(u) + constant. `slope` is the derivative of log q.
    """
    scaled = np.exp(log_scale) * centred
    slopes = slope(scaled + middle)
    return -1 - float((slopes * scaled).mean()), -float(slopes.mean())


def score_function(x: Vector, y: Vector) -> Callable[[Vector], Vector]:
    """Return the derivative of the logarithm of the smoothed density of `y`.

    It is computed on a grid that covers both samples and interpolated linearly. Beyond the grid it
    is constant.
    """
    bandwidth = _bandwidth(y)
    both = np.concatenate([x, y])
    margin = _TAIL * bandwidth
    points = np.linspace(both.min() - margin, both.max() + margin, GRID)
    offsets = (points[:, None] - y) / bandwidth
    exponents = -0.5 * offsets**2
    weights = np.exp(exponents - exponents.max(axis=1, keepdims=True))
    slopes = -(weights * offsets).sum(axis=1) / (weights.sum(axis=1) * bandwidth)
    return lambda values: np.interp(values, points, slopes)


def _by_column(match: Callable[[Vector, Vector], Vector], target: Vector, source: Vector) -> Vector:
    """Return each column of the target as matched to that of the source; constants unchanged."""
    columns = [match(x, y) if np.ptp(x) > 0 else x for x, y in zip(target.T, source.T)]
    return np.stack(columns, axis=1)


def _scale_and_shift(target: Vector, scale: Vector, origin: Vector, new_origin: Vector) -> Vector:
    return np.asarray((target - origin) * scale + new_origin)


def _ratio(numerator: Vector, denominator: Vector) -> Vector:
    """Return the ratio, 1 where the denominator is 0."""
    positive = denominator > 0
    return np.where(positive, numerator / np.where(positive, denominator, 1), 1.0)


def _bandwidth(sample: Vector) -> float:
    """Return the bandwidth by Silverman's rule for a normal density."""
    return float(1.06 * sample.std() * len(sample) ** -0.2) or 1 / sqrt(len(sample))


def _histogram_levels(sample: Vector) -> tuple[Vector, Vector]:
    """Return the edges of a histogram and the proportion of the sample below each."""
    bins = int(np.ceil(2 * len(sample) ** (1 / 3)))
    counts, edges = np.histogram(sample, bins)
    return edges, np.concatenate([[0], np.cumsum(counts)]) / len(sample)


def _inverse(levels: Vector, values: Vector, wanted: Vector) -> Vector:
    """Return the values of an increasing function at its `levels`, interpolated at `wanted`.

    Where several values have one level (empty bins) the first counts.
    """
    distinct = np.concatenate([[True], np.diff(levels) > 0])
    return np.asarray(np.interp(wanted, levels[distinct], values[distinct]))
