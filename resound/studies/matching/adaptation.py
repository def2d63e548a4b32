"""Methods that adapt features of one distribution to another, without labels."""

import numpy as np

from resound.studies.common import divergences
from resound.studies.common.divergences import Vector


def coral(target: Vector, source: Vector, ridge: float) -> Vector:
    """Return `target`, shape (items, width), with the mean and covariance of `source`.

    This is correlation alignment (Sun, Feng and Saenko, "Return of frustratingly easy domain
    adaptation", 2016): the features are whitened by their own covariance matrix and coloured by
    that of the source. The paper adapts the source and trains on it; the inverse direction lets
    one classifier serve any number of targets.
    """
    target_covariance, source_covariance = (
        np.cov(features, rowvar=False) + ridge * np.eye(features.shape[1])
        for features in (target, source)
    )
    centred = target - target.mean(axis=0)
    adapted: Vector = centred @ _power(target_covariance, -0.5) @ _power(source_covariance, 0.5)
    adapted += source.mean(axis=0)
    return adapted


def minimise_mmd(
    target: Vector, source: Vector, max_items: int, random: np.random.Generator
) -> Vector:
    """Return `target` after the scale and shift of each column that minimise MMD to `source`.

    The kernel is Gaussian with the median distance as bandwidth. MMD is computed on at most
    `max_items` rows of each side and minimised by L-BFGS from the unchanged features.
    """
    from scipy.optimize import minimize

    x, y = (sample_rows(features, max_items, random) for features in (target, source))
    bandwidth = divergences.median_bandwidth(x, y)
    identity = np.concatenate([np.ones(x.shape[1]), np.zeros(x.shape[1])])
    result = minimize(mmd_and_gradient, identity, (x, y, bandwidth), jac=True, method="L-BFGS-B")
    scale, shift = np.split(result.x, 2)
    adapted: Vector = target * scale + shift
    return adapted


def mmd_and_gradient(
    scale_and_shift: Vector, x: Vector, y: Vector, bandwidth: float
) -> tuple[float, Vector]:
    """Return MMD^2 between the scaled and shifted `x` and `y`, and its gradient.

    The term of `y` alone is constant and left out. The kernel k(u, v) has the gradient
    k(u, v) (v - u) / bandwidth^2 with respect to u.
    """
    from scipy.spatial.distance import cdist

    scale, shift = np.split(scale_and_shift, 2)
    adapted = x * scale + shift
    kernel_x, kernel_y = (
        np.exp(cdist(adapted, rows, "sqeuclidean") / (-2 * bandwidth**2)) / rows.shape[0]
        for rows in (adapted, y)
    )
    value = kernel_x.sum(axis=1).mean() - 2 * kernel_y.sum(axis=1).mean()
    gradient = kernel_x @ adapted - kernel_x.sum(axis=1, keepdims=True) * adapted
    gradient -= kernel_y @ y - kernel_y.sum(axis=1, keepdims=True) * adapted
    gradient *= 2 / (len(x) * bandwidth**2)
    return float(value), np.concatenate([(gradient * x).sum(axis=0), gradient.sum(axis=0)])


def sample_rows(rows: Vector, max_rows: int, random: np.random.Generator) -> Vector:
    """Return at most `max_rows` of the rows, drawn at random without replacement."""
    return rows[random.choice(len(rows), min(len(rows), max_rows), replace=False)]


def _power(covariance: Vector, exponent: float) -> Vector:
    """Return a power of a symmetric positive definite matrix."""
    values, vectors = np.linalg.eigh(covariance)
    power: Vector = (vectors * values**exponent) @ vectors.T
    return power
