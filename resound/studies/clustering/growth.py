"""How the gain of k-means++ over random initialisation depends on the number of items."""

from dataclasses import dataclass

import numpy as np

from resound.studies.clustering.items import Vector
from resound.studies.clustering.kmeans import MAX_ITERATIONS
from resound.studies.clustering.sources import SOURCE
from resound.studies.common.findings import Cell, Claim, Table
from resound.studies.common.verdicts import joint_verdict

SIZES = (100, 400, 1600)
"""Numbers of items."""
K = 10
"""Normal distributions in a mixture, and centres."""
RUNS = 30
"""Mixtures of each size."""
STARTS = 2
"""Runs of each method on each mixture."""
SPREAD = 8.0
"""The side of the square of their means; their standard deviation is 1."""
QUANTITIES = ("iterations", "final cost")


@dataclass(frozen=True)
class Gains:
    """What k-means++ saves of iterations and final cost, as a proportion, for each mixture."""

    sizes: Vector
    """The number of items of each mixture."""
    savings: dict[str, Vector]
    """By one of `QUANTITIES`."""

    def trend(self, quantity: str) -> tuple[float, float]:
        """Return the slope of the saving against log2 of the number of items, and its p-value."""
        from scipy.stats import linregress

        result = linregress(np.log2(self.sizes), self.savings[quantity])
        return float(result.slope), float(result.pvalue)


def plus_plus_centres(x: Vector, k: int, random: np.random.Generator) -> Vector:
    """Return k rows of `x` by k-means++ as first published, with one candidate for each centre.

    Each further centre is drawn with a probability proportional to the squared distance from the
    nearest centre before it (Arthur and Vassilvitskii, 2007).
    """
    centres = [x[random.integers(len(x))]]
    squares = ((x - centres[0]) ** 2).sum(axis=1)
    for _ in range(k - 1):
        centres.append(x[random.choice(len(x), p=squares / squares.sum())])
        squares = np.minimum(squares, ((x - centres[-1]) ** 2).sum(axis=1))
    return np.stack(centres)


def measure_gains(seed: int) -> Gains:
    """Return the gains for mixtures of normal distributions; both methods cluster the same items.

    Mixtures of different sizes have the same means.
    """
    sizes, savings = [], []
    for run in range(RUNS):
        means = np.random.default_rng([seed, run]).uniform(0, SPREAD, (K, 2))
        for size in SIZES:
            random = np.random.default_rng([seed, run, size])
            x = means[random.integers(K, size=size)] + random.normal(size=(size, 2))
            runs = [
                (
                    run_kmeans(x, plus_plus_centres(x, K, random)),
                    run_kmeans(x, x[random.choice(size, K, replace=False)]),
                )
                for _ in range(STARTS)
            ]
            plus_plus, at_random = np.mean(runs, axis=0)
            sizes.append(size)
            savings.append(1 - plus_plus / at_random)
    columns = zip(QUANTITIES, np.transpose(savings))
    return Gains(np.array(sizes, np.float64), dict(columns))


def run_kmeans(x: Vector, centres: Vector) -> tuple[float, float]:
    """Return the iterations and the final cost of k-means from these centres.

    It computes what `iteration_costs` does, without the cost of each iteration and so faster.
    """
    k, assignment, iterations = len(centres), np.full(len(x), -1), 0
    while iterations < MAX_ITERATIONS:
        iterations += 1
        # The squared distances, less the squared norm of each row.
        previous, assignment = assignment, ((centres**2).sum(1) - 2 * x @ centres.T).argmin(axis=1)
        if (assignment == previous).all():
            break
        counts = np.bincount(assignment, minlength=k)[:, None]
        sums = np.stack([np.bincount(assignment, column, k) for column in x.T], axis=1)
        centres = np.where(counts > 0, sums / np.maximum(counts, 1), centres)
    return float(iterations), float(((x - centres[assignment]) ** 2).sum())


def growth_claim(gains: Gains) -> Claim:
    """Claim that both savings grow with the number of items, significantly."""
    trends = [gains.trend(quantity) for quantity in QUANTITIES]
    changes = "; ".join(
        f"the saving of {quantity} changes by {100 * slope:+.2f} points with each doubling"
        f" (p = {p:.2g})"
        for quantity, (slope, p) in zip(QUANTITIES, trends)
    )
    return Claim(
        "The more items there are, the more k-means++ gains over random initialisation.",
        SOURCE,
        joint_verdict([slope > 0 for slope, _ in trends], [p for _, p in trends]),
        f"On {RUNS} mixtures of {K} normal distributions with {SIZES[0]:,} to {SIZES[-1]:,} items,"
        f" {changes}.",
    )


def growth_table(gains: Gains) -> Table:
    """Return the savings by the number of items."""
    rows: list[list[Cell]] = []
    for size in SIZES:
        values = [gains.savings[quantity][gains.sizes == size] for quantity in QUANTITIES]
        rows.append([size, *(f"{v.mean():.1%} ± {100 * v.std(ddof=1):.1f}" for v in values)])
    return Table(
        "What k-means++ saves, by the number of items",
        ["items", *QUANTITIES],
        rows,
        "As a proportion of random initialisation: mean and standard deviation over mixtures, with"
        f" {STARTS} runs of each. This is k-means++ as first published, with one candidate for each"
        " centre.",
    )
