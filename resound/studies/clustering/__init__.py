"""Clusters of cached features: by density, by k-means from several starts, and of whole sequences.

Labels never take part: they only judge what was found.
"""

from collections.abc import Callable, Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Len

from resound.settings import Natural, Positive, settings
from resound.studies.clustering.density import (
    Density,
    by_density,
    density_plots,
    merge_claim,
    noise_claim,
    radii,
)
from resound.studies.clustering.means import (
    STARTS,
    Means,
    by_means,
    descent_claim,
    descent_plot,
    descents_from,
    means_plot,
    start_claim,
    starts_plot,
    starts_table,
)
from resound.studies.clustering.neighbours import (
    Neighbours,
    neighbours_plot,
    neighbours_table,
    warping_claim,
)
from resound.studies.clustering.rows import known_items, standardised, told_of
from resound.studies.common.findings import Cell, Findings, Table
from resound.studies.common.material import Data, Material


@settings
class Settings:
    """What is clustered, and how finely it is looked at."""

    kind: Literal["clustering"]
    """DBSCAN, k-means and distances between sequences, on cached features."""
    data: Annotated[list[Data], Len(2, 2)]
    """First what is clustered, an item by the mean of its rows; then what has a row a frame, for
    distances between sequences."""
    most: Positive = 600
    """Items clustered at most, drawn by chance from the training and test parts."""
    neighbours: Positive = 5
    """Items within eps that make an item the core of a cluster, itself among them (DBSCAN)."""
    radii: Annotated[int, Ge(2)] = 30
    """Values of eps, from the smallest that makes a core to one that holds everything."""
    most_clusters: Annotated[int, Ge(2)] = 12
    """The largest k whose silhouette is taken."""
    clusters: Annotated[list[Annotated[int, Ge(2)]], Len(1)] = field(
        default_factory=lambda: [5, 10, 20]
    )
    """The k of k-means that both kinds of starts are compared with."""
    starts: Annotated[int, Ge(2)] = 100
    """Starts of each kind."""
    references: Positive = 5
    """Training items of each class that a test item's nearest neighbour is sought among."""
    queries: Positive = 10
    """Test items of each class."""
    seed: Natural = 1


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Callable[[str], None],
) -> Findings:
    """Cluster the first material, seek neighbours in the second."""
    vectors, sequences = materials
    random = np.random.default_rng(settings.seed)
    items = known_items(vectors, settings.most, random)
    x, labels = standardised(vectors.means(items)), vectors.labels(items)
    density = [
        by_density(x, labels, eps, settings.neighbours)
        for eps in radii(x, settings.neighbours, settings.radii)
    ]
    means = [by_means(x, labels, k, settings.seed) for k in range(2, settings.most_clusters + 1)]
    descents = {
        k: {kind: descents_from(kind, x, k, settings.starts, settings.seed) for kind in STARTS}
        for k in settings.clusters
    }
    neighbours = Neighbours.sought(sequences, settings.references, settings.queries, random)
    every = [d for kinds in descents.values() for some in kinds.values() for d in some]
    first = descents[settings.clusters[0]]
    return Findings(
        title="Clusters and neighbours of features",
        method=(
            f"{len(items):,} items of {told_of(vectors)}, standardised, clustered by DBSCAN"
            f" ({settings.neighbours} items make a core) and by k-means; {settings.starts} starts"
            " of k-means drawn as k-means++ does it (scikit-learn's, the best of a few candidates"
            f" for each centre) and {settings.starts} at items drawn at random."
            f" {len(neighbours.right['time warping, cosine'])} test items of"
            f" {told_of(sequences)} got the class of the nearest of {neighbours.references}"
            " training items by several distances. Labels only judge: the adjusted Rand index is 1"
            " for the classes themselves and about 0 for chance."
        ),
        claims=[
            noise_claim(density),
            merge_claim(density),
            descent_claim(every),
            start_claim(descents, "iterations"),
            start_claim(descents, "cost"),
            warping_claim(neighbours),
        ],
        tables=[
            _best_table(density, means, len(vectors.classes)),
            starts_table(descents),
            neighbours_table(neighbours),
        ],
        figures=[
            *density_plots(density),
            means_plot(means),
            descent_plot(first, settings.clusters[0]),
            starts_plot(descents[settings.clusters[-1]], settings.clusters[-1]),
            neighbours_plot(neighbours),
        ],
    )


def _best_table(density: Sequence[Density], means: Sequence[Means], classes: int) -> Table:
    dense = max(density, key=lambda d: d.rand)
    shaped = max(means, key=lambda m: m.silhouette)
    alike = max(means, key=lambda m: m.rand)
    rows: list[list[Cell]] = [
        [
            "DBSCAN, most like the classes",
            f"eps {dense.eps:.2f}",
            dense.clusters,
            None,
            f"{dense.rand:.3f}",
        ]
    ]
    for name, m in [
        ("k-means, highest silhouette", shaped),
        ("k-means, most like the classes", alike),
        *(("k-means, as many as classes", m) for m in means if m.k == classes),
    ]:
        rows.append([name, f"k {m.k}", m.k, f"{m.silhouette:.3f}", f"{m.rand:.3f}"])
    return Table(
        "The best clusters",
        ["clusters by", "setting", "clusters", "silhouette", "adjusted Rand"],
        rows,
        f"There are {classes} classes. What is most like them is picked by them, so its index is"
        " the most that could be had, not what one would get.",
    )
