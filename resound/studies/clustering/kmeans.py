"""Clusters by k-means, and the costs of its iterations by method of initialisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from resound.studies.clustering.items import Labels, Vector
from resound.studies.clustering.sources import ROUNDING, SOURCE
from resound.studies.common.findings import Cell, Claim, Plot, Series, Table
from resound.studies.common.verdicts import joint_verdict

MAX_ITERATIONS = 1000
PLOTTED_RUNS = 4
"""Runs with each method of initialisation whose costs are plotted by iteration."""
STEP_RUNS = 10
"""Runs for each k in which the cost of each step is followed."""
METHODS = ("k-means++", "random")
"""The methods of initialisation."""
Costs = dict[int, dict[str, list[Vector]]]
"""The costs of each iteration, one vector per run, by k and method of initialisation."""
Quantity = Literal["iterations", "cost"]


@dataclass(frozen=True)
class KMeansClusters:
    """The best result of several runs of k-means."""

    k: int
    silhouette: float
    rand_index: float
    """The adjusted Rand index with respect to the classes."""


def cluster_by_kmeans(x: Vector, labels: Labels, k: int, seed: int) -> KMeansClusters:
    """Cluster the rows of `x`; `labels` are used for evaluation alone."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, silhouette_score

    assignment = KMeans(k, n_init=4, random_state=seed).fit_predict(x)
    silhouette = float(silhouette_score(x, assignment))
    return KMeansClusters(k, silhouette, float(adjusted_rand_score(labels, assignment)))


def kmeans_plot(results: Sequence[KMeansClusters]) -> Plot:
    """Return a plot of the silhouette and the Rand index against k."""
    k = [result.k for result in results]
    series = [
        Series("silhouette", k, [result.silhouette for result in results]),
        Series("adjusted Rand index", k, [result.rand_index for result in results]),
    ]
    return Plot("k-means by k", "k", "silhouette, index", series)


def costs_by_initialisation(method: str, x: Vector, k: int, runs: int, seed: int) -> list[Vector]:
    """Return the costs of each iteration of several runs, initialised by one of `METHODS`."""
    from sklearn.cluster import kmeans_plusplus

    costs = []
    for run in range(runs):
        random = np.random.default_rng([seed, k, run])
        if method == "random":
            centres = x[random.choice(len(x), k, replace=False)]
        else:
            centres = kmeans_plusplus(x, k, random_state=int(random.integers(2**31)))[0]
        costs.append(iteration_costs(x, centres))
    return costs


def iteration_costs(x: Vector, centres: Vector) -> Vector:
    """Return the cost of each iteration of k-means (Lloyd's algorithm) until clusters are stable.

    The cost is the sum of squared distances of the rows of `x` to the nearest of `centres`, which
    then move to the means of their rows. A centre without rows stays where it is.
    """
    return step_costs(x, centres)[0][::2]


def step_costs(x: Vector, centres: Vector) -> tuple[Vector, bool]:
    """Return the cost of each step of k-means, and whether it ended with stable clusters.

    Steps alternate: rows are assigned to the nearest centre, then centres move to the means of
    their rows. The cost is the sum of squared distances of rows to the centres of their clusters.
    """
    from scipy.spatial.distance import cdist

    costs: list[float] = []
    assignment = np.full(len(x), -1)
    for _ in range(MAX_ITERATIONS):
        distances = cdist(x, centres, "sqeuclidean")
        previous, assignment = assignment, distances.argmin(axis=1)
        costs.append(float(distances.min(axis=1).sum()))
        if (assignment == previous).all():
            return np.array(costs), True
        not_empty = np.unique(assignment)
        centres = centres.copy()
        centres[not_empty] = [x[assignment == n].mean(axis=0) for n in not_empty]
        costs.append(float(((x - centres[assignment]) ** 2).sum()))
    return np.array(costs), False


def descent_claim(runs: Sequence[Vector]) -> Claim:
    """Claim that the cost never rises."""
    rises = sum(int((np.diff(costs) > ROUNDING * costs[0]).sum()) for costs in runs)
    iterations = sum(len(costs) - 1 for costs in runs)
    return Claim(
        "The cost of k-means never rises from one iteration to the next.",
        SOURCE,
        rises == 0,
        f"It rose at {rises} of {iterations:,} iterations in {len(runs)} runs.",
    )


def step_claim(x: Vector, clusters: Sequence[int], seed: int) -> Claim:
    """Claim that neither step raises the cost, and that k-means converges."""
    random = np.random.default_rng(seed)
    runs = [
        step_costs(x, x[random.choice(len(x), k, replace=False)])
        for k in clusters
        for _ in range(STEP_RUNS)
    ]
    changes = [np.diff(costs) / costs[0] for costs, _ in runs]
    # The first change is that by an update.
    updates, assignments = (np.concatenate([change[n::2] for change in changes]) for n in (0, 1))
    rises = [int((part > ROUNDING).sum()) for part in (assignments, updates)]
    converged = sum(stable for _, stable in runs)
    longest = max((len(costs) + 1) // 2 for costs, _ in runs)
    return Claim(
        "The assignment and the update of k-means each lower the cost, and it converges.",
        SOURCE,
        not any(rises) and converged == len(runs),
        f"In {len(runs)} runs from random items the cost rose at {rises[0]} of"
        f" {len(assignments):,} assignments and {rises[1]} of {len(updates):,} updates;"
        f" {converged} runs ended with stable clusters, after {longest} iterations at most. The"
        " steps before the last lower it by"
        f" {-float(np.mean([change.sum() for change in changes])):.0%} of the first cost.",
    )


def initialisation_claim(costs: Costs, quantity: Quantity) -> Claim:
    """Claim that k-means++ leads to fewer iterations, or to a lower cost, for every k."""
    means = {
        k: [_values(of_method[method], quantity).mean() for method in METHODS]
        for k, of_method in costs.items()
    }
    p_values = [_p_value(of_method, quantity) for of_method in costs.values()]
    statement = {
        "iterations": "k-means needs fewer iterations after k-means++ than after random"
        " initialisation.",
        "cost": "k-means ends at a lower cost after k-means++ than after random initialisation.",
    }
    comparisons = "; ".join(
        f"{plus_plus:,.1f} against {random:,.1f} at k = {k} (p = {p:.2g})"
        for (k, (plus_plus, random)), p in zip(means.items(), p_values)
    )
    return Claim(
        statement[quantity],
        SOURCE,
        joint_verdict([plus_plus < random for plus_plus, random in means.values()], p_values),
        f"Mean {quantity}: {comparisons}.",
    )


def _values(runs: Sequence[Vector], quantity: str) -> Vector:
    """Return the number of iterations or the final cost of each run."""
    if quantity == "iterations":
        return np.array([len(costs) for costs in runs], np.float64)
    return np.array([costs[-1] for costs in runs])


def _p_value(of_method: dict[str, list[Vector]], quantity: str) -> float:
    """Return the p-value of the difference between both methods (Mann and Whitney's test)."""
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(*(_values(of_method[name], quantity) for name in METHODS)).pvalue)


def initialisation_table(costs: Costs) -> Table:
    """Return iterations and final cost by k and method of initialisation."""
    rows: list[list[Cell]] = []
    for k, of_method in costs.items():
        for method in METHODS:
            cells = [
                f"{values.mean():,.1f} ± {values.std(ddof=1):,.1f}"
                for values in (_values(of_method[method], what) for what in ("iterations", "cost"))
            ]
            best = f"{_values(of_method[method], 'cost').min():,.1f}"
            rows.append([k, method, *cells, best])
    columns = ["k", "initialisation", "iterations", "final cost", "lowest"]
    note = "Mean and standard deviation over the runs."
    return Table("Initialisation of k-means", columns, rows, note)


def cost_plot(of_method: dict[str, list[Vector]], k: int) -> Plot:
    """Return a plot of the cost of each iteration, for some runs with each method."""
    series = [
        Series(
            "" if n else method,
            list(range(1, len(costs) + 1)),
            costs.tolist(),
            style="line",
            colour=colour,
        )
        for colour, method in enumerate(METHODS)
        for n, costs in enumerate(of_method[method][:PLOTTED_RUNS])
    ]
    return Plot(f"k-means by iteration, k = {k}", "iteration", "cost", series, log_x=True)


def final_cost_plot(of_method: dict[str, list[Vector]], k: int) -> Plot:
    """Return a plot of the final cost of each run against its iterations."""
    series = [
        Series(
            method,
            _values(of_method[method], "iterations").tolist(),
            _values(of_method[method], "cost").tolist(),
            style="points",
        )
        for method in METHODS
    ]
    return Plot(f"Final cost of each run, k = {k}", "iterations", "final cost", series)
