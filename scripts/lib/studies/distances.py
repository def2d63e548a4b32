"""Distances between distributions: by formula, from samples, and of test parts from train."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, MinLen
from numpy.typing import NDArray

from scripts.lib import distances
from scripts.lib.distances import BY_FORMULA, Normal, Vector
from scripts.lib.folds import Part
from scripts.lib.settings import Positive, PositiveNumber, Share, settings
from scripts.lib.studies.findings import Cell, Claim, Findings, Flag, Heat, Plot, Series, Table
from scripts.lib.studies.material import Data, Material

SOURCE = "theory report, distances between distributions"
PAIRS = {
    "N(0, 1) to N(1, 1)": (Normal(0, 1), Normal(1, 1)),
    "N(0, 1) to N(1, 1.5)": (Normal(0, 1), Normal(1, 1.5)),
}
"""What samples are drawn from, by means and deviations."""
DRAWN = "N(0, 1) to N(1, 1.5)"
"""The pair that the figures show."""
BY_CHANCE = 1000
"""Pairs of normal distributions drawn to try inequalities on."""
ROUNDING = 1e-9
"""Differences below it are those of rounding."""
FEWEST = 8
"""Parts of fewer items are not compared."""
Way = Literal["histogram", "kernel density", "sample"]
STILL = 1e-6
"""Features that vary less are left out: each clip was normalised, and their means are 0."""


@settings
class Settings:
    """Pairs of normal distributions, and the parts of splits."""

    kind: Literal["distances"]
    """Distances between distributions."""
    data: list[Data] | Literal["selected"] = "selected"
    """Whose test parts are compared with train: `selected` is all that the selected
    classifications use."""
    sizes: Annotated[list[Annotated[int, Ge(8)]], MinLen(2)] = field(
        default_factory=lambda: [30, 100, 300, 1000]
    )
    """Observations of a sample, growing."""
    repeats: Annotated[int, Ge(2)] = 20
    """Samples of each size."""
    items: Annotated[int, Ge(FEWEST)] = 300
    """Items of a part at most; of larger ones so many are drawn."""
    permutations: Positive = 500
    """Permutations of a test."""
    significance: Share = 0.01
    """A test part lies far from train where p is below this ..."""
    effect: PositiveNumber = 0.1
    """... and MMD above this: 0.1 is what a shift of every feature by some fifth of its deviation
    makes of normal features, however many there are."""
    seed: Annotated[int, Ge(0)] = 1


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    announce: Callable[[str], None],
) -> Findings:
    """Estimate what formulas give, try inequalities, compare parts."""
    estimates = [
        estimate
        for name in PAIRS
        for estimate in estimated(name, settings.sizes, settings.repeats, settings.seed)
    ]
    shifts, left_out = [], []
    for material in materials:
        announce(f"{material.data.corpus} {material.data.features} {material.data.split}")
        found = shift(material, settings)
        if isinstance(found, Shift):
            shifts.append(found)
        else:
            left_out.append(f"{material.data.corpus} {material.data.features} ({found})")
    tables = [_table_of_estimates(pair, estimates, settings) for pair in PAIRS]
    figures: list[Plot | Heat] = _plots(estimates)
    if shifts:
        tables.append(_table_of_shifts(shifts, left_out, settings))
        figures.append(_heat(shifts))
    return Findings(
        title="Distances between distributions",
        method=(
            f"Samples of {settings.sizes[0]:,} to {settings.sizes[-1]:,} observations, each"
            f" {settings.repeats} times, of two pairs of normal distributions whose distances have"
            f" a formula; {BY_CHANCE:,} further pairs to try inequalities on. Then the test part"
            " of each split against its train part: the mean rows of items, standardised by"
            " train."
        ),
        claims=[
            _approach(estimates, settings),
            *_inequalities(settings.seed),
            _splits(shifts, settings),
        ],
        tables=tables,
        figures=figures,
        flags=[shift.flag() for shift in shifts if shift.far],
    )


# By formula and from samples.


@dataclass(frozen=True)
class Estimate:
    """A distance of a pair as samples give it."""

    pair: str
    distance: str
    way: Way
    sizes: Sequence[int]
    values: Vector
    """Shape (sizes, repeats)."""

    @property
    def formula(self) -> float:
        """What the formula gives."""
        return BY_FORMULA[self.distance](*PAIRS[self.pair])

    @property
    def errors(self) -> Vector:
        """Root mean square error at each size, as a share of what the formula gives."""
        errors: Vector = np.sqrt(((self.values / self.formula - 1) ** 2).mean(axis=1))
        return errors


def estimated(pair: str, sizes: Sequence[int], repeats: int, seed: int) -> list[Estimate]:
    """Every distance of a pair, from samples of each size, `repeats` times."""
    random, (p, q) = np.random.default_rng(seed), PAIRS[pair]
    found = [
        _from_samples(random.normal(*p, size), random.normal(*q, size))
        for size in sizes
        for _ in range(repeats)
    ]
    return [
        Estimate(pair, distance, way, sizes, np.reshape([one[key] for one in found], (-1, repeats)))
        for key in found[0]
        for way, distance in [key]
    ]


def _from_samples(x: Vector, y: Vector) -> dict[tuple[Way, str], float]:
    ways: dict[Way, dict[str, float]] = {
        "histogram": distances.between_masses(*distances.histograms(x, y)),
        "kernel density": distances.between_masses(*distances.kernel_densities(x, y)),
        "sample": {
            "Wasserstein-1": float(distances.sample_wasserstein(x, y, 1)),
            "Wasserstein-2": float(distances.sample_wasserstein(x, y, 2)),
            "MMD²": distances.sample_mmd_squared(x[:, None], y[:, None]),
        },
    }
    return {(way, name): value for way, told in ways.items() for name, value in told.items()}


def _approach(estimates: Sequence[Estimate], settings: Settings) -> Claim:
    """Whether errors fall from the smallest samples to the largest."""
    first, last = (np.array([e.errors[n] for e in estimates]) for n in (0, -1))
    worst = estimates[int(last.argmax())]
    fell = last < first
    stayed = [
        f"{e.distance} by {e.way}, {e.pair}" for e, nearer in zip(estimates, fell) if not nearer
    ]
    return Claim(
        "A distance between distributions can be estimated from samples, and the estimate comes"
        " nearer to the true distance as the samples grow.",
        SOURCE,
        not stayed,
        f"{fell.sum()} of {len(estimates)} estimates have a smaller root mean square error at"
        f" {settings.sizes[-1]:,} observations than at {settings.sizes[0]}: the median falls from"
        f" {np.median(first):.0%} to {np.median(last):.1%}. The farthest off at the end is"
        f" {worst.distance} by {worst.way}, by {last.max():.0%} ({worst.pair})."
        + (f" Not nearer: {'; '.join(stayed)}." if stayed else ""),
    )


def _inequalities(seed: int) -> list[Claim]:
    """Claims about normal distributions of any means and deviations, on pairs by chance."""
    random = np.random.default_rng(seed)
    means = random.uniform(-2, 2, (BY_CHANCE, 2))
    deviations = np.exp(random.uniform(-1, 1, (BY_CHANCE, 2)))
    pairs = [(Normal(*p), Normal(*q)) for p, q in np.stack([means, deviations], axis=2).tolist()]
    there, back = (
        {name: np.array([f(*pair[::way]) for pair in pairs]) for name, f in BY_FORMULA.items()}
        for way in (1, -1)
    )
    symmetric = ("Hellinger", "total variation")
    apart = {name: np.abs(there[name] - back[name]) for name in (*symmetric, "Kullback-Leibler")}
    largest = max(apart[name].max() for name in symmetric)
    directed = (apart["Kullback-Leibler"] > ROUNDING).mean()
    directions = np.stack([there["Kullback-Leibler"], back["Kullback-Leibler"]])
    ratio = np.median(directions.max(axis=0) / directions.min(axis=0))
    variation, hellinger = there["total variation"], there["Hellinger"]
    above, below = variation - hellinger**2, sqrt(2) * hellinger - variation
    nearest = min(above.min(), below.min())
    divergence = there["Kullback-Leibler"]
    pinsker = np.sqrt(divergence / 2) - variation
    logarithm = np.log1p(there["chi-squared"]) - divergence
    finite = np.isfinite(there["chi-squared"]).sum()
    return [
        Claim(
            "The Kullback-Leibler divergence depends on the direction; Hellinger distance and"
            " total variation do not.",
            SOURCE,
            bool(largest < ROUNDING and directed > 0.99),
            f"Of {BY_CHANCE:,} pairs {directed:.1%} have a divergence that differs by direction, in"
            f" the median by a factor of {ratio:.2g}; the others' by {largest:.0e} at most.",
        ),
        Claim(
            "Total variation lies between H² and √2 H of the Hellinger distance H (Le Cam).",
            SOURCE,
            bool(nearest > -ROUNDING),
            f"On {BY_CHANCE:,} pairs the nearest that it comes to either bound is {nearest:.1g}.",
        ),
        Claim(
            "Total variation is at most √(KL / 2) (Pinsker), and the divergence KL at most"
            " log(1 + chi-squared).",
            SOURCE,
            bool(min(pinsker.min(), logarithm.min()) > -ROUNDING),
            f"The least that is left on {BY_CHANCE:,} pairs is {pinsker.min():.1g} and"
            f" {logarithm.min():.1g}; chi-squared is finite on {finite:,} of them.",
        ),
    ]


def _table_of_estimates(pair: str, estimates: Sequence[Estimate], settings: Settings) -> Table:
    rows: list[list[Cell]] = [
        [
            e.distance,
            e.way,
            e.formula,
            *(f"{row.mean():.3f} ± {row.std(ddof=1):.3f}" for row in e.values),
        ]
        for e in estimates
        if e.pair == pair
    ]
    return Table(
        f"{pair}, by formula and from samples",
        ["distance", "estimated by", "formula", *(f"n = {n:,}" for n in settings.sizes)],
        rows,
        f"Mean and standard deviation over {settings.repeats} samples; N(mean, deviation). MMD² by"
        " a Gaussian kernel of bandwidth 1, without bias. Histograms and kernel densities (by"
        " Silverman's rule) are put into the definitions.",
    )


def _plots(estimates: Sequence[Estimate]) -> list[Plot | Heat]:
    titles = {
        "histogram": "From histograms",
        "kernel density": "From kernel densities",
        "sample": "From the samples themselves",
    }
    plots: list[Plot | Heat] = []
    for way, title in titles.items():
        shown = [e for e in estimates if e.way == way and e.pair == DRAWN]
        series = [
            Series(
                e.distance,
                # A little beside each other, for error bars to be seen.
                [size * 1.06 ** (n - (len(shown) - 1) / 2) for size in e.sizes],
                (e.values.mean(axis=1) / e.formula).tolist(),
                (e.values.std(axis=1, ddof=1) / e.formula).tolist(),
            )
            for n, e in enumerate(shown)
        ]
        sizes = estimates[0].sizes
        even = Series("formula", [sizes[0], sizes[-1]], [1.0, 1.0], look="dashes")
        named = f"{title}: {DRAWN}"
        plots.append(Plot(named, "observations", "estimate / formula", [*series, even], log_x=True))
    return plots


# The parts of splits.


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


def shift(material: Material, settings: Settings) -> Shift | str:
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
    hellinger = float(np.mean([distances.hellinger(p, q) for p, q in zip(*fitted)]))
    wasserstein = float(distances.sample_wasserstein(x, y, 1).mean())
    bandwidth = distances.median_bandwidth(x, y)
    square, p = distances.permutation_test(x, y, bandwidth, permutations, random)
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


def _splits(shifts: Sequence[Shift], settings: Settings) -> Claim:
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


def _counted(shifts: Sequence[Shift], settings: Settings) -> str:
    mmds = [one.mmd for one in shifts]
    significant = sum(one.p < settings.significance for one in shifts)
    return (
        f"{sum(one.far for one in shifts)} of {len(shifts)} test parts far, {significant} with so"
        f" small a p, MMD {min(mmds):.2f} to {max(mmds):.2f}"
    )


def _table_of_shifts(shifts: Sequence[Shift], left_out: Sequence[str], settings: Settings) -> Table:
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


def _heat(shifts: Sequence[Shift]) -> Heat:
    rows = list(dict.fromkeys((one.data.corpus, one.data.split) for one in shifts))
    columns = list(dict.fromkeys(one.data.features for one in shifts))
    mmd = {(one.data.corpus, one.data.split, one.data.features): one.mmd for one in shifts}
    values = [[mmd.get((*row, column)) for column in columns] for row in rows]
    return Heat("MMD of test from train", [" ".join(row) for row in rows], columns, values)
