"""Closed forms equal integrals; estimates from samples approach both."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.integrate import quad

from resound.studies.common import divergences
from resound.studies.common.divergences import Normal

PAIRS = [
    (Normal(0, 1), Normal(1, 1)),
    (Normal(0, 1), Normal(0, 1.7)),
    (Normal(-1, 0.6), Normal(0.5, 1.2)),
    (Normal(2, 1.3), Normal(0.5, 1.1)),
]


def integral(function, p: Normal, q: Normal) -> float:
    """Integrate a function of both densities over the range of both."""
    margin = 14 * max(p.std, q.std)
    low, high = min(p.mean, q.mean) - margin, max(p.mean, q.mean) + margin
    middle = np.linspace(low, high, 40)[1:-1]
    densities = stats.norm(*p).pdf, stats.norm(*q).pdf
    return quad(
        lambda x: function(*(f(x) for f in densities)), low, high, points=middle, limit=500
    )[0]


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_formulas_equal_the_integrals(p, q):
    assert divergences.total_variation(p, q) == pytest.approx(
        integral(lambda a, b: abs(a - b) / 2, p, q), abs=1e-7
    )
    assert divergences.chi_squared(p, q) == pytest.approx(
        integral(lambda a, b: (a - b) ** 2 / b, p, q), rel=1e-6
    )
    assert divergences.kullback_leibler(p, q) == pytest.approx(
        integral(lambda a, b: a * np.log(a / b) if a > 0 else 0.0, p, q), rel=1e-6
    )
    assert divergences.hellinger(p, q) ** 2 == pytest.approx(
        integral(lambda a, b: (np.sqrt(a) - np.sqrt(b)) ** 2 / 2, p, q), rel=1e-6
    )


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_wasserstein_equals_the_integral_between_quantiles(p, q):
    def integral_of_quantiles(order: int) -> float:
        difference = lambda u: abs(stats.norm(*p).ppf(u) - stats.norm(*q).ppf(u)) ** order  # noqa: E731
        return quad(difference, 0, 1, limit=500)[0]

    assert divergences.wasserstein_1(p, q) == pytest.approx(integral_of_quantiles(1), rel=1e-6)
    assert divergences.wasserstein_2(p, q) ** 2 == pytest.approx(integral_of_quantiles(2), rel=1e-5)


@pytest.mark.parametrize("bandwidth", [0.5, 2.0])
def test_mmd_equals_the_mean_kernel(bandwidth):
    p, q = Normal(0, 1), Normal(1, 1.5)
    points = np.linspace(-12, 12, 2401)
    kernel = np.exp(-((points[:, None] - points) ** 2) / (2 * bandwidth**2))
    difference = (stats.norm(*p).pdf(points) - stats.norm(*q).pdf(points)) * (points[1] - points[0])
    assert divergences.mmd_squared(p, q, bandwidth) == pytest.approx(
        difference @ kernel @ difference, rel=1e-6
    )


def test_equal_distributions_have_distance_zero():
    p = Normal(0.3, 1.4)
    for name, distance in divergences.FORMULAS.items():
        assert distance(p, p) == pytest.approx(0, abs=1e-7), name


def test_chi_squared_is_infinite_for_heavy_tails():
    assert divergences.chi_squared(Normal(0, 1.5), Normal(0, 1)) == np.inf


def sample(p: Normal, count: int, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(*p, count)


@pytest.mark.parametrize(
    "estimate", [divergences.histogram_masses, divergences.kernel_density_masses]
)
def test_plug_in_estimates_approach_the_formulas(estimate):
    p, q = Normal(0, 1), Normal(1, 1.5)
    masses = estimate(sample(p, 20_000, 1), sample(q, 20_000, 2))
    for mass in masses:
        assert mass.sum() == pytest.approx(1)
        assert mass.min() > 0
    for name, distance in divergences.mass_distances(*masses).items():
        assert distance == pytest.approx(divergences.FORMULAS[name](p, q), rel=0.1), name


def test_kernel_density_matches_scipy():
    x, y = sample(Normal(0, 1), 400, 1), sample(Normal(3, 1), 400, 2)
    mass, _ = divergences.kernel_density_masses(x, y)
    bandwidth = 0.9 * min(x.std(), stats.iqr(x) / 1.34) * 400**-0.2
    density = stats.gaussian_kde(x, bandwidth / x.std(ddof=1))
    margin = 4 * max(bandwidth, 0.9 * min(y.std(), stats.iqr(y) / 1.34) * 400**-0.2)
    edges = np.linspace(min(x.min(), y.min()) - margin, max(x.max(), y.max()) + margin, 513)
    expected = density((edges[1:] + edges[:-1]) / 2) * (edges[1] - edges[0])
    assert (401 * mass - 1 / 512) / 400 == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("sizes", [(50, 50), (30, 47)])
def test_sample_wasserstein_matches_scipy(sizes):
    random = np.random.default_rng(3)
    x, y = random.normal(0, 1, (sizes[0], 3)), random.normal(0.5, 2, (sizes[1], 3))
    distances = divergences.sample_wasserstein(x, y, 1)
    expected = [stats.wasserstein_distance(a, b) for a, b in zip(x.T, y.T)]
    assert distances == pytest.approx(expected)


def test_sample_mmd_is_unbiased():
    p, q = Normal(0, 1), Normal(0.7, 1.2)
    estimates = [
        divergences.sample_mmd_squared(sample(p, 20, n)[:, None], sample(q, 20, 1000 + n)[:, None])
        for n in range(400)
    ]
    error = np.std(estimates) / 20
    assert np.mean(estimates) == pytest.approx(divergences.mmd_squared(p, q), abs=4 * error)


def test_permutation_test_detects_a_difference():
    random = np.random.default_rng(4)
    p_values = []
    for _ in range(40):
        x, y = random.normal(size=(30, 4)), random.normal(size=(20, 4))
        bandwidth = divergences.median_bandwidth(x, y)
        square, p = divergences.permutation_test(x, y, bandwidth, 99, random)
        assert square == pytest.approx(divergences.sample_mmd_squared(x, y, bandwidth))
        p_values.append(p)
    # Under the null hypothesis p is uniform.
    assert stats.kstest(p_values, "uniform").pvalue > 0.001
    _, p = divergences.permutation_test(x, y + 1, bandwidth, 99, random)
    assert p == pytest.approx(0.01)
