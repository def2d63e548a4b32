"""Clusters by density: DBSCAN over all values of eps."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from resound.studies.clustering.rows import ROUNDING, SOURCE, Items, Labels, Vector
from resound.studies.common.findings import Claim, Plot, Series


@dataclass(frozen=True)
class Density:
    """What DBSCAN finds with some eps."""

    eps: float
    clusters: int
    noise: float
    """The share of items in no cluster."""
    rand: float
    """The adjusted Rand index against the classes, noise being a cluster."""
    found: Labels
    """The cluster of each item, -1 for noise."""
    cores: Items


def by_density(x: Vector, labels: Labels, eps: float, neighbours: int) -> Density:
    """Cluster the rows of `x`; `labels` judge."""
    from sklearn.cluster import DBSCAN
    from sklearn.metrics import adjusted_rand_score

    model = DBSCAN(eps=eps, min_samples=neighbours).fit(x)
    found = model.labels_.astype(np.int64)
    clusters, noise = int(found.max()) + 1, float(np.mean(found < 0))
    rand = float(adjusted_rand_score(labels, found))
    return Density(float(eps), clusters, noise, rand, found, model.core_sample_indices_)


def radii(x: Vector, neighbours: int, count: int) -> Vector:
    """From the least eps that makes a core to the largest distance of two items."""
    from scipy.spatial.distance import pdist, squareform

    distances = np.sort(squareform(pdist(x)), axis=1)
    least = distances[:, min(neighbours, len(x)) - 1].min()
    return np.geomspace(max(least, ROUNDING) * 1.001, distances.max() * 1.001, count)


def torn(small: Density, large: Density) -> int:
    """How many clusters' cores at the smaller eps are not in one cluster at the larger."""
    there = [small.cores[small.found[small.cores] == n] for n in range(small.clusters)]
    return sum(len(set(large.found[cores])) > 1 for cores in there)


def noise_claim(density: Sequence[Density]) -> Claim:
    """Whether the share of noise falls to nothing."""
    noise = np.array([d.noise for d in density])
    rises = int((np.diff(noise) > 0).sum())
    return Claim(
        "As eps grows the noise that DBSCAN leaves vanishes.",
        SOURCE,
        rises == 0 and density[-1].noise == 0,
        f"The share of noise goes from {noise[0]:.1%} at eps {density[0].eps:.2f} to"
        f" {noise[-1]:.1%} at {density[-1].eps:.2f} and rises at {rises} of {len(density) - 1}"
        f" steps; it first is below 1% at eps"
        f" {next((d.eps for d in density if d.noise < 0.01), np.inf):.2f}.",
    )


def merge_claim(density: Sequence[Density]) -> Claim:
    """Whether clusters only grow together, to one at last."""
    rifts = sum(torn(a, b) for a, b in pairwise(density))
    peak = max(density, key=lambda d: d.clusters)
    grown = sum(a.clusters < b.clusters for a, b in pairwise(density))
    return Claim(
        "As eps grows clusters merge.",
        SOURCE,
        rifts == 0 and density[-1].clusters == 1 < peak.clusters,
        f"The cores of a cluster were parted at the next larger eps {rifts} times. The number of"
        f" clusters is greatest, {peak.clusters}, at eps {peak.eps:.2f} and ends at"
        f" {density[-1].clusters}; it grew at {grown} of {len(density) - 1} steps, where noise"
        " became new clusters.",
    )


def density_plots(density: Sequence[Density]) -> list[Plot]:
    """Clusters, and noise with likeness to the classes, by eps."""
    eps = [d.eps for d in density]
    shares = [
        Series("share of noise", eps, [d.noise for d in density]),
        Series("adjusted Rand", eps, [d.rand for d in density]),
    ]
    clusters = [Series("clusters", eps, [d.clusters for d in density])]
    return [
        Plot("DBSCAN: clusters by eps", "eps", "clusters", clusters, log_x=True),
        Plot("DBSCAN: noise by eps", "eps", "share, index", shares, log_x=True),
    ]
