"""Ways to move features of one distribution onto those of another, without labels."""

import numpy as np

from resound.studies.common import divergences
from resound.studies.common.divergences import Vector


def coral(target: Vector, source: Vector, ridge: float) -> Vector:
    """Correlation alignment: `target` (items, width) with the mean and covariance of `source`.

    Whitened by its own covariance, coloured by the other's (Sun, Feng and Saenko, "Return of
    frustratingly easy domain adaptation", 2016). The paper moves the source and trains on it; an
    affine map may as well go the other way, and one classifier serves any number of targets.
    """
    own, others = (
        np.cov(part, rowvar=False) + ridge * np.eye(part.shape[1]) for part in (target, source)
    )
    moved: Vector = (target - target.mean(axis=0)) @ _power(own, -0.5) @ _power(others, 0.5)
    moved += source.mean(axis=0)
    return moved


def least_mmd(target: Vector, source: Vector, items: int, random: np.random.Generator) -> Vector:
    """`target` after the scale and the shift of each column that make MMD to `source` least.

    By a Gaussian kernel as wide as the median distance, on `items` rows of each at most; found by
    L-BFGS from where the features are.
    """
    from scipy.optimize import minimize

    x, y = (some(part, items, random) for part in (target, source))
    bandwidth = divergences.median_bandwidth(x, y)
    start = np.concatenate([np.ones(x.shape[1]), np.zeros(x.shape[1])])
    least = minimize(mmd_and_gradient, start, (x, y, bandwidth), jac=True, method="L-BFGS-B")
    scale, offset = np.split(least.x, 2)
    moved: Vector = target * scale + offset
    return moved


def mmd_and_gradient(
    scale_and_shift: Vector, x: Vector, y: Vector, bandwidth: float
) -> tuple[float, Vector]:
    """MMD^2 of x, scaled and shifted, to y, without y's own term; and its gradient.

    The kernel k(u, v) has the gradient k (v - u) / bandwidth^2 by u.
    """
    from scipy.spatial.distance import cdist

    scale, offset = np.split(scale_and_shift, 2)
    moved = x * scale + offset
    to_own, to_other = (
        np.exp(cdist(moved, others, "sqeuclidean") / (-2 * bandwidth**2)) / others.shape[0]
        for others in (moved, y)
    )
    value = to_own.sum(axis=1).mean() - 2 * to_other.sum(axis=1).mean()
    pulls = to_own @ moved - to_own.sum(axis=1, keepdims=True) * moved
    pulls -= to_other @ y - to_other.sum(axis=1, keepdims=True) * moved
    pulls *= 2 / (len(x) * bandwidth**2)
    return float(value), np.concatenate([(pulls * x).sum(axis=0), pulls.sum(axis=0)])


def _power(covariance: Vector, exponent: float) -> Vector:
    values, vectors = np.linalg.eigh(covariance)
    power: Vector = (vectors * values**exponent) @ vectors.T
    return power


def some(rows: Vector, count: int, random: np.random.Generator) -> Vector:
    """So many of the rows at most, by chance."""
    return rows[random.choice(len(rows), min(len(rows), count), replace=False)]
