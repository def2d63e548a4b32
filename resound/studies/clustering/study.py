"""The computations of the study of clustering."""

from collections.abc import Sequence

import numpy as np

from resound.studies.clustering.dbscan import (
    DensityClusters,
    cluster_by_density,
    count_claim,
    density_plots,
    eps_range,
    merge_claim,
    noise_claim,
)
from resound.studies.clustering.growth import growth_claim, growth_table, measure_gains
from resound.studies.clustering.invariance import (
    invariance_claims,
    invariance_table,
    measure_changes,
)
from resound.studies.clustering.items import describe, sample_known_items, standardise
from resound.studies.clustering.kmeans import (
    METHODS,
    Costs,
    KMeansClusters,
    cluster_by_kmeans,
    cost_plot,
    costs_by_initialisation,
    descent_claim,
    final_cost_plot,
    initialisation_claim,
    initialisation_table,
    kmeans_plot,
    step_claim,
)
from resound.studies.clustering.neighbours import (
    Neighbours,
    neighbours_plot,
    neighbours_table,
    warping_claim,
)
from resound.studies.clustering.regions import place_centres, regions_claims, regions_table
from resound.studies.clustering.settings import Settings
from resound.studies.clustering.update_draws import measure_update_costs, update_claim
from resound.studies.common.findings import Cell, Findings, Table
from resound.studies.common.material import Material


def compute_findings(settings: Settings, materials: Sequence[Material]) -> Findings:
    """Cluster the first material and find nearest neighbours in the second."""
    vectors, sequences = materials
    random = np.random.default_rng(settings.seed)
    items = sample_known_items(vectors, settings.max_items, random)
    x, labels = standardise(vectors.means(items)), vectors.labels(items)
    density = [
        cluster_by_density(x, labels, eps, settings.min_samples)
        for eps in eps_range(x, settings.min_samples, settings.eps_values)
    ]
    kmeans = [
        cluster_by_kmeans(x, labels, k, settings.seed) for k in range(2, settings.max_clusters + 1)
    ]
    costs: Costs = {
        k: {
            method: costs_by_initialisation(method, x, k, settings.initialisations, settings.seed)
            for method in METHODS
        }
        for k in settings.clusters
    }
    neighbours = Neighbours.search(
        sequences, settings.references_per_class, settings.queries_per_class, random
    )
    regions, gains = place_centres(settings.seed), measure_gains(settings.seed)
    changes = measure_changes(sequences, np.random.default_rng(settings.seed))
    runs = [run for of_method in costs.values() for group in of_method.values() for run in group]
    first, last = settings.clusters[0], settings.clusters[-1]
    return Findings(
        title="Clusters and neighbours of features",
        method=(
            f"{len(items):,} items of {describe(vectors)}, standardised, are clustered by DBSCAN"
            f" ({settings.min_samples} items make a core) and by k-means, initialised"
            f" {settings.initialisations} times by k-means++ (scikit-learn's, which takes the best"
            f" of several candidates for each centre) and {settings.initialisations} times by"
            f" random items. {len(neighbours.correct['time warping, cosine'])} test items of"
            f" {describe(sequences)} are assigned the class of the nearest of"
            f" {neighbours.references} training items by several distances. Regions of"
            " different density and mixtures of increasing size are drawn at random. Labels are"
            " used for evaluation alone: the adjusted Rand index is 1 for the classes themselves"
            " and about 0 for random clusters."
        ),
        claims=[
            noise_claim(density),
            merge_claim(density),
            count_claim(density),
            descent_claim(runs),
            step_claim(x, settings.clusters, settings.seed),
            initialisation_claim(costs, "iterations"),
            initialisation_claim(costs, "cost"),
            growth_claim(gains),
            update_claim(measure_update_costs(settings.seed)),
            *regions_claims(regions),
            *invariance_claims(changes),
            warping_claim(neighbours),
        ],
        tables=[
            _best_table(density, kmeans, len(vectors.classes)),
            initialisation_table(costs),
            growth_table(gains),
            regions_table(regions),
            invariance_table(changes),
            neighbours_table(neighbours),
        ],
        plots=[
            *density_plots(density),
            kmeans_plot(kmeans),
            cost_plot(costs[first], first),
            final_cost_plot(costs[last], last),
            neighbours_plot(neighbours),
        ],
    )


def _best_table(
    density: Sequence[DensityClusters], kmeans: Sequence[KMeansClusters], classes: int
) -> Table:
    best_density = max(density, key=lambda result: result.rand_index)
    best_silhouette = max(kmeans, key=lambda result: result.silhouette)
    best_kmeans = max(kmeans, key=lambda result: result.rand_index)
    rows: list[list[Cell]] = [
        [
            "DBSCAN, highest Rand index",
            f"eps {best_density.eps:.2f}",
            best_density.clusters,
            None,
            f"{best_density.rand_index:.3f}",
        ]
    ]
    for name, result in [
        ("k-means, highest silhouette", best_silhouette),
        ("k-means, highest Rand index", best_kmeans),
        *(("k-means, one cluster per class", result) for result in kmeans if result.k == classes),
    ]:
        silhouette, rand_index = f"{result.silhouette:.3f}", f"{result.rand_index:.3f}"
        rows.append([name, f"k {result.k}", result.k, silhouette, rand_index])
    return Table(
        "The best clusters",
        ["method", "setting", "clusters", "silhouette", "adjusted Rand index"],
        rows,
        f"There are {classes} classes. Clusters with the highest Rand index are selected by the"
        " classes, so their index is an upper bound, not what one would get without labels.",
    )
