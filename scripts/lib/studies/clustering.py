"""Clusters of cached features: by density, by k-means from several starts, and of whole sequences.

Labels never take part: they only judge what was found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Len
from numpy.typing import NDArray

from scripts.lib.errors import UserError
from scripts.lib.settings import Natural, Positive, settings
from scripts.lib.studies.findings import Cell, Claim, Findings, Plot, Series, Table
from scripts.lib.studies.material import Data, Material

Vector = NDArray[np.float64]
Floats = NDArray[np.floating]
Labels = NDArray[np.int64]
Items = NDArray[np.intp]

SOURCE = "theory report, clustering"
ROUNDING = 1e-9
"""A rise of the cost by less than this share is one of rounding."""
LEVEL = 0.05
"""Differences that chance alone makes less often than this are taken as real."""
MOST_STEPS = 1000
"""Iterations of k-means at most."""
DRAWN = 4
"""Starts of each kind whose cost is drawn step by step."""


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
    announce: Callable[[str], None],
) -> Findings:
    """Cluster the first material, seek neighbours in the second."""
    vectors, sequences = materials
    random = np.random.default_rng(settings.seed)
    items = known_items(vectors, settings.most, random)
    x, labels = standardised(vectors.means(items)), vectors.labels(items)
    density = [by_density(x, labels, eps, settings.neighbours) for eps in radii(x, settings)]
    means = [by_means(x, labels, k, settings.seed) for k in range(2, settings.most_clusters + 1)]
    descents = {
        k: {kind: descents_from(kind, x, k, settings) for kind in STARTS} for k in settings.clusters
    }
    neighbours = Neighbours.sought(sequences, settings, random)
    every = [d for kinds in descents.values() for some in kinds.values() for d in some]
    first = descents[settings.clusters[0]]
    return Findings(
        title="Clusters and neighbours of features",
        method=(
            f"{len(items):,} items of {_told(vectors)}, standardised, clustered by DBSCAN"
            f" ({settings.neighbours} items make a core) and by k-means; {settings.starts} starts"
            " of k-means drawn as k-means++ does it (scikit-learn's, the best of a few candidates"
            f" for each centre) and {settings.starts} at items drawn at random."
            f" {len(neighbours.right['time warping, cosine'])} test items of"
            f" {_told(sequences)} got the class of the nearest of {neighbours.references} training"
            " items by several distances. Labels only judge: the adjusted Rand index is 1 for the"
            " classes themselves and about 0 for chance."
        ),
        claims=[
            _noise_claim(density),
            _merge_claim(density),
            _descent_claim(every),
            _start_claim(descents, "iterations"),
            _start_claim(descents, "cost"),
            _warping_claim(neighbours),
        ],
        tables=[
            _best_table(density, means, len(vectors.classes)),
            _starts_table(descents),
            _neighbours_table(neighbours),
        ],
        figures=[
            Plot(
                "DBSCAN: clusters by eps",
                "eps",
                "clusters",
                [Series("clusters", [d.eps for d in density], [d.clusters for d in density])],
                log_x=True,
            ),
            Plot(
                "DBSCAN: noise by eps",
                "eps",
                "share, index",
                [
                    Series("share of noise", [d.eps for d in density], [d.noise for d in density]),
                    Series("adjusted Rand", [d.eps for d in density], [d.rand for d in density]),
                ],
                log_x=True,
            ),
            Plot(
                "k-means by k",
                "k",
                "silhouette, index",
                [
                    Series("silhouette", [m.k for m in means], [m.silhouette for m in means]),
                    Series("adjusted Rand", [m.k for m in means], [m.rand for m in means]),
                ],
            ),
            _descent_plot(first, settings.clusters[0]),
            _starts_plot(descents[settings.clusters[-1]], settings.clusters[-1]),
            _neighbours_plot(neighbours),
        ],
    )


def known_items(material: Material, most: int, random: np.random.Generator) -> Items:
    """Items of the training and test parts, each once; so many at most, by chance."""
    items = np.union1d(material.parts["train"], material.parts["test"])
    return np.sort(random.permutation(items)[:most])


def standardised(rows: Floats, by: Floats | None = None) -> Vector:
    """Each column with mean 0 and deviation 1, or as `by` would need it."""
    by = rows if by is None else by
    mean, deviation = by.mean(axis=0, dtype=np.float64), by.std(axis=0, dtype=np.float64)
    return np.asarray((rows - mean) / np.where(deviation > 0, deviation, 1))


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


def radii(x: Vector, settings: Settings) -> Vector:
    """From the least eps that makes a core to the largest distance of two items."""
    from scipy.spatial.distance import pdist, squareform

    distances = np.sort(squareform(pdist(x)), axis=1)
    least = distances[:, min(settings.neighbours, len(x)) - 1].min()
    return np.geomspace(max(least, ROUNDING) * 1.001, distances.max() * 1.001, settings.radii)


def torn(small: Density, large: Density) -> int:
    """How many clusters' cores at the smaller eps are not in one cluster at the larger."""
    there = [small.cores[small.found[small.cores] == n] for n in range(small.clusters)]
    return sum(len(set(large.found[cores])) > 1 for cores in there)


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


STARTS = ("k-means++", "random")


def descents_from(kind: str, x: Vector, k: int, settings: Settings) -> list[Vector]:
    """The cost step by step from each start of a kind: `STARTS`."""
    from sklearn.cluster import kmeans_plusplus

    found = []
    for start in range(settings.starts):
        random = np.random.default_rng([settings.seed, k, start])
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


@dataclass(frozen=True)
class Neighbours:
    """Which test items have a nearest neighbour of their own class, by each distance."""

    references: int
    right: dict[str, NDArray[np.bool_]]

    @classmethod
    def sought(
        cls, material: Material, settings: Settings, random: np.random.Generator
    ) -> "Neighbours":
        """Of some test items of each class, among some training items of each."""
        known = drawn(material, material.parts["train"], settings.references, random)
        asked = drawn(material, material.parts["test"], settings.queries, random)
        if (material.features.lengths(known) == 1).all():
            raise UserError(
                f"The second data of a study of clustering are sequences, but '{_told(material)}'"
                " has one row an item: name features that are not pooled."
            )
        frames = np.concatenate([material.features.clip(n) for n in known])
        there, here = (
            [standardised(material.features.clip(n), frames) for n in items]
            for items in (known, asked)
        )
        classes, right = material.labels(known), material.labels(asked)
        return cls(
            len(known),
            {
                name: classes[distances.argmin(axis=1)] == right
                for name, distances in sequence_distances(here, there).items()
            },
        )


def drawn(material: Material, items: Items, each: int, random: np.random.Generator) -> Items:
    """So many items of each class at most, by chance."""
    items = random.permutation(np.unique(items))
    labels = material.labels(items)
    return np.concatenate([items[labels == n][:each] for n in range(len(material.classes))])


def sequence_distances(here: Sequence[Vector], there: Sequence[Vector]) -> dict[str, Vector]:
    """Distances by several names, each of shape (here, there).

    Frame by frame sequences need one length: padded with zeros, the mean of standardised frames,
    or stretched to the median length. Time warping takes them as they are; its cost is divided by
    both lengths together, lest short ones be near everything.
    """
    from librosa.sequence import dtw
    from scipy.spatial.distance import cdist

    lengths = [len(frames) for frames in (*here, *there)]
    longest, middle = max(lengths), int(np.median(lengths))
    as_long = {
        "padded": [[padded(frames, longest) for frames in some] for some in (here, there)],
        "stretched": [[stretched(frames, middle) for frames in some] for some in (here, there)],
    }
    found = {}
    for metric in METRICS:
        for name, both in as_long.items():
            a, b = (np.reshape(some, (len(some), -1)) for some in both)
            found[f"{name}, {metric}"] = cdist(a, b, metric)
        costs = [
            [dtw(C=cdist(a, b, metric), backtrack=False)[-1, -1] / (len(a) + len(b)) for b in there]
            for a in here
        ]
        found[f"time warping, {metric}"] = np.array(costs)
    return found


METRICS: tuple[Literal["euclidean", "cosine"], ...] = ("euclidean", "cosine")


def padded(frames: Vector, length: int) -> Vector:
    """With zeros behind."""
    return np.pad(frames, ((0, length - len(frames)), (0, 0)))


def stretched(frames: Vector, length: int) -> Vector:
    """Each column interpolated linearly at so many places from the first frame to the last."""
    places = np.linspace(0, len(frames) - 1, length)
    columns = [np.interp(places, range(len(frames)), column) for column in frames.T]
    return np.stack(columns, axis=1)


def sure(better: Sequence[bool], chances: Sequence[float]) -> bool | None:
    """True where each comparison came out better and none by chance, False where one surely came
    out worse, else None: open.
    """
    certain = [chance < LEVEL for chance in chances]
    if any(known and not well for known, well in zip(certain, better)):
        return False
    return True if all(certain) else None


def _noise_claim(density: Sequence[Density]) -> Claim:
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


def _merge_claim(density: Sequence[Density]) -> Claim:
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


def _descent_claim(descents: Sequence[Vector]) -> Claim:
    rises = sum(int((np.diff(costs) > ROUNDING * costs[0]).sum()) for costs in descents)
    steps = sum(len(costs) - 1 for costs in descents)
    return Claim(
        "The cost of k-means never rises from one iteration to the next.",
        SOURCE,
        rises == 0,
        f"It rose at {rises} of {steps:,} iterations from {len(descents)} starts.",
    )


Descents = dict[int, dict[str, list[Vector]]]


def _measured(descents: Sequence[Vector], what: str) -> Vector:
    """The iterations or the last cost from each start."""
    if what == "iterations":
        return np.array([len(costs) for costs in descents], np.float64)
    return np.array([costs[-1] for costs in descents])


def _chance(kinds: dict[str, list[Vector]], what: str) -> float:
    """How often chance alone would part both kinds of starts as much (Mann and Whitney)."""
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(*(_measured(kinds[kind], what) for kind in STARTS)).pvalue)


def _start_claim(descents: Descents, what: Literal["iterations", "cost"]) -> Claim:
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


def _against(neighbours: Neighbours, metric: str, rival: str) -> tuple[bool, float]:
    """Whether warping finds more neighbours of the right class than a rival, and how often chance
    alone would part them as much (McNemar's exact test).
    """
    from scipy.stats import binomtest

    ours = neighbours.right[f"time warping, {metric}"]
    others = neighbours.right[f"{rival}, {metric}"]
    won, lost = int((ours & ~others).sum()), int((others & ~ours).sum())
    return won > lost, float(binomtest(won, won + lost).pvalue) if won + lost else 1.0


def _warping_claim(neighbours: Neighbours) -> Claim:
    compared = [(metric, rival) for metric in METRICS for rival in ("padded", "stretched")]
    results = [_against(neighbours, *pair) for pair in compared]
    shares = {name: f"{right.mean():.0%}" for name, right in neighbours.right.items()}
    told = "; ".join(
        f"{shares[f'time warping, {metric}']} against {shares[f'{rival}, {metric}']} ({metric},"
        f" {rival}, p = {chance:.2g})"
        for (metric, rival), (_, chance) in zip(compared, results)
    )
    return Claim(
        "Dynamic time warping suits time series better than the Euclidean or the cosine distance.",
        SOURCE,
        sure([better for better, _ in results], [chance for _, chance in results]),
        f"Nearest neighbours of the right class: {told}.",
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


def _starts_table(descents: Descents) -> Table:
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


def _neighbours_table(neighbours: Neighbours) -> Table:
    rows: list[list[Cell]] = [
        [name, f"{right.mean():.1%}", int(right.sum()), len(right)]
        for name, right in neighbours.right.items()
    ]
    return Table("Nearest neighbours", ["distance", "of the right class", "right", "of"], rows)


def _descent_plot(kinds: dict[str, list[Vector]], k: int) -> Plot:
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


def _starts_plot(kinds: dict[str, list[Vector]], k: int) -> Plot:
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


def _neighbours_plot(neighbours: Neighbours) -> Plot:
    series = [
        Series(
            name,
            [n],
            [right.mean()],
            [float(np.sqrt(right.mean() * (1 - right.mean()) / len(right)))],
            look="bars",
        )
        for n, (name, right) in enumerate(neighbours.right.items())
    ]
    return Plot("Nearest neighbours", "distance", "share of the right class", series)


def _told(material: Material) -> str:
    return f"{material.data.corpus}, {material.data.features} ({material.data.split})"
