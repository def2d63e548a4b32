"""Clusters by density: DBSCAN with increasing values of eps."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from resound.studies.clustering.items import Items, Labels, Vector
from resound.studies.clustering.sources import ROUNDING, SOURCE
from resound.studies.common.findings import Claim, Plot, Series


@dataclass(frozen=True)
class DensityClusters:
    """The result of DBSCAN with one value of eps."""

    eps: float
    clusters: int
    """The number of clusters."""
    noise: float
    """The proportion of items in no cluster."""
    rand_index: float
    """The adjusted Rand index with respect to the classes; noise counts as a cluster."""
    assignment: Labels
    """The cluster of each item, -1 for noise."""
    cores: Items


def cluster_by_density(x: Vector, labels: Labels, eps: float, min_samples: int) -> DensityClusters:
    """Cluster the rows of `x`; `labels` are used for evaluation alone."""
    from sklearn.cluster import DBSCAN
    from sklearn.metrics import adjusted_rand_score

    model = DBSCAN(eps=eps, min_samples=min_samples).fit(x)
    assignment = model.labels_.astype(np.int64)
    clusters, noise = int(assignment.max()) + 1, float(np.mean(assignment < 0))
    rand_index = float(adjusted_rand_score(labels, assignment))
    cores = model.core_sample_indices_
    return DensityClusters(float(eps), clusters, noise, rand_index, assignment, cores)


def eps_range(x: Vector, min_samples: int, count: int) -> Vector:
    """Return `count` values from the least eps with a core to the largest distance of two items."""
    from scipy.spatial.distance import pdist, squareform

    distances = np.sort(squareform(pdist(x)), axis=1)
    least = distances[:, min(min_samples, len(x)) - 1].min()
    return np.geomspace(max(least, ROUNDING) * 1.001, distances.max() * 1.001, count)


def count_split_clusters(smaller: DensityClusters, larger: DensityClusters) -> int:
    """Return how many clusters have cores that are in different clusters at the larger eps."""
    cores = [smaller.cores[smaller.assignment[smaller.cores] == n] for n in range(smaller.clusters)]
    return sum(len(set(larger.assignment[of_cluster])) > 1 for of_cluster in cores)


def noise_claim(results: Sequence[DensityClusters]) -> Claim:
    """Claim that the proportion of noise never rises and ends at zero."""
    noise = np.array([result.noise for result in results])
    rises = int((np.diff(noise) > 0).sum())
    below = next((result.eps for result in results if result.noise < 0.01), np.inf)
    return Claim(
        "As eps increases, the noise that DBSCAN leaves vanishes.",
        SOURCE,
        rises == 0 and results[-1].noise == 0,
        f"The proportion of noise goes from {noise[0]:.1%} at eps {results[0].eps:.2f} to"
        f" {noise[-1]:.1%} at {results[-1].eps:.2f} and rises at {rises} of {len(results) - 1}"
        f" steps; it is first below 1% at eps {below:.2f}.",
    )


def merge_claim(results: Sequence[DensityClusters]) -> Claim:
    """Claim that clusters merge until one is left, and are never split."""
    splits = sum(count_split_clusters(a, b) for a, b in pairwise(results))
    peak = max(results, key=lambda result: result.clusters)
    rises = sum(a.clusters < b.clusters for a, b in pairwise(results))
    return Claim(
        "As eps increases, clusters merge.",
        SOURCE,
        splits == 0 and results[-1].clusters == 1 < peak.clusters,
        f"The cores of a cluster were split at the next larger eps {splits} times. The number of"
        f" clusters is greatest, {peak.clusters}, at eps {peak.eps:.2f} and ends at"
        f" {results[-1].clusters}; it rose at {rises} of {len(results) - 1} steps, where noise"
        " became new clusters.",
    )


def count_claim(results: Sequence[DensityClusters]) -> Claim:
    """Claim that the number of clusters never rises."""
    counts = [result.clusters for result in results]
    peak = int(np.argmax(counts))
    rises, later = (int((np.diff(part) > 0).sum()) for part in (counts, counts[peak:]))
    return Claim(
        "The number of clusters falls as eps grows.",
        SOURCE,
        rises == 0 and counts[-1] < counts[0],
        f"It goes from {counts[0]} at eps {results[0].eps:.2f} to {counts[-1]} at"
        f" {results[-1].eps:.2f} and rises at {rises} of {len(counts) - 1} steps. The greatest"
        f" number is {counts[peak]}, at eps {results[peak].eps:.2f}; after it there are {later}"
        " rises. With a small eps noise becomes new clusters before clusters merge.",
    )


def density_plots(results: Sequence[DensityClusters]) -> list[Plot]:
    """Return plots of the number of clusters, and of noise and the Rand index, against eps."""
    eps = [result.eps for result in results]
    proportions = [
        Series("proportion of noise", eps, [result.noise for result in results]),
        Series("adjusted Rand index", eps, [result.rand_index for result in results]),
    ]
    clusters = [Series("clusters", eps, [result.clusters for result in results])]
    return [
        Plot("DBSCAN: clusters by eps", "eps", "clusters", clusters, log_x=True),
        Plot("DBSCAN: noise by eps", "eps", "proportion, index", proportions, log_x=True),
    ]
