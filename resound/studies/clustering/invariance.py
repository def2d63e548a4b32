"""Which distances between sequences ignore their scale and the order of their frames."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from resound.studies.clustering.items import Vector, standardise
from resound.studies.clustering.neighbours import stretch
from resound.studies.clustering.sources import ROUNDING, SOURCE
from resound.studies.common.findings import Cell, Claim, Table
from resound.studies.common.material import Material

PAIRS = 20
"""Pairs of sequences that are compared."""
SCALE = 2.0
"""The factor by which one sequence of a pair is multiplied."""
COSINE, EUCLIDEAN, WARPING = "cosine", "Euclidean", "time warping, Euclidean"
WARPING_COSINE = "time warping, cosine"
SCALED, SHUFFLED_ALIKE, SHUFFLED_ONE = "one scaled", "both shuffled alike", "one shuffled"


@dataclass(frozen=True)
class Changes:
    """By how much a change of sequences changes a distance, relative to it; one entry per pair."""

    change: str
    distance: str
    values: Vector

    @property
    def ignored(self) -> bool:
        """Whether the distance of every pair stays the same."""
        return bool(self.values.max() < ROUNDING)

    @property
    def noticed(self) -> bool:
        """Whether the distance of every pair changes."""
        return bool(self.values.min() > ROUNDING)


def distances_of_pair(a: Vector, b: Vector) -> dict[str, float]:
    """Return the distances between two sequences of the same shape (frames, width).

    The cosine and the Euclidean distance compare all frames as one vector.
    """
    from librosa.sequence import dtw
    from scipy.spatial.distance import cdist, cosine, euclidean

    def warped(metric: str) -> float:
        return float(dtw(C=cdist(a, b, metric), backtrack=False)[-1, -1])

    return {
        COSINE: float(cosine(a.ravel(), b.ravel())),
        EUCLIDEAN: float(euclidean(a.ravel(), b.ravel())),
        WARPING: warped("euclidean"),
        WARPING_COSINE: warped("cosine"),
    }


def measure_changes(material: Material, random: np.random.Generator) -> list[Changes]:
    """Return the changes of each distance by scale and order, for random pairs of test items.

    Both sequences of a pair are standardised and stretched linearly to the same length.
    """
    items = np.unique(material.parts["test"])
    chosen = random.choice(items, (PAIRS, 2), replace=len(items) < 2 * PAIRS)
    clips = [[material.features.clip(n).astype(np.float64) for n in pair] for pair in chosen]
    frames = np.concatenate([clip for pair in clips for clip in pair])
    length = max(2, int(np.median([len(clip) for pair in clips for clip in pair])))
    values: dict[tuple[str, str], list[float]] = {}
    for pair in clips:
        a, b = (stretch(standardise(clip, frames), length) for clip in pair)
        order = random.permutation(length)
        changed = {
            SCALED: (SCALE * a, b),
            SHUFFLED_ALIKE: (a[order], b[order]),
            SHUFFLED_ONE: (a[order], b),
        }
        before = distances_of_pair(a, b)
        for change, sequences in changed.items():
            for distance, value in distances_of_pair(*sequences).items():
                relative = abs(value - before[distance]) / max(before[distance], ROUNDING)
                values.setdefault((change, distance), []).append(relative)
    return [Changes(*key, np.array(relative)) for key, relative in values.items()]


def invariance_claims(changes: Sequence[Changes]) -> list[Claim]:
    """Claim that the cosine distance alone ignores scale, and that it alone ignores order.

    The verdict is true where the cosine distance of every pair stays the same and the others of
    every pair change, else false. Of the order, both sequences of a pair are shuffled alike.
    """
    return [
        Claim(
            "The cosine distance ignores the scale of a sequence; the Euclidean distance and"
            " dynamic time warping do not.",
            SOURCE,
            _cosine_alone(changes, SCALED),
            f"If one sequence of a pair is multiplied by {SCALE:g}, distances change at the median"
            f" by {_medians(changes, SCALED)}.",
        ),
        Claim(
            "The cosine distance ignores the order of a sequence; the Euclidean distance and"
            " dynamic time warping do not.",
            SOURCE,
            _cosine_alone(changes, SHUFFLED_ALIKE),
            "If the frames of both sequences are shuffled alike, distances change at the median by"
            f" {_medians(changes, SHUFFLED_ALIKE)}: the Euclidean distance ignores it as the cosine"
            " does. If the frames of one are shuffled, none ignores it: by"
            f" {_medians(changes, SHUFFLED_ONE)}.",
        ),
    ]


def _cosine_alone(changes: Sequence[Changes], change: str) -> bool:
    of = {c.distance: c for c in changes if c.change == change}
    return of[COSINE].ignored and of[EUCLIDEAN].noticed and of[WARPING].noticed


def _medians(changes: Sequence[Changes], change: str) -> str:
    return ", ".join(
        f"{np.median(c.values):.1%} ({c.distance})" for c in changes if c.change == change
    )


def invariance_table(changes: Sequence[Changes]) -> Table:
    """Return the changes of each distance."""
    names = (COSINE, EUCLIDEAN, WARPING, WARPING_COSINE)
    rows: list[list[Cell]] = []
    for change in (SCALED, SHUFFLED_ALIKE, SHUFFLED_ONE):
        of = {c.distance: c for c in changes if c.change == change}
        rows.append([change, *(_describe(of[name]) for name in names)])
    return Table(
        "Distances after a change of sequences",
        ["change", *names],
        rows,
        f"The median change relative to the distance before, over {len(changes[0].values)} pairs of"
        " test items stretched to one length. Cosine and Euclidean compare all frames as one"
        " vector. Ignored: no pair changes.",
    )


def _describe(changes: Changes) -> str:
    return "ignored" if changes.ignored else f"{np.median(changes.values):.1%}"
