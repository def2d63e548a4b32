"""Distances between distributions: of normal ones by formula, of others from samples.

Gibbs and Su, "On choosing and bounding probability metrics", 2002, has the bounds between them;
Gretton et al., "A kernel two-sample test", 2012, the maximum mean discrepancy (MMD).
"""

from collections.abc import Callable, Mapping
from math import erfc, exp, inf, log, pi, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
"""Numbers in a row, or a matrix of them where a function says so."""

_LARGEST = 700.0
"""The exponent from which on an exponential is taken for infinite: 64 bits hold e^709."""
_GRID = 512
"""Points at which a kernel density is told."""


class Normal(NamedTuple):
    """A normal distribution."""

    mean: float
    deviation: float

    @classmethod
    def fitted(cls, sample: Vector) -> "Normal":
        """The most likely one for `sample`."""
        return cls(float(sample.mean()), float(sample.std()))

    def below(self, x: float) -> float:
        """The probability of at most x."""
        return 0.5 * erfc((self.mean - x) / (self.deviation * sqrt(2)))


# By formula, of normal distributions.


def total_variation(p: Normal, q: Normal) -> float:
    """Half the integral of |p - q|, from 0 to 1.

    log p - log q is a quadratic; between its roots one density is the larger one throughout, so
    that the integral is a sum of differences of probabilities.
    """
    (m, s), (n, t) = p, q
    quadratic = (
        1 / (2 * t**2) - 1 / (2 * s**2),
        m / s**2 - n / t**2,
        n**2 / (2 * t**2) - m**2 / (2 * s**2) + log(t / s),
    )
    crossings = np.sort(np.roots(quadratic).real)
    steps = np.diff([0, *(p.below(x) - q.below(x) for x in crossings), 0])
    return float(np.abs(steps).sum() / 2)


def chi_squared(p: Normal, q: Normal) -> float:
    """The integral of (p - q)^2 / q, Pearson's; infinite where p's tails are too heavy for q's.

    (Or where no 64-bit number holds it.)

    With v = 2 t^2 - s^2 of the deviations s of p and t of q it is
    t^2 / (s sqrt v) exp((m - n)^2 / v) - 1.
    """
    (m, s), (n, t) = p, q
    v = 2 * t**2 - s**2
    if v <= 0 or (m - n) ** 2 / v > _LARGEST:
        return inf
    return t**2 / (s * sqrt(v)) * exp((m - n) ** 2 / v) - 1


def kullback_leibler(p: Normal, q: Normal) -> float:
    """The integral of p log(p / q), in nats: log(t/s) + (s^2 + (m - n)^2) / (2 t^2) - 1/2."""
    (m, s), (n, t) = p, q
    return log(t / s) + (s**2 + (m - n) ** 2) / (2 * t**2) - 0.5


def hellinger(p: Normal, q: Normal) -> float:
    """The root of half the integral of (sqrt p - sqrt q)^2, from 0 to 1.

    H^2 = 1 - sqrt(2 s t / (s^2 + t^2)) exp(-(m - n)^2 / (4 (s^2 + t^2))).
    """
    (m, s), (n, t) = p, q
    v = s**2 + t**2
    return sqrt(max(0.0, 1 - sqrt(2 * s * t / v) * exp(-((m - n) ** 2) / (4 * v))))


def wasserstein_1(p: Normal, q: Normal) -> float:
    """The least work of moving p's mass to q, which is E|d + e Z| of a standard normal Z.

    d and e are the differences of means and of deviations, for both quantile functions are
    straight lines in Z's; the mean of a folded normal is
    e sqrt(2/pi) exp(-d^2 / (2 e^2)) + d (1 - 2 P(Z < -d/e)).
    """
    d, e = abs(p.mean - q.mean), abs(p.deviation - q.deviation)
    if not e:
        return d
    return e * sqrt(2 / pi) * exp(-(d**2) / (2 * e**2)) + d * (1 - erfc(d / (e * sqrt(2))))


def wasserstein_2(p: Normal, q: Normal) -> float:
    """The root of the least mean square of ways: sqrt((m - n)^2 + (s - t)^2)."""
    return sqrt((p.mean - q.mean) ** 2 + (p.deviation - q.deviation) ** 2)


def mmd_squared(p: Normal, q: Normal, bandwidth: float = 1.0) -> float:
    """E k(X, X') + E k(Y, Y') - 2 E k(X, Y) by the kernel k(x, y) = exp(-(x - y)^2 / (2 b^2)).

    X - Y is normal with variance v = s^2 + t^2, and the mean of its kernel is
    b / sqrt(b^2 + v) exp(-(m - n)^2 / (2 (b^2 + v))).
    """

    def mean_kernel(one: Normal, other: Normal) -> float:
        v = bandwidth**2 + one.deviation**2 + other.deviation**2
        return bandwidth / sqrt(v) * exp(-((one.mean - other.mean) ** 2) / (2 * v))

    return mean_kernel(p, p) + mean_kernel(q, q) - 2 * mean_kernel(p, q)


BY_FORMULA: Mapping[str, Callable[[Normal, Normal], float]] = {
    "total variation": total_variation,
    "chi-squared": chi_squared,
    "Kullback-Leibler": kullback_leibler,
    "Hellinger": hellinger,
    "Wasserstein-1": wasserstein_1,
    "Wasserstein-2": wasserstein_2,
    "MMD²": mmd_squared,
}


# From samples: densities are estimated, and put into the definitions.


def histograms(x: Vector, y: Vector) -> tuple[Vector, Vector]:
    """The masses of two samples in bins of one width, 2 n^(1/3) of them (Rice's rule).

    Both count one observation more, spread evenly: no mass is 0, for some distances divide by it.
    """
    bins = int(np.ceil(2 * min(len(x), len(y)) ** (1 / 3)))
    edges = np.histogram_bin_edges(np.concatenate([x, y]), bins)
    p, q = ((np.histogram(sample, edges)[0] + 1 / bins) / (len(sample) + 1) for sample in (x, y))
    return p, q


def kernel_densities(x: Vector, y: Vector) -> tuple[Vector, Vector]:
    """The masses of two samples on a fine grid, each observation spread as a normal density.

    Widths are by Silverman's rule ("Density estimation", 1986, 3.31). As in `histograms`, one
    observation more is spread evenly.
    """
    widths = [_silverman(sample) for sample in (x, y)]
    both, margin = np.concatenate([x, y]), 4 * max(widths)
    edges = np.linspace(both.min() - margin, both.max() + margin, _GRID + 1)
    step = edges[1] - edges[0]
    away = np.arange(1 - _GRID, _GRID) * step
    masses = []
    for sample, width in zip((x, y), widths):
        spread = np.exp(-0.5 * (away / max(width, step)) ** 2)
        mass = np.convolve(np.histogram(sample, edges)[0], spread, mode="valid")
        masses.append((len(sample) * mass / mass.sum() + 1 / _GRID) / (len(sample) + 1))
    return masses[0], masses[1]


def between_masses(p: Vector, q: Vector) -> dict[str, float]:
    """The distances of two distributions over the same places; both sum to 1, none is 0."""
    return {
        "total variation": float(np.abs(p - q).sum() / 2),
        "chi-squared": float(((p - q) ** 2 / q).sum()),
        "Kullback-Leibler": float((p * np.log(p / q)).sum()),
        "Hellinger": sqrt(float(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2)),
    }


def sample_wasserstein(x: Vector, y: Vector, order: int) -> Vector:
    """The Wasserstein distance of two samples, column by column of (rows, columns).

    In one dimension mass moves in order: the mean over levels of |difference of quantiles|^order,
    and its root.
    """
    ends = [np.arange(1, len(sample) + 1) / len(sample) for sample in (x, y)]
    levels = np.sort(np.concatenate(ends))
    shares = np.diff(levels, prepend=0)
    middles = levels - shares / 2
    p, q = (np.sort(s, axis=0)[np.searchsorted(e, middles)] for s, e in zip((x, y), ends))
    moved: Vector = (shares @ np.abs(p - q) ** order) ** (1 / order)
    return moved


def sample_mmd_squared(x: Vector, y: Vector, bandwidth: float = 1.0) -> float:
    """MMD^2 of two samples (rows, columns), without bias: it may fall below 0."""
    from scipy.spatial.distance import cdist, pdist

    def mean_kernel(squares: Vector) -> float:
        return float(np.exp(squares / (-2 * bandwidth**2)).mean())

    within = sum(mean_kernel(pdist(sample, "sqeuclidean")) for sample in (x, y))
    return within - 2 * mean_kernel(cdist(x, y, "sqeuclidean"))


def median_bandwidth(x: Vector, y: Vector) -> float:
    """The median distance between any two rows of both samples; 1 where most are the same."""
    from scipy.spatial.distance import pdist

    return float(np.median(pdist(np.concatenate([x, y])))) or 1.0


def permutation_test(
    x: Vector, y: Vector, bandwidth: float, permutations: int, random: np.random.Generator
) -> tuple[float, float]:
    """MMD^2 without bias, and its p: how often parts of the same sizes drawn by chance are as far.

    p counts the parts as they are among the permutations, so that it is never 0 and no less than
    it should be.
    """
    from scipy.spatial.distance import pdist, squareform

    kernel = squareform(np.exp(pdist(np.concatenate([x, y]), "sqeuclidean") / (-2 * bandwidth**2)))
    first = np.zeros((permutations + 1, len(kernel)))
    first[:, : len(x)] = 1
    first[1:] = random.permuted(first[1:], axis=1)
    # Sums of the kernel within the first part, across, and within the second; the diagonal is 0.
    within = ((first @ kernel) * first).sum(axis=1)
    across = first @ kernel.sum(axis=1) - within
    second = kernel.sum() - within - 2 * across
    n, m = len(x), len(y)
    squares = within / (n * (n - 1)) + second / (m * (m - 1)) - 2 * across / (n * m)
    # Equal ones may differ by rounding.
    return float(squares[0]), float((squares >= squares[0] - 1e-12).mean())


def _silverman(sample: Vector) -> float:
    low, high = np.quantile(sample, [0.25, 0.75])
    spread = min(float(sample.std()), float(high - low) / 1.34) or float(sample.std())
    return float(0.9 * spread * len(sample) ** -0.2)
