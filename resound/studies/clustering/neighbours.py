"""The nearest neighbours of whole sequences, by several distances."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from resound.errors import UserError
from resound.studies.clustering.rows import SOURCE, Items, Vector, standardised, sure, told_of
from resound.studies.common.findings import Cell, Claim, Plot, Series, Table
from resound.studies.common.material import Material

METRICS: tuple[Literal["euclidean", "cosine"], ...] = ("euclidean", "cosine")


@dataclass(frozen=True)
class Neighbours:
    """Which test items have a nearest neighbour of their own class, by each distance."""

    references: int
    right: dict[str, NDArray[np.bool_]]

    @classmethod
    def sought(
        cls, material: Material, references: int, queries: int, random: np.random.Generator
    ) -> "Neighbours":
        """Of some test items of each class, among some training items of each."""
        known = drawn(material, material.parts["train"], references, random)
        asked = drawn(material, material.parts["test"], queries, random)
        if (material.features.lengths(known) == 1).all():
            raise UserError(
                f"The second data of a study of clustering are sequences, but '{told_of(material)}'"
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


def padded(frames: Vector, length: int) -> Vector:
    """With zeros behind."""
    return np.pad(frames, ((0, length - len(frames)), (0, 0)))


def stretched(frames: Vector, length: int) -> Vector:
    """Each column interpolated linearly at so many places from the first frame to the last."""
    places = np.linspace(0, len(frames) - 1, length)
    columns = [np.interp(places, range(len(frames)), column) for column in frames.T]
    return np.stack(columns, axis=1)


def warping_claim(neighbours: Neighbours) -> Claim:
    """Whether time warping surely finds more than each rival."""
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


def _against(neighbours: Neighbours, metric: str, rival: str) -> tuple[bool, float]:
    """Whether warping finds more neighbours of the right class than a rival, and how often chance
    alone would part them as much (McNemar's exact test).
    """
    from scipy.stats import binomtest

    ours = neighbours.right[f"time warping, {metric}"]
    others = neighbours.right[f"{rival}, {metric}"]
    won, lost = int((ours & ~others).sum()), int((others & ~ours).sum())
    return won > lost, float(binomtest(won, won + lost).pvalue) if won + lost else 1.0


def neighbours_table(neighbours: Neighbours) -> Table:
    """How often each distance is right."""
    rows: list[list[Cell]] = [
        [name, f"{right.mean():.1%}", int(right.sum()), len(right)]
        for name, right in neighbours.right.items()
    ]
    return Table("Nearest neighbours", ["distance", "of the right class", "right", "of"], rows)


def neighbours_plot(neighbours: Neighbours) -> Plot:
    """The same with standard errors."""
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
