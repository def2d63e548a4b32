"""The distance of the test parts of splits from their training parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from resound.data.folds import Part
from resound.studies.common import divergences
from resound.studies.common.divergences import Normal, Vector
from resound.studies.common.findings import Cell, Claim, Flag, Heatmap, Source, Table
from resound.studies.common.material import Data, Material
from resound.studies.distances.settings import MIN_ITEMS, Settings

SOURCE = Source("ours", "distances applied to the splits of this pipeline")
CONSTANT = 1e-6
"""Features with a smaller standard deviation are left out: the means of clips that were normalised
one by one are all 0."""


@dataclass(frozen=True)
class Shift:
    """The distance of a test part from its training part; means over folds."""

    data: Data
    speakers_apart: bool | None
    """Whether no speaker, or no group, has items in both parts; None where neither is known."""
    train: int
    test: int
    width: int
    hellinger: float
    wasserstein: float
    mmd: float
    p: float
    shifted: bool

    def flag(self) -> Flag:
        """Return the warning about experiments on this split."""
        text = f"The test part is far from the training part: MMD {self.mmd:.2f}, p {self.p:.3f}"
        return Flag(self.data.corpus, self.data.features, self.data.split, text)


def measure_shift(material: Material, settings: Settings) -> Shift | str:
    """Return the shift between train and test parts, or a phrase why it has no meaning.

    Hellinger and Wasserstein-1 distances are means over features, the former between normal
    distributions fitted to each; MMD is computed on all features at once. With several folds the
    distances are averaged, and p is twice the mean of their p-values, which is valid under any
    dependence (Vovk and Wang, "Combining p-values via averaging", 2020).
    """
    matrix = material.features.matrix
    if not np.issubdtype(matrix.dtype, np.floating):
        return "tokens"
    if matrix.shape[1] == 1:
        return "samples"
    distances, sizes = [], []
    for parts in material.folds.values():
        train, test = _unique_items(parts, "train"), _unique_items(parts, "test")
        if min(len(train), len(test)) < MIN_ITEMS:
            return "too few items"
        random = np.random.default_rng(settings.seed)
        x, y = (
            material.means(_sample(items, settings.max_items, random)).astype(np.float64)
            for items in (train, test)
        )
        varying = x.std(axis=0) > CONSTANT
        if not varying.any():
            return "means that are all the same"
        distances.append(_compare(x[:, varying], y[:, varying], settings.permutations, random))
        sizes.append((len(train), len(test)))
    hellinger, wasserstein, mmd, p = np.mean(distances, axis=0).tolist()
    p = min(1.0, 2 * p) if len(distances) > 1 else p
    train_size, test_size = (round(size) for size in np.mean(sizes, axis=0))
    return Shift(
        data=material.data,
        speakers_apart=_speakers_apart(material),
        train=train_size,
        test=test_size,
        width=matrix.shape[1],
        hellinger=hellinger,
        wasserstein=wasserstein,
        mmd=mmd,
        p=p,
        shifted=p < settings.significance and mmd > settings.min_mmd,
    )


def _unique_items(parts: Mapping[Part, NDArray[np.intp]], part: Part) -> NDArray[np.intp]:
    """Return the items of a part without copies, which would increase the distance."""
    return np.unique(parts.get(part, np.array([], np.intp)))


def _sample(
    items: NDArray[np.intp], max_items: int, random: np.random.Generator
) -> NDArray[np.intp]:
    return random.choice(items, min(len(items), max_items), replace=False)


def _compare(
    x: Vector, y: Vector, permutations: int, random: np.random.Generator
) -> tuple[float, float, float, float]:
    """Return the mean Hellinger and Wasserstein-1 distances of columns, MMD and its p-value."""
    mean, std = x.mean(axis=0), x.std(axis=0)
    x, y = (x - mean) / std, (y - mean) / std
    normals = [[Normal.fit(column) for column in rows.T] for rows in (x, y)]
    hellinger = float(np.mean([divergences.hellinger(p, q) for p, q in zip(*normals)]))
    wasserstein = float(divergences.sample_wasserstein(x, y, 1).mean())
    bandwidth = divergences.median_bandwidth(x, y)
    square, p = divergences.permutation_test(x, y, bandwidth, permutations, random)
    return hellinger, wasserstein, sqrt(max(0.0, square)), p


def _speakers_apart(material: Material) -> bool | None:
    """Return whether no speaker, or no group, is in both parts of a fold; None if unknown."""
    mixed = []
    for name in ("speaker", "group"):
        folds = [
            [set(material.column(name, _unique_items(parts, part))) for part in ("train", "test")]
            for parts in material.folds.values()
        ]
        # Items without a speaker or group have an empty name.
        if name in material.table and not any("" in names for fold in folds for names in fold):
            mixed.append(any(train & test for train, test in folds))
    return not all(mixed) if mixed else None


def splits_claim(shifts: Sequence[Shift], settings: Settings) -> Claim:
    """Compare splits of one corpus with the same features, where there are splits of both kinds.

    The verdict is true where all splits that keep speakers apart are shifted and no other is; false
    where none of the former is shifted, or all of the latter are; else open.
    """
    kinds: dict[tuple[str, str], dict[bool | None, list[Shift]]] = {}
    for shift in shifts:
        of_corpus = kinds.setdefault((shift.data.corpus, shift.data.features), {})
        of_corpus.setdefault(shift.speakers_apart, []).append(shift)
    pairs = [(kind[True], kind[False]) for kind in kinds.values() if kind.keys() >= {True, False}]
    apart, mixed = ([shift for pair in pairs for shift in pair[n]] for n in (0, 1))
    verdict = None
    evidence = "No corpus here is split both ways with the same features."
    if pairs:
        if all(s.shifted for s in apart) and not any(s.shifted for s in mixed):
            verdict = True
        elif not any(s.shifted for s in apart) or all(s.shifted for s in mixed):
            verdict = False
        farther = sum(min(s.mmd for s in a) > max(s.mmd for s in m) for a, m in pairs)
        evidence = (
            f"Speakers apart: {_summary(apart, settings)}. Mixed: {_summary(mixed, settings)}. The"
            f" former are farther from train in {farther} of {len(pairs)} combinations of corpus"
            " and features."
        )
    return Claim(
        "A split that keeps speakers apart shifts the distribution of features from train to test;"
        " one that mixes speakers does not.",
        SOURCE,
        verdict,
        f"{evidence} A test part is shifted where p is below {settings.significance:g} and MMD is"
        f" above {settings.min_mmd:g}.",
    )


def _summary(shifts: Sequence[Shift], settings: Settings) -> str:
    mmds = [shift.mmd for shift in shifts]
    significant = sum(shift.p < settings.significance for shift in shifts)
    return (
        f"{sum(shift.shifted for shift in shifts)} of {len(shifts)} test parts shifted,"
        f" {significant} significantly, MMD {min(mmds):.2f} to {max(mmds):.2f}"
    )


def shifts_table(shifts: Sequence[Shift], omitted: Sequence[str], settings: Settings) -> Table:
    """Return the distance of each test part from its training part; the note names omitted data."""
    columns = (
        "corpus, features, split, speakers, MMD, p, shifted, Hellinger, Wasserstein-1, train, test,"
        " width"
    )
    rows: list[list[Cell]] = [
        [
            shift.data.corpus,
            shift.data.features,
            shift.data.split,
            {True: "apart", False: "mixed", None: None}[shift.speakers_apart],
            f"{shift.mmd:.3f}",
            f"{shift.p:.3f}",
            "shifted" if shift.shifted else "",
            f"{shift.hellinger:.3f}",
            f"{shift.wasserstein:.3f}",
            shift.train,
            shift.test,
            shift.width,
        ]
        for shift in shifts
    ]
    left_out = f" Left out: {', '.join(dict.fromkeys(omitted))}." if omitted else ""
    return Table(
        "Test parts compared with their training parts",
        columns.split(", "),
        rows,
        "Each item is its mean row (over frames, or layers), standardised by train; of larger parts"
        f" {settings.max_items} items are drawn at random. Hellinger distances of fitted normal"
        " distributions and Wasserstein-1 distances are means over the features. MMD is computed on"
        " all features, by a Gaussian kernel with the median distance as bandwidth; p is from"
        f" {settings.permutations} permutations of items. With several folds: means, and twice the"
        " mean p, which is valid under any dependence of folds. A part is shifted where p is below"
        f" {settings.significance:g} and MMD above {settings.min_mmd:g}: of parts from the same"
        f" distribution one in {1 / settings.significance:g} has such a small p.{left_out}",
    )


def shifts_heatmap(shifts: Sequence[Shift]) -> Heatmap:
    """Return the MMD of each split of a corpus by features."""
    rows = list(dict.fromkeys((shift.data.corpus, shift.data.split) for shift in shifts))
    columns = list(dict.fromkeys(shift.data.features for shift in shifts))
    mmd = {(s.data.corpus, s.data.split, s.data.features): s.mmd for s in shifts}
    values = [[mmd.get((*row, column)) for column in columns] for row in rows]
    names = [" ".join(row) for row in rows]
    return Heatmap("MMD between test and train", names, columns, values)
