"""Whether k-means++ is of use in the update step, too: centres drawn there instead of means."""

from dataclasses import dataclass

import numpy as np

from resound.studies.clustering.growth import SPREAD, K, plus_plus_centres
from resound.studies.clustering.items import Vector
from resound.studies.clustering.kmeans import iteration_costs
from resound.studies.clustering.sources import INFERRED_SOURCE
from resound.studies.common.findings import Claim
from resound.studies.common.verdicts import joint_verdict

ITEMS = 400
"""Items of each mixture."""
RUNS = 30
"""Mixtures of normal distributions, as those of the claim on growing gains."""


@dataclass(frozen=True)
class UpdateCosts:
    """The cost of clusters by method of the update step, one value for each mixture."""

    means: Vector
    """The final cost where centres move to the means of their items."""
    last: Vector
    """The cost of the last drawing, where centres are drawn by k-means++ in each update."""
    lowest: Vector
    """The lowest cost of all drawings."""
    rises: float
    """The proportion of drawings that raised the cost."""


def measure_update_costs(seed: int) -> UpdateCosts:
    """Return the costs on random mixtures; both methods begin at the same centres by k-means++.

    Centres are drawn as often as k-means with means has iterations.
    """
    means, last, lowest, changes = [], [], [], []
    for run in range(RUNS):
        random = np.random.default_rng([seed, run])
        mixture = random.uniform(0, SPREAD, (K, 2))
        x = mixture[random.integers(K, size=ITEMS)] + random.normal(size=(ITEMS, 2))
        first = plus_plus_centres(x, K, random)
        costs = iteration_costs(x, first)
        drawn = [first, *(plus_plus_centres(x, K, random) for _ in costs[1:])]
        drawn_costs = [nearest_cost(x, centres) for centres in drawn]
        means.append(costs[-1])
        last.append(drawn_costs[-1])
        lowest.append(min(drawn_costs))
        changes.append(np.diff(drawn_costs))
    rises = float((np.concatenate(changes) > 0).mean())
    return UpdateCosts(np.array(means), np.array(last), np.array(lowest), rises)


def nearest_cost(x: Vector, centres: Vector) -> float:
    """Return the sum of squared distances of the rows of `x` to the nearest of `centres`."""
    from scipy.spatial.distance import cdist

    return float(cdist(x, centres, "sqeuclidean").min(axis=1).sum())


def update_claim(costs: UpdateCosts) -> Claim:
    """Claim that drawing centres in the update step leads to lower costs (Wilcoxon's test)."""
    from scipy.stats import wilcoxon

    p_value = float(wilcoxon(costs.lowest, costs.means).pvalue)
    return Claim(
        "k-means++ lowers the cost in the update step, too: centres drawn anew are better than"
        " means.",
        INFERRED_SOURCE,
        joint_verdict([costs.lowest.mean() < costs.means.mean()], [p_value]),
        f"On {RUNS} mixtures of {K} normal distributions with {ITEMS} items, the final cost is"
        f" {costs.means.mean():,.0f} with means and {costs.last.mean():,.0f} with drawn centres;"
        f" the lowest of all drawings is {costs.lowest.mean():,.0f} (p = {p_value:.2g}). A drawing"
        f" raises the cost in {costs.rises:.0%} of updates, so it does not converge.",
    )
