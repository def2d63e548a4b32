"""How far the test parts of splits lie from their train parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resound.data.folds import Part
from resound.studies.common import divergences
from resound.studies.common.divergences import Normal, Vector
from resound.studies.common.findings import Cell, Claim, Flag, Heat, Table
from resound.studies.common.material import Data, Material
from resound.studies.distances.estimated import SOURCE

if TYPE_CHECKING:
    from resound.studies.distances import Settings


FEWEST = 8
"""Parts of fewer items are not compared."""
STILL = 1e-6
"""Features that vary less are left out: each clip was normalised, and their means are 0."""


@dataclass(frozen=True)
class Shift:
    """How far a test part lies from its train part; means over folds."""

    data: Data
    apart: bool | None
    """Whether no speaker, or no group, has items in both; None where none is known."""
    train: int
    test: int
    width: int
    hellinger: float
    wasserstein: float
    mmd: float
    p: float
    far: bool

    def flag(self) -> Flag:
        """What experiments on it should know."""
        text = f"The test part lies far from the training part: MMD {self.mmd:.2f}, p {self.p:.3f}"
        return Flag(self.data.corpus, self.data.features, self.data.split, text)


def shift(material: Material, settings: "Settings") -> Shift | str:
    """How far its test parts lie from train; or in words why that says nothing.

    Hellinger and Wasserstein-1 distances are means over features, the first between normal
    distributions fitted to each; MMD is of all features at once. Several folds give the mean of
    their distances, and twice the mean of their p, which is valid however they depend on each
    other (Vovk and Wang, "Combining p-values via averaging", 2020).
    """
    matrix = material.features.matrix
    if not np.issubdtype(matrix.dtype, np.floating):
        return "tokens"
    if matrix.shape[1] == 1:
        return "samples"
    found, sizes = [], []
    for parts in material.folds.values():
        train, test = _once(parts, "train"), _once(parts, "test")
        if min(len(train), len(test)) < FEWEST:
            return "too few items"
        random = np.random.default_rng(settings.seed)
        x, y = (
            material.means(_some(items, settings.items, random)).astype(np.float64)
            for items in (train, test)
        )
        moving = x.std(axis=0) > STILL
        if not moving.any():
            return "means that are all the same"
        found.append(_compared(x[:, moving], y[:, moving], settings.permutations, random))
        sizes.append((len(train), len(test)))
    hellinger, wasserstein, mmd, p = np.mean(found, axis=0).tolist()
    p = min(1.0, 2 * p) if len(found) > 1 else p
    far = p < settings.significance and mmd > settings.effect
    train_size, test_size = (round(size) for size in np.mean(sizes, axis=0))
    return Shift(
        material.data, _apart(material), train_size, test_size, matrix.shape[1], hellinger,
        wasserstein, mmd, p, far,
    )  # fmt: skip


def _once(parts: Mapping[Part, NDArray[np.intp]], part: Part) -> NDArray[np.intp]:
    """The items of a part, each once: copies would make parts look farther apart than they are."""
    return np.unique(parts.get(part, np.array([], np.intp)))


def _some(items: NDArray[np.intp], count: int, random: np.random.Generator) -> NDArray[np.intp]:
    return random.choice(items, min(len(items), count), replace=False)


def _compared(
    x: Vector, y: Vector, permutations: int, random: np.random.Generator
) -> tuple[float, float, float, float]:
    """Mean Hellinger and Wasserstein-1 distance over columns; MMD and p of all of them."""
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    x, y = (x - mean) / deviation, (y - mean) / deviation
    fitted = [[Normal.fitted(column) for column in part.T] for part in (x, y)]
    hellinger = float(np.mean([divergences.hellinger(p, q) for p, q in zip(*fitted)]))
    wasserstein = float(divergences.sample_wasserstein(x, y, 1).mean())
    bandwidth = divergences.median_bandwidth(x, y)
    square, p = divergences.permutation_test(x, y, bandwidth, permutations, random)
    return hellinger, wasserstein, sqrt(max(0.0, square)), p


def _apart(material: Material) -> bool | None:
    """Whether no speaker, or no group, is on both sides of any fold; None where none is known."""
    mixed = []
    for name in ("speaker", "group"):
        sides = [
            [set(material.column(name, _once(parts, part))) for part in ("train", "test")]
            for parts in material.folds.values()
        ]
        # Items without one have an empty name there.
        if name in material.table and not any("" in side for pair in sides for side in pair):
            mixed.append(any(train & test for train, test in sides))
    return not all(mixed) if mixed else None


def splits_claim(shifts: Sequence[Shift], settings: "Settings") -> Claim:
    """Compares splits of one corpus by the same features, where both kinds are there.

    True where all that keep speakers apart are far and no other; false where none of them is, or
    where all others are too; else open.
    """
    kinds: dict[tuple[str, str], dict[bool | None, list[Shift]]] = {}
    for one in shifts:
        of_corpus = kinds.setdefault((one.data.corpus, one.data.features), {})
        of_corpus.setdefault(one.apart, []).append(one)
    pairs = [(kind[True], kind[False]) for kind in kinds.values() if kind.keys() >= {True, False}]
    apart, mixed = ([one for pair in pairs for one in pair[n]] for n in (0, 1))
    holds = None
    told = "No corpus here is split both ways with the same features."
    if pairs:
        if all(one.far for one in apart) and not any(one.far for one in mixed):
            holds = True
        elif not any(one.far for one in apart) or all(one.far for one in mixed):
            holds = False
        farther = sum(min(o.mmd for o in a) > max(o.mmd for o in m) for a, m in pairs)
        told = (
            f"Speakers apart: {_counted(apart, settings)}. Mixed: {_counted(mixed, settings)}. The"
            f" former lie farther in {farther} of {len(pairs)} corpora and features."
        )
    return Claim(
        "A split that keeps speakers apart shifts the distribution of features from train to test;"
        " one that mixes speakers does not.",
        SOURCE,
        holds,
        f"{told} Far is a p below {settings.significance:g} with an MMD above {settings.effect:g}.",
    )


def _counted(shifts: Sequence[Shift], settings: "Settings") -> str:
    mmds = [one.mmd for one in shifts]
    significant = sum(one.p < settings.significance for one in shifts)
    return (
        f"{sum(one.far for one in shifts)} of {len(shifts)} test parts far, {significant} with so"
        f" small a p, MMD {min(mmds):.2f} to {max(mmds):.2f}"
    )


def shifts_table(shifts: Sequence[Shift], left_out: Sequence[str], settings: "Settings") -> Table:
    """The distance of each test part from its train part, and what was left out."""
    columns = (
        "corpus, features, split, speakers, MMD, p, far, Hellinger, Wasserstein-1, train, test,"
        " width"
    )
    rows: list[list[Cell]] = [
        [
            one.data.corpus,
            one.data.features,
            one.data.split,
            {True: "apart", False: "mixed", None: None}[one.apart],
            f"{one.mmd:.3f}",
            f"{one.p:.3f}",
            "far" if one.far else "",
            f"{one.hellinger:.3f}",
            f"{one.wasserstein:.3f}",
            one.train,
            one.test,
            one.width,
        ]
        for one in shifts
    ]
    omitted = f" Left out: {', '.join(dict.fromkeys(left_out))}." if left_out else ""
    return Table(
        "Test parts from their train parts",
        columns.split(", "),
        rows,
        "Of each item its mean row (over frames, or layers), standardised by train; of larger parts"
        f" {settings.items} items drawn by chance. Hellinger distances of fitted normal"
        " distributions and Wasserstein-1 distances are means over the features; MMD is of all at"
        " once, by a Gaussian kernel as wide as the median distance, p by"
        f" {settings.permutations} permutations of items. Of folds: means, and twice the mean p,"
        " which is valid however folds depend on each other. Far is p below"
        f" {settings.significance:g} with an MMD above {settings.effect:g}: one test in"
        f" {1 / settings.significance:g} of parts that are alike has so small a p.{omitted}",
    )


def shifts_heat(shifts: Sequence[Shift]) -> Heat:
    """The MMD of each split of a corpus by each of its features."""
    rows = list(dict.fromkeys((one.data.corpus, one.data.split) for one in shifts))
    columns = list(dict.fromkeys(one.data.features for one in shifts))
    mmd = {(one.data.corpus, one.data.split, one.data.features): one.mmd for one in shifts}
    values = [[mmd.get((*row, column)) for column in columns] for row in rows]
    return Heat("MMD of test from train", [" ".join(row) for row in rows], columns, values)
