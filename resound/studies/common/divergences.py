"""Distances between distributions: in closed form between normal ones, else from samples.

The bounds between distances are from Gibbs and Su, "On choosing and bounding probability metrics",
2002; the maximum mean discrepancy (MMD) is from Gretton et al., "A kernel two-sample test", 2012.
"""

from collections.abc import Callable, Mapping
from math import erfc, exp, inf, log, pi, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
"""A vector, or a matrix where a docstring gives two dimensions."""

_MAX_EXPONENT = 700.0
"""Exponentials of larger numbers count as infinite: 64-bit floats reach e^709."""
_GRID_POINTS = 512
"""Points at which a kernel density is evaluated."""


class Normal(NamedTuple):
    """A normal distribution."""

    mean: float
    std: float

    @classmethod
    def fit(cls, sample: Vector) -> "Normal":
        """Return the maximum-likelihood fit to `sample`."""
        return cls(float(sample.mean()), float(sample.std()))

    def cdf(self, x: float) -> float:
        """Return the probability of a value of at most `x`."""
        return 0.5 * erfc((self.mean - x) / (self.std * sqrt(2)))


# In closed form, between normal distributions.


def total_variation(p: Normal, q: Normal) -> float:
    """Return half the integral of |p - q|, from 0 to 1.

    log p - log q is a quadratic. Between its roots the same density is the larger one, so the
    integral is a sum of differences of probabilities.
    """
    (m, s), (n, t) = p, q
    quadratic = (
        1 / (2 * t**2) - 1 / (2 * s**2),
        m / s**2 - n / t**2,
        n**2 / (2 * t**2) - m**2 / (2 * s**2) + log(t / s),
    )
    crossings = np.sort(np.roots(quadratic).real)
    steps = np.diff([0, *(p.cdf(x) - q.cdf(x) for x in crossings), 0])
    return float(np.abs(steps).sum() / 2)


def chi_squared(p: Normal, q: Normal) -> float:
    """Return Pearson's chi-squared divergence, the integral of (p - q)^2 / q.

    With means m and n, standard deviations s and t of p and q, and v = 2 t^2 - s^2 it is
    t^2 / (s sqrt v) exp((m - n)^2 / v) - 1. It is infinite where the tails of p are too heavy
    for those of q (v <= 0), or where a 64-bit float cannot represent it.
    """
    (m, s), (n, t) = p, q
    v = 2 * t**2 - s**2
    if v <= 0 or (m - n) ** 2 / v > _MAX_EXPONENT:
        return inf
    return t**2 / (s * sqrt(v)) * exp((m - n) ** 2 / v) - 1


def kullback_leibler(p: Normal, q: Normal) -> float:
    """Return the integral of p log(p / q), in nats.

    It is log(t / s) + (s^2 + (m - n)^2) / (2 t^2) - 1/2 for means m and n, standard deviations
    s and t.
    """
    (m, s), (n, t) = p, q
    return log(t / s) + (s**2 + (m - n) ** 2) / (2 * t**2) - 0.5


def hellinger(p: Normal, q: Normal) -> float:
    """Return the square root of half the integral of (sqrt p - sqrt q)^2, from 0 to 1.

    H^2 = 1 - sqrt(2 s t / (s^2 + t^2)) exp(-(m - n)^2 / (4 (s^2 + t^2))).
    """
    (m, s), (n, t) = p, q
    v = s**2 + t**2
    return sqrt(max(0.0, 1 - sqrt(2 * s * t / v) * exp(-((m - n) ** 2) / (4 * v))))


def wasserstein_1(p: Normal, q: Normal) -> float:
    """Return the least work of moving the mass of p to q.

    It is E|d + e Z| for a standard normal Z and the differences d of means and e of standard
    deviations, because both quantile functions are linear in that of Z. The mean of a folded
    normal distribution is e sqrt(2/pi) exp(-d^2 / (2 e^2)) + d (1 - 2 P(Z < -d/e)).
    """
    d, e = abs(p.mean - q.mean), abs(p.std - q.std)
    if not e:
        return d
    return e * sqrt(2 / pi) * exp(-(d**2) / (2 * e**2)) + d * (1 - erfc(d / (e * sqrt(2))))


def wasserstein_2(p: Normal, q: Normal) -> float:
    """Return the root of the least mean squared distance: sqrt((m - n)^2 + (s - t)^2)."""
    return sqrt((p.mean - q.mean) ** 2 + (p.std - q.std) ** 2)


def mmd_squared(p: Normal, q: Normal, bandwidth: float = 1.0) -> float:
    """Return the squared MMD, E k(X, X') + E k(Y, Y') - 2 E k(X, Y).

    The kernel is k(x, y) = exp(-(x - y)^2 / (2 b^2)) with the bandwidth b. X - Y is normal with
    variance v = s^2 + t^2, so E k(X, Y) = b / sqrt(b^2 + v) exp(-(m - n)^2 / (2 (b^2 + v))).
    """

    def mean_kernel(one: Normal, other: Normal) -> float:
        v = bandwidth**2 + one.std**2 + other.std**2
        return bandwidth / sqrt(v) * exp(-((one.mean - other.mean) ** 2) / (2 * v))

    return mean_kernel(p, p) + mean_kernel(q, q) - 2 * mean_kernel(p, q)


FORMULAS: Mapping[str, Callable[[Normal, Normal], float]] = {
    "total variation": total_variation,
    "chi-squared": chi_squared,
    "Kullback-Leibler": kullback_leibler,
    "Hellinger": hellinger,
    "Wasserstein-1": wasserstein_1,
    "Wasserstein-2": wasserstein_2,
    "MMD²": mmd_squared,
}


# From samples: estimated densities are inserted into the definitions.


def histogram_masses(x: Vector, y: Vector) -> tuple[Vector, Vector]:
    """Return the masses of two samples in the same 2 n^(1/3) bins of equal width (Rice's rule).

    Each sample gets one more observation, spread evenly over the bins, so that no mass is 0:
    some distances divide by it.
    """
    bins = int(np.ceil(2 * min(len(x), len(y)) ** (1 / 3)))
    edges = np.histogram_bin_edges(np.concatenate([x, y]), bins)
    p, q = ((np.histogram(sample, edges)[0] + 1 / bins) / (len(sample) + 1) for sample in (x, y))
    return p, q


def kernel_density_masses(x: Vector, y: Vector) -> tuple[Vector, Vector]:
    """Return the masses of two samples on a fine grid, smoothed by a Gaussian kernel.

    Bandwidths follow Silverman's rule ("Density estimation", 1986, 3.31). As in
    `histogram_masses`, each sample gets one more observation, spread evenly.
    """
    bandwidths = [_silverman(sample) for sample in (x, y)]
    both, margin = np.concatenate([x, y]), 4 * max(bandwidths)
    edges = np.linspace(both.min() - margin, both.max() + margin, _GRID_POINTS + 1)
    step = edges[1] - edges[0]
    offsets = np.arange(1 - _GRID_POINTS, _GRID_POINTS) * step
    masses = []
    for sample, bandwidth in zip((x, y), bandwidths):
        kernel = np.exp(-0.5 * (offsets / max(bandwidth, step)) ** 2)
        mass = np.convolve(np.histogram(sample, edges)[0], kernel, mode="valid")
        masses.append((len(sample) * mass / mass.sum() + 1 / _GRID_POINTS) / (len(sample) + 1))
    return masses[0], masses[1]


def mass_distances(p: Vector, q: Vector) -> dict[str, float]:
    """Return the distances between two discrete distributions over the same bins.

    Both have positive masses that sum to 1.
    """
    return {
        "total variation": float(np.abs(p - q).sum() / 2),
        "chi-squared": float(((p - q) ** 2 / q).sum()),
        "Kullback-Leibler": float((p * np.log(p / q)).sum()),
        "Hellinger": sqrt(float(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2)),
    }


def sample_wasserstein(x: Vector, y: Vector, order: int) -> Vector:
    """Return the Wasserstein distance between two samples, for each column of (rows, columns).

    In one dimension the optimal transport keeps the order of values, so the distance is the root
    of the mean over levels of |difference of quantiles|^order.
    """
    ends = [np.arange(1, len(sample) + 1) / len(sample) for sample in (x, y)]
    levels = np.sort(np.concatenate(ends))
    weights = np.diff(levels, prepend=0)
    middles = levels - weights / 2
    p, q = (np.sort(s, axis=0)[np.searchsorted(e, middles)] for s, e in zip((x, y), ends))
    distances: Vector = (weights @ np.abs(p - q) ** order) ** (1 / order)
    return distances


def sample_mmd_squared(x: Vector, y: Vector, bandwidth: float = 1.0) -> float:
    """Return the unbiased estimate of MMD^2 from samples of shape (rows, columns).

    It may be negative.
    """
    from scipy.spatial.distance import cdist, pdist

    def mean_kernel(squares: Vector) -> float:
        return float(np.exp(squares / (-2 * bandwidth**2)).mean())

    within = sum(mean_kernel(pdist(sample, "sqeuclidean")) for sample in (x, y))
    return within - 2 * mean_kernel(cdist(x, y, "sqeuclidean"))


def median_bandwidth(x: Vector, y: Vector) -> float:
    """Return the median distance between rows of both samples, or 1 where it is 0."""
    from scipy.spatial.distance import pdist

    return float(np.median(pdist(np.concatenate([x, y])))) or 1.0


def permutation_test(
    x: Vector, y: Vector, bandwidth: float, permutations: int, random: np.random.Generator
) -> tuple[float, float]:
    """Return the unbiased MMD^2 and its p-value.

    The p-value is the fraction of random divisions into parts of the same sizes whose MMD^2 is as
    large. It counts the observed division as one of them, so it is never 0 and the test is valid.
    """
    from scipy.spatial.distance import pdist, squareform

    kernel = squareform(np.exp(pdist(np.concatenate([x, y]), "sqeuclidean") / (-2 * bandwidth**2)))
    first = np.zeros((permutations + 1, len(kernel)))
    first[:, : len(x)] = 1
    first[1:] = random.permuted(first[1:], axis=1)
    # Sums of the kernel within the first part, between parts and within the second part. The
    # diagonal is 0.
    within = ((first @ kernel) * first).sum(axis=1)
    across = first @ kernel.sum(axis=1) - within
    second = kernel.sum() - within - 2 * across
    n, m = len(x), len(y)
    squares = within / (n * (n - 1)) + second / (m * (m - 1)) - 2 * across / (n * m)
    # Equal values may differ by rounding.
    return float(squares[0]), float((squares >= squares[0] - 1e-12).mean())


def _silverman(sample: Vector) -> float:
    """Return the bandwidth of a kernel density by Silverman's rule."""
    low, high = np.quantile(sample, [0.25, 0.75])
    spread = min(float(sample.std()), float(high - low) / 1.34) or float(sample.std())
    return float(0.9 * spread * len(sample) ** -0.2)
