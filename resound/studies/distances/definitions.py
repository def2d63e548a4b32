"""Two definitions of total variation and of Hellinger distance, each integrated numerically."""

from itertools import product
from math import sqrt

import numpy as np

from resound.studies.common.divergences import Normal, Vector, hellinger, total_variation
from resound.studies.common.findings import Cell, Claim, Source, Table
from resound.studies.distances.estimates import PAIRS, SOURCE

FACTOR_SOURCE = Source("ours", "the report's Hellinger distance beside the usual one")
NORMAL_PAIRS = 100
"""Random pairs of normal distributions whose distances are integrated."""
DISCRETE_PAIRS = 100
"""Random pairs of discrete distributions of which every event is tried."""
OUTCOMES = 10
"""Outcomes of these distributions, which have 2^10 events."""
FAR = (Normal(0, 1), Normal(40, 1))
"""Two distributions without any overlap that a 64-bit float could represent."""
TOLERANCE = 1e-5
"""Smaller differences are due to numerical integration."""
_STEPS = 10_000
_DEVIATIONS = 9
"""The range of integration covers this many standard deviations of both distributions."""


def _grid(p: Normal, q: Normal) -> Vector:
    low = min(normal.mean - _DEVIATIONS * normal.std for normal in (p, q))
    high = max(normal.mean + _DEVIATIONS * normal.std for normal in (p, q))
    return np.linspace(low, high, _STEPS + 1)


def largest_difference(p: Normal, q: Normal) -> float:
    """Return the supremum over intervals of the difference of their probabilities.

    Where two normal densities cross at most twice, no event differs by more than some interval or
    its complement does. The difference of an interval is that of F_p - F_q between its ends.
    """
    from scipy.special import ndtr

    x = _grid(p, q)
    below = ndtr((x - p.mean) / p.std) - ndtr((x - q.mean) / q.std)
    return float(max(below.max(), 0) - min(below.min(), 0))


def half_l1(p: Normal, q: Normal) -> float:
    """Return half the integral of |p - q|."""
    x = _grid(p, q)
    return float(np.trapezoid(np.abs(_density(p, x) - _density(q, x)), x) / 2)


def hellinger_without_factor(p: Normal, q: Normal) -> float:
    """Return the square root of the integral of (sqrt p - sqrt q)^2, as the report defines it."""
    x = _grid(p, q)
    return sqrt(np.trapezoid((np.sqrt(_density(p, x)) - np.sqrt(_density(q, x))) ** 2, x))


def largest_difference_of_events(p: Vector, q: Vector) -> float:
    """Return the largest |P(A) - Q(A)| over all events A of two discrete distributions."""
    events = np.array(list(product([0.0, 1.0], repeat=len(p))))
    return float(np.abs(events @ (p - q)).max())


def definition_claims(seed: int) -> list[Claim]:
    """Claim that both definitions of total variation agree, and how both of Hellinger differ."""
    random = np.random.default_rng(seed)
    means = random.uniform(-2, 2, (NORMAL_PAIRS, 2))
    stds = np.exp(random.uniform(-1, 1, (NORMAL_PAIRS, 2)))
    pairs = [(Normal(*p), Normal(*q)) for p, q in np.stack([means, stds], axis=2).tolist()]
    continuous = max(abs(largest_difference(p, q) - half_l1(p, q)) for p, q in pairs)
    masses = random.dirichlet(np.ones(OUTCOMES), (DISCRETE_PAIRS, 2))
    discrete = max(
        abs(largest_difference_of_events(p, q) - float(np.abs(p - q).sum()) / 2) for p, q in masses
    )
    ratios = np.array([hellinger_without_factor(p, q) / hellinger(p, q) for p, q in pairs])
    largest = hellinger_without_factor(*FAR)
    return [
        Claim(
            "Total variation, the largest difference of the probability of any event, is half the"
            " L1 distance of the densities.",
            SOURCE,
            max(continuous, discrete) < TOLERANCE,
            f"On {NORMAL_PAIRS} random pairs of normal distributions both, integrated numerically,"
            f" differ by {continuous:.0e} at most; on {DISCRETE_PAIRS} pairs of discrete"
            f" distributions, by trying all {2**OUTCOMES:,} events, by {discrete:.0e}.",
        ),
        Claim(
            "The Hellinger distance without the factor 1/√2, as the report defines it, is √2 times"
            " the one with it, and ranges from 0 to √2 instead of 1.",
            FACTOR_SOURCE,
            bool(np.abs(ratios / sqrt(2) - 1).max() < TOLERANCE)
            and abs(largest / sqrt(2) - 1) < TOLERANCE,
            f"On the {NORMAL_PAIRS} pairs its numerical integral is {ratios.min():.5f} to"
            f" {ratios.max():.5f} times the closed form with the factor; between distributions that"
            f" do not overlap it is {largest:.5f}. Everywhere else in this study the distance has"
            " the factor.",
        ),
    ]


def definitions_table() -> Table:
    """Return both definitions of total variation and Hellinger distance for the pairs."""
    rows: list[list[Cell]] = []
    for name, (p, q) in PAIRS.items():
        reported = hellinger_without_factor(p, q)
        values = (
            largest_difference(p, q),
            half_l1(p, q),
            total_variation(p, q),
            reported,
            reported / sqrt(2),
            hellinger(p, q),
        )
        rows.append([name, *(f"{value:.4f}" for value in values)])
    columns = (
        "pair;total variation, supremum;half the L1 distance;formula;Hellinger, report;with 1/√2;"
        "formula"
    )
    return Table(
        "Definitions of total variation and Hellinger distance",
        columns.split(";"),
        rows,
        "Supremum over intervals, and integrals, numerically; the formulas are in closed form.",
    )


def _density(normal: Normal, x: Vector) -> Vector:
    z = (x - normal.mean) / normal.std
    return np.asarray(np.exp(-0.5 * z**2) / (normal.std * sqrt(2 * np.pi)))
