"""Distances of normal distributions in closed form and from samples, and their inequalities."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from resound.studies.common import divergences
from resound.studies.common.divergences import FORMULAS, Normal, Vector
from resound.studies.common.findings import Cell, Claim, Heatmap, Plot, Series, Source, Table

SOURCE = Source("report", "theory report, distances between distributions")
BOUNDS_SOURCE = Source("ours", "Gibbs and Su, On choosing and bounding probability metrics, 2002")
PAIRS = {
    "N(0, 1) to N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "N(0, 1) to N(1, 1.5)": (Normal(0, 1), Normal(1, 1.5)),
}
"""The distributions to sample from, named by their means and standard deviations."""
PLOTTED_PAIR = "N(0, 1) to N(1, 1.5)"
RANDOM_PAIRS = 1000
"""Random pairs of normal distributions on which inequalities are tested."""
ROUNDING = 1e-9
"""Smaller differences are due to rounding."""
Method = Literal["histogram", "kernel density", "sample"]


@dataclass(frozen=True)
class Estimate:
    """A distance of a pair, estimated from samples."""

    pair: str
    distance: str
    method: Method
    sizes: Sequence[int]
    values: Vector
    """Shape (sizes, repeats)."""

    @property
    def formula(self) -> float:
        """The distance in closed form."""
        return FORMULAS[self.distance](*PAIRS[self.pair])

    @property
    def errors(self) -> Vector:
        """The root mean square error at each size, relative to the closed form."""
        errors: Vector = np.sqrt(((self.values / self.formula - 1) ** 2).mean(axis=1))
        return errors


def estimate_distances(pair: str, sizes: Sequence[int], repeats: int, seed: int) -> list[Estimate]:
    """Estimate every distance of a pair from `repeats` samples of each size."""
    random, (p, q) = np.random.default_rng(seed), PAIRS[pair]
    samples = [
        _from_samples(random.normal(*p, size), random.normal(*q, size))
        for size in sizes
        for _ in range(repeats)
    ]
    return [
        Estimate(
            pair,
            distance,
            method,
            sizes,
            np.reshape([distances[method, distance] for distances in samples], (-1, repeats)),
        )
        for method, distance in samples[0]
    ]


def _from_samples(x: Vector, y: Vector) -> dict[tuple[Method, str], float]:
    """Return the estimates from two samples by method and distance."""
    by_method: dict[Method, dict[str, float]] = {
        "histogram": divergences.mass_distances(*divergences.histogram_masses(x, y)),
        "kernel density": divergences.mass_distances(*divergences.kernel_density_masses(x, y)),
        "sample": {
            "Wasserstein-1": float(divergences.sample_wasserstein(x, y, 1)),
            "Wasserstein-2": float(divergences.sample_wasserstein(x, y, 2)),
            "MMD²": divergences.sample_mmd_squared(x[:, None], y[:, None]),
        },
    }
    return {
        (method, distance): value
        for method, distances in by_method.items()
        for distance, value in distances.items()
    }


def convergence_claim(estimates: Sequence[Estimate]) -> Claim:
    """Claim that every estimate has a smaller error at the largest size than at the smallest."""
    sizes = estimates[0].sizes
    first, last = (np.array([e.errors[n] for e in estimates]) for n in (0, -1))
    worst = estimates[int(last.argmax())]
    improves = last < first
    failures = [
        f"{e.distance} by {e.method}, {e.pair}"
        for e, improved in zip(estimates, improves)
        if not improved
    ]
    return Claim(
        "A distance between distributions can be estimated from samples, and the estimate"
        " approaches the true distance as the samples grow.",
        SOURCE,
        not failures,
        f"{improves.sum()} of {len(estimates)} estimates have a smaller root mean square error at"
        f" {sizes[-1]:,} observations than at {sizes[0]}: the median falls from"
        f" {np.median(first):.0%} to {np.median(last):.1%}. The largest error at the largest size"
        f" is that of {worst.distance} by {worst.method}, {last.max():.0%} ({worst.pair})."
        + (f" Not smaller: {'; '.join(failures)}." if failures else ""),
    )


def inequality_claims(seed: int) -> list[Claim]:
    """Return the claims about inequalities, tested on random pairs of normal distributions."""
    random = np.random.default_rng(seed)
    means = random.uniform(-2, 2, (RANDOM_PAIRS, 2))
    stds = np.exp(random.uniform(-1, 1, (RANDOM_PAIRS, 2)))
    pairs = [(Normal(*p), Normal(*q)) for p, q in np.stack([means, stds], axis=2).tolist()]
    forward, backward = (
        {name: np.array([f(*pair[::step]) for pair in pairs]) for name, f in FORMULAS.items()}
        for step in (1, -1)
    )
    symmetric = ("Hellinger", "total variation")
    asymmetry = {
        name: np.abs(forward[name] - backward[name]) for name in (*symmetric, "Kullback-Leibler")
    }
    largest = max(asymmetry[name].max() for name in symmetric)
    directed = (asymmetry["Kullback-Leibler"] > ROUNDING).mean()
    directions = np.stack([forward["Kullback-Leibler"], backward["Kullback-Leibler"]])
    ratio = np.median(directions.max(axis=0) / directions.min(axis=0))
    variation, hellinger = forward["total variation"], forward["Hellinger"]
    lower_margin, upper_margin = variation - hellinger**2, sqrt(2) * hellinger - variation
    least_margin = min(lower_margin.min(), upper_margin.min())
    divergence = forward["Kullback-Leibler"]
    pinsker_margin = np.sqrt(divergence / 2) - variation
    logarithm_margin = np.log1p(forward["chi-squared"]) - divergence
    finite = np.isfinite(forward["chi-squared"]).sum()
    return [
        Claim(
            "The Kullback-Leibler divergence depends on the direction; Hellinger distance and"
            " total variation do not.",
            SOURCE,
            bool(largest < ROUNDING and directed > 0.99),
            f"Of {RANDOM_PAIRS:,} pairs {directed:.1%} have a divergence that differs by direction,"
            f" by a median factor of {ratio:.2g}; the other distances differ by {largest:.0e} at"
            " most.",
        ),
        Claim(
            "Total variation is between H² and √2 H for the Hellinger distance H (Le Cam).",
            BOUNDS_SOURCE,
            bool(least_margin > -ROUNDING),
            f"On {RANDOM_PAIRS:,} pairs its least margin to either bound is {least_margin:.1g}.",
        ),
        Claim(
            "Total variation is at most √(KL / 2) (Pinsker), and the divergence KL at most"
            " log(1 + chi-squared).",
            BOUNDS_SOURCE,
            bool(min(pinsker_margin.min(), logarithm_margin.min()) > -ROUNDING),
            f"The least margins on {RANDOM_PAIRS:,} pairs are {pinsker_margin.min():.1g} and"
            f" {logarithm_margin.min():.1g}; chi-squared is finite on {finite:,} of them.",
        ),
    ]


def estimates_table(pair: str, estimates: Sequence[Estimate]) -> Table:
    """Return the distances of a pair, in closed form and as estimated."""
    sizes, repeats = estimates[0].sizes, estimates[0].values.shape[1]
    rows: list[list[Cell]] = [
        [
            e.distance,
            e.method,
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
        f"Mean and standard deviation over {repeats} samples; N(mean, standard deviation). MMD²"
        " is the unbiased estimate by a Gaussian kernel of bandwidth 1. Histograms and kernel"
        " densities (by Silverman's rule) are inserted into the definitions.",
    )


def estimates_plots(estimates: Sequence[Estimate]) -> list[Plot | Heatmap]:
    """Return one plot per method: the estimates of the plotted pair relative to the closed form."""
    titles = {
        "histogram": "From histograms",
        "kernel density": "From kernel densities",
        "sample": "From the samples themselves",
    }
    sizes = estimates[0].sizes
    formula = Series("formula", [sizes[0], sizes[-1]], [1.0, 1.0], style="dashed")
    plots: list[Plot | Heatmap] = []
    for method, title in titles.items():
        plotted = [e for e in estimates if e.method == method and e.pair == PLOTTED_PAIR]
        series = [
            Series(
                e.distance,
                # Points are slightly offset, so that error bars do not overlap.
                [size * 1.06 ** (n - (len(plotted) - 1) / 2) for size in e.sizes],
                (e.values.mean(axis=1) / e.formula).tolist(),
                (e.values.std(axis=1, ddof=1) / e.formula).tolist(),
            )
            for n, e in enumerate(plotted)
        ]
        plots.append(
            Plot(
                f"{title}: {PLOTTED_PAIR}",
                "observations",
                "estimate / formula",
                [*series, formula],
                log_x=True,
            )
        )
    return plots
