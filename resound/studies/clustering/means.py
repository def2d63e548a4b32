"""Clusters by k-means, and what becomes of its starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from resound.studies.clustering.rows import ROUNDING, SOURCE, Labels, Vector, sure
from resound.studies.common.findings import Cell, Claim, Plot, Series, Table

MOST_STEPS = 1000
"""Iterations of k-means at most."""
DRAWN = 4
"""Starts of each kind whose cost is drawn step by step."""
STARTS = ("k-means++", "random")
"""How the first centres are chosen."""
Descents = dict[int, dict[str, list[Vector]]]
"""The cost step by step from each start, by k and by how it was chosen."""


@dataclass(frozen=True)
class Means:
    """What k-means finds, the best of a few starts."""

    k: int
    silhouette: float
    rand: float


def by_means(x: Vector, labels: Labels, k: int, seed: int) -> Means:
    """Cluster the rows of `x`; `labels` judge."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, silhouette_score

    found = KMeans(k, n_init=4, random_state=seed).fit_predict(x)
    silhouette = float(silhouette_score(x, found))
    return Means(k, silhouette, float(adjusted_rand_score(labels, found)))


def means_plot(means: Sequence[Means]) -> Plot:
    """Silhouette and likeness to the classes by k."""
    k = [m.k for m in means]
    series = [
        Series("silhouette", k, [m.silhouette for m in means]),
        Series("adjusted Rand", k, [m.rand for m in means]),
    ]
    return Plot("k-means by k", "k", "silhouette, index", series)


def descents_from(kind: str, x: Vector, k: int, starts: int, seed: int) -> list[Vector]:
    """The cost step by step from each start of a kind: `STARTS`."""
    from sklearn.cluster import kmeans_plusplus

    found = []
    for start in range(starts):
        random = np.random.default_rng([seed, k, start])
        if kind == "random":
            centres = x[random.choice(len(x), k, replace=False)]
        else:
            centres = kmeans_plusplus(x, k, random_state=int(random.integers(2**31)))[0]
        found.append(descent(x, centres))
    return found


def descent(x: Vector, centres: Vector) -> Vector:
    """The cost at each iteration of k-means (Lloyd's) until no item changes its cluster: the sum
    of squared distances to the nearest of `centres`, which then move to their items' means.
    """
    from scipy.spatial.distance import cdist

    costs: list[float] = []
    nearest = np.full(len(x), -1)
    for _ in range(MOST_STEPS):
        distances = cdist(x, centres, "sqeuclidean")
        before, nearest = nearest, distances.argmin(axis=1)
        costs.append(float(distances.min(axis=1).sum()))
        if (nearest == before).all():
            break
        filled = np.unique(nearest)
        centres = centres.copy()
        centres[filled] = [x[nearest == n].mean(axis=0) for n in filled]
    return np.array(costs)


def descent_claim(descents: Sequence[Vector]) -> Claim:
    """Whether the cost fell, or stayed, at every iteration."""
    rises = sum(int((np.diff(costs) > ROUNDING * costs[0]).sum()) for costs in descents)
    steps = sum(len(costs) - 1 for costs in descents)
    return Claim(
        "The cost of k-means never rises from one iteration to the next.",
        SOURCE,
        rises == 0,
        f"It rose at {rises} of {steps:,} iterations from {len(descents)} starts.",
    )


def start_claim(descents: Descents, what: Literal["iterations", "cost"]) -> Claim:
    """Whether k-means++ surely ends sooner, or lower, for every k."""
    means = {
        k: [_measured(kinds[kind], what).mean() for kind in STARTS] for k, kinds in descents.items()
    }
    chances = [_chance(kinds, what) for kinds in descents.values()]
    text = {
        "iterations": "k-means needs fewer iterations from k-means++ than from random starts.",
        "cost": "k-means ends at a lower cost from k-means++ than from random starts.",
    }
    told = "; ".join(
        f"{ours:,.1f} against {others:,.1f} at k = {k} (p = {chance:.2g})"
        for (k, (ours, others)), chance in zip(means.items(), chances)
    )
    return Claim(
        text[what],
        SOURCE,
        sure([ours < others for ours, others in means.values()], chances),
        f"The {what}, on average: {told}.",
    )


def _measured(descents: Sequence[Vector], what: str) -> Vector:
    """The iterations or the last cost from each start."""
    if what == "iterations":
        return np.array([len(costs) for costs in descents], np.float64)
    return np.array([costs[-1] for costs in descents])


def _chance(kinds: dict[str, list[Vector]], what: str) -> float:
    """How often chance alone would part both kinds of starts as much (Mann and Whitney)."""
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(*(_measured(kinds[kind], what) for kind in STARTS)).pvalue)


def starts_table(descents: Descents) -> Table:
    """Iterations and last cost by k and kind of start."""
    rows: list[list[Cell]] = []
    for k, kinds in descents.items():
        for kind in STARTS:
            cells = [
                f"{values.mean():,.1f} ± {values.std(ddof=1):,.1f}"
                for values in (_measured(kinds[kind], what) for what in ("iterations", "cost"))
            ]
            best = f"{_measured(kinds[kind], 'cost').min():,.1f}"
            rows.append([k, kind, *cells, best])
    columns = ["k", "start", "iterations", "last cost", "lowest"]
    return Table("Starts of k-means", columns, rows, "Mean and standard deviation over the starts.")


def descent_plot(kinds: dict[str, list[Vector]], k: int) -> Plot:
    """The cost step by step, of some starts of each kind."""
    series = [
        Series(
            kind if not n else "",
            list(range(1, len(costs) + 1)),
            costs.tolist(),
            look="line",
            shade=shade,
        )
        for shade, kind in enumerate(STARTS)
        for n, costs in enumerate(kinds[kind][:DRAWN])
    ]
    return Plot(f"k-means step by step, k = {k}", "iteration", "cost", series, log_x=True)


def starts_plot(kinds: dict[str, list[Vector]], k: int) -> Plot:
    """The iterations and the last cost of every start."""
    series = [
        Series(
            kind,
            _measured(kinds[kind], "iterations").tolist(),
            _measured(kinds[kind], "cost").tolist(),
            look="dots",
        )
        for kind in STARTS
    ]
    return Plot(f"Where each start ends, k = {k}", "iterations", "last cost", series)
