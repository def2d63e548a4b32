"""The nearest neighbours of whole sequences, by several distances."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from resound.errors import UserError
from resound.studies.clustering.items import Items, Vector, describe, standardise
from resound.studies.clustering.sources import SOURCE
from resound.studies.common.findings import Cell, Claim, Plot, Series, Table
from resound.studies.common.material import Material
from resound.studies.common.verdicts import joint_verdict

METRICS: tuple[Literal["euclidean", "cosine"], ...] = ("euclidean", "cosine")
RIVALS = ("padded", "stretched")
"""The ways to compare sequences frame by frame."""


@dataclass(frozen=True)
class Neighbours:
    """Which test items have a nearest neighbour of their own class, by each distance."""

    references: int
    """The number of items among which neighbours are searched."""
    correct: dict[str, NDArray[np.bool_]]
    """One entry per test item, by distance."""

    @classmethod
    def search(
        cls,
        material: Material,
        references_per_class: int,
        queries_per_class: int,
        random: np.random.Generator,
    ) -> "Neighbours":
        """Find the neighbours of random test items among random training items.

        Raises UserError where all items have a single row.
        """
        references = sample_per_class(
            material, material.parts["train"], references_per_class, random
        )
        queries = sample_per_class(material, material.parts["test"], queries_per_class, random)
        if (material.features.lengths(references) == 1).all():
            raise UserError(
                "The second entry of `data` of a study of clustering must be sequences, but"
                f" '{describe(material)}' has one row per item: choose features that are not"
                " pooled."
            )
        frames = np.concatenate([material.features.clip(n) for n in references])
        reference_rows, query_rows = (
            [standardise(material.features.clip(n), frames) for n in items]
            for items in (references, queries)
        )
        reference_labels, query_labels = material.labels(references), material.labels(queries)
        return cls(
            len(references),
            {
                name: reference_labels[distances.argmin(axis=1)] == query_labels
                for name, distances in sequence_distances(query_rows, reference_rows).items()
            },
        )


def sample_per_class(
    material: Material, items: Items, per_class: int, random: np.random.Generator
) -> Items:
    """Return at most `per_class` random items of each class."""
    items = random.permutation(np.unique(items))
    labels = material.labels(items)
    return np.concatenate([items[labels == n][:per_class] for n in range(len(material.classes))])


def sequence_distances(
    queries: Sequence[Vector], references: Sequence[Vector]
) -> dict[str, Vector]:
    """Return distances by name, each of shape (queries, references).

    A comparison frame by frame needs sequences of one length: they are padded with zeros, which is
    the mean of standardised frames, or stretched to the median length. Dynamic time warping takes
    sequences of any length; its cost is divided by the sum of both lengths, because short sequences
    would otherwise be near all others.
    """
    from librosa.sequence import dtw
    from scipy.spatial.distance import cdist

    lengths = [len(frames) for frames in (*queries, *references)]
    longest, median = max(lengths), int(np.median(lengths))
    of_equal_length = {
        "padded": [[pad(s, longest) for s in group] for group in (queries, references)],
        "stretched": [[stretch(s, median) for s in group] for group in (queries, references)],
    }
    distances = {}
    for metric in METRICS:
        for name, groups in of_equal_length.items():
            a, b = (np.reshape(group, (len(group), -1)) for group in groups)
            distances[f"{name}, {metric}"] = cdist(a, b, metric)
        costs = [
            [
                dtw(C=cdist(a, b, metric), backtrack=False)[-1, -1] / (len(a) + len(b))
                for b in references
            ]
            for a in queries
        ]
        distances[f"time warping, {metric}"] = np.array(costs)
    return distances


def pad(frames: Vector, length: int) -> Vector:
    """Return `frames`, shape (frames, width), with zeros appended up to `length`."""
    return np.pad(frames, ((0, length - len(frames)), (0, 0)))


def stretch(frames: Vector, length: int) -> Vector:
    """Return `frames`, shape (frames, width), interpolated linearly to `length` frames."""
    times = np.linspace(0, len(frames) - 1, length)
    columns = [np.interp(times, range(len(frames)), column) for column in frames.T]
    return np.stack(columns, axis=1)


def warping_claim(neighbours: Neighbours) -> Claim:
    """Claim that time warping finds significantly more correct neighbours than each rival."""
    pairs = [(metric, rival) for metric in METRICS for rival in RIVALS]
    results = [_compare_with_warping(neighbours, *pair) for pair in pairs]
    accuracy = {name: f"{correct.mean():.0%}" for name, correct in neighbours.correct.items()}
    comparisons = "; ".join(
        f"{accuracy[f'time warping, {metric}']} against {accuracy[f'{rival}, {metric}']} ({metric},"
        f" {rival}, p = {p:.2g})"
        for (metric, rival), (_, p) in zip(pairs, results)
    )
    return Claim(
        "Dynamic time warping suits time series better than the Euclidean or the cosine distance.",
        SOURCE,
        joint_verdict([better for better, _ in results], [p for _, p in results]),
        f"Nearest neighbours of the correct class: {comparisons}.",
    )


def _compare_with_warping(neighbours: Neighbours, metric: str, rival: str) -> tuple[bool, float]:
    """Return whether warping finds more correct neighbours, and McNemar's exact p-value."""
    from scipy.stats import binomtest

    warping = neighbours.correct[f"time warping, {metric}"]
    other = neighbours.correct[f"{rival}, {metric}"]
    won, lost = int((warping & ~other).sum()), int((other & ~warping).sum())
    return won > lost, float(binomtest(won, won + lost).pvalue) if won + lost else 1.0


def neighbours_table(neighbours: Neighbours) -> Table:
    """Return how often the nearest neighbour has the correct class, by distance."""
    rows: list[list[Cell]] = [
        [name, f"{correct.mean():.1%}", int(correct.sum()), len(correct)]
        for name, correct in neighbours.correct.items()
    ]
    return Table("Nearest neighbours", ["distance", "accuracy", "correct", "items"], rows)


def neighbours_plot(neighbours: Neighbours) -> Plot:
    """Return a bar plot of the same proportions with standard errors."""
    series = [
        Series(
            name,
            [n],
            [correct.mean()],
            [float(np.sqrt(correct.mean() * (1 - correct.mean()) / len(correct)))],
            style="bars",
        )
        for n, (name, correct) in enumerate(neighbours.correct.items())
    ]
    return Plot("Nearest neighbours", "distance", "proportion of the correct class", series)
