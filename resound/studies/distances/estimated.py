"""Distances of normal distributions by formula and from samples, and the bounds between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from resound.studies.common import divergences
from resound.studies.common.divergences import BY_FORMULA, Normal, Vector
from resound.studies.common.findings import Cell, Claim, Heat, Plot, Series, Table

SOURCE = "theory report, distances between distributions"
PAIRS = {
    "N(0, 1) to N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "N(0, 1) to N(1, 1.5)": (Normal(0, 1), Normal(1, 1.5)),
}
"""What samples are drawn from, by means and deviations."""
DRAWN = "N(0, 1) to N(1, 1.5)"
"""The pair that the figures show."""
BY_CHANCE = 1000
"""Pairs of normal distributions drawn to try inequalities on."""
ROUNDING = 1e-9
"""Differences below it are those of rounding."""
Way = Literal["histogram", "kernel density", "sample"]


@dataclass(frozen=True)
class Estimate:
    """A distance of a pair as samples give it."""

    pair: str
    distance: str
    way: Way
    sizes: Sequence[int]
    values: Vector
    """Shape (sizes, repeats)."""

    @property
    def formula(self) -> float:
        """What the formula gives."""
        return BY_FORMULA[self.distance](*PAIRS[self.pair])

    @property
    def errors(self) -> Vector:
        """Root mean square error at each size, as a share of what the formula gives."""
        errors: Vector = np.sqrt(((self.values / self.formula - 1) ** 2).mean(axis=1))
        return errors


def estimated(pair: str, sizes: Sequence[int], repeats: int, seed: int) -> list[Estimate]:
    """Every distance of a pair, from samples of each size, `repeats` times."""
    random, (p, q) = np.random.default_rng(seed), PAIRS[pair]
    found = [
        _from_samples(random.normal(*p, size), random.normal(*q, size))
        for size in sizes
        for _ in range(repeats)
    ]
    return [
        Estimate(pair, distance, way, sizes, np.reshape([one[key] for one in found], (-1, repeats)))
        for key in found[0]
        for way, distance in [key]
    ]


def _from_samples(x: Vector, y: Vector) -> dict[tuple[Way, str], float]:
    ways: dict[Way, dict[str, float]] = {
        "histogram": divergences.between_masses(*divergences.histograms(x, y)),
        "kernel density": divergences.between_masses(*divergences.kernel_densities(x, y)),
        "sample": {
            "Wasserstein-1": float(divergences.sample_wasserstein(x, y, 1)),
            "Wasserstein-2": float(divergences.sample_wasserstein(x, y, 2)),
            "MMD²": divergences.sample_mmd_squared(x[:, None], y[:, None]),
        },
    }
    return {(way, name): value for way, told in ways.items() for name, value in told.items()}


def approach_claim(estimates: Sequence[Estimate]) -> Claim:
    """Whether errors fall from the smallest samples to the largest."""
    sizes = estimates[0].sizes
    first, last = (np.array([e.errors[n] for e in estimates]) for n in (0, -1))
    worst = estimates[int(last.argmax())]
    fell = last < first
    stayed = [
        f"{e.distance} by {e.way}, {e.pair}" for e, nearer in zip(estimates, fell) if not nearer
    ]
    return Claim(
        "A distance between distributions can be estimated from samples, and the estimate comes"
        " nearer to the true distance as the samples grow.",
        SOURCE,
        not stayed,
        f"{fell.sum()} of {len(estimates)} estimates have a smaller root mean square error at"
        f" {sizes[-1]:,} observations than at {sizes[0]}: the median falls from"
        f" {np.median(first):.0%} to {np.median(last):.1%}. The farthest off at the end is"
        f" {worst.distance} by {worst.way}, by {last.max():.0%} ({worst.pair})."
        + (f" Not nearer: {'; '.join(stayed)}." if stayed else ""),
    )


def inequality_claims(seed: int) -> list[Claim]:
    """Claims about normal distributions of any means and deviations, on pairs by chance."""
    random = np.random.default_rng(seed)
    means = random.uniform(-2, 2, (BY_CHANCE, 2))
    deviations = np.exp(random.uniform(-1, 1, (BY_CHANCE, 2)))
    pairs = [(Normal(*p), Normal(*q)) for p, q in np.stack([means, deviations], axis=2).tolist()]
    there, back = (
        {name: np.array([f(*pair[::way]) for pair in pairs]) for name, f in BY_FORMULA.items()}
        for way in (1, -1)
    )
    symmetric = ("Hellinger", "total variation")
    apart = {name: np.abs(there[name] - back[name]) for name in (*symmetric, "Kullback-Leibler")}
    largest = max(apart[name].max() for name in symmetric)
    directed = (apart["Kullback-Leibler"] > ROUNDING).mean()
    directions = np.stack([there["Kullback-Leibler"], back["Kullback-Leibler"]])
    ratio = np.median(directions.max(axis=0) / directions.min(axis=0))
    variation, hellinger = there["total variation"], there["Hellinger"]
    above, below = variation - hellinger**2, sqrt(2) * hellinger - variation
    nearest = min(above.min(), below.min())
    divergence = there["Kullback-Leibler"]
    pinsker = np.sqrt(divergence / 2) - variation
    logarithm = np.log1p(there["chi-squared"]) - divergence
    finite = np.isfinite(there["chi-squared"]).sum()
    return [
        Claim(
            "The Kullback-Leibler divergence depends on the direction; Hellinger distance and"
            " total variation do not.",
            SOURCE,
            bool(largest < ROUNDING and directed > 0.99),
            f"Of {BY_CHANCE:,} pairs {directed:.1%} have a divergence that differs by direction, in"
            f" the median by a factor of {ratio:.2g}; the others' by {largest:.0e} at most.",
        ),
        Claim(
            "Total variation lies between H² and √2 H of the Hellinger distance H (Le Cam).",
            SOURCE,
            bool(nearest > -ROUNDING),
            f"On {BY_CHANCE:,} pairs the nearest that it comes to either bound is {nearest:.1g}.",
        ),
        Claim(
            "Total variation is at most √(KL / 2) (Pinsker), and the divergence KL at most"
            " log(1 + chi-squared).",
            SOURCE,
            bool(min(pinsker.min(), logarithm.min()) > -ROUNDING),
            f"The least that is left on {BY_CHANCE:,} pairs is {pinsker.min():.1g} and"
            f" {logarithm.min():.1g}; chi-squared is finite on {finite:,} of them.",
        ),
    ]


def estimates_table(pair: str, estimates: Sequence[Estimate]) -> Table:
    """The distances of a pair, each by formula and by its estimates."""
    sizes, repeats = estimates[0].sizes, estimates[0].values.shape[1]
    rows: list[list[Cell]] = [
        [
            e.distance,
            e.way,
            e.formula,
            *(f"{row.mean():.3f} ± {row.std(ddof=1):.3f}" for row in e.values),
        ]
        for e in estimates
        if e.pair == pair
    ]
    return Table(
        f"{pair}, by formula and from samples",
        ["distance", "estimated by", "formula", *(f"n = {n:,}" for n in sizes)],
        rows,
        f"Mean and standard deviation over {repeats} samples; N(mean, deviation). MMD² by"
        " a Gaussian kernel of bandwidth 1, without bias. Histograms and kernel densities (by"
        " Silverman's rule) are put into the definitions.",
    )


def estimates_plots(estimates: Sequence[Estimate]) -> list[Plot | Heat]:
    """The estimates for the pair that is drawn as multiples of the formula, a plot a way."""
    titles = {
        "histogram": "From histograms",
        "kernel density": "From kernel densities",
        "sample": "From the samples themselves",
    }
    plots: list[Plot | Heat] = []
    for way, title in titles.items():
        shown = [e for e in estimates if e.way == way and e.pair == DRAWN]
        series = [
            Series(
                e.distance,
                # A little beside each other, for error bars to be seen.
                [size * 1.06 ** (n - (len(shown) - 1) / 2) for size in e.sizes],
                (e.values.mean(axis=1) / e.formula).tolist(),
                (e.values.std(axis=1, ddof=1) / e.formula).tolist(),
            )
            for n, e in enumerate(shown)
        ]
        sizes = estimates[0].sizes
        even = Series("formula", [sizes[0], sizes[-1]], [1.0, 1.0], look="dashes")
        named = f"{title}: {DRAWN}"
        plots.append(Plot(named, "observations", "estimate / formula", [*series, even], log_x=True))
    return plots
