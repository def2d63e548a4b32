"""Bringing two distributions of features together, so that a classifier of one serves the other.

The target's features are moved onto the source's; its labels only judge what came of it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Len
from numpy.typing import NDArray

from scripts.lib import distances
from scripts.lib.distances import Vector
from scripts.lib.errors import UserError
from scripts.lib.settings import Natural, PositiveNumber, settings
from scripts.lib.studies.findings import Cell, Claim, Findings, Plot, Series, Table
from scripts.lib.studies.material import Data, Material

SOURCE = "theory report, bringing distributions together"
UNSEEN, CHANNEL = "unseen speakers", "unseen speakers, another channel"
AS_THEY_ARE, CORAL, LEAST_MMD = "as they are", "CORAL", "least MMD"
CASES, MOVES = (UNSEEN, CHANNEL), (AS_THEY_ARE, CORAL, LEAST_MMD)
CONFIDENCE = 0.95


@settings
class Settings:
    """Speakers that train, and others whose features are matched to theirs."""

    kind: Literal["matching"]
    """Matching of two groups of speakers."""
    data: Annotated[list[Data], Len(1, 1)]
    """A corpus that tells its speakers; as many as test in the split are the target."""
    draws: Annotated[int, Ge(2)] = 10
    """Draws of target speakers; the first are those of the split."""
    ridge: PositiveNumber = 0.001
    """What CORAL adds to the diagonals of both covariances; features have deviation 1."""
    items: Annotated[int, Ge(2)] = 200
    """Items of each side at most to minimise and to measure MMD on."""
    channel: PositiveNumber = 1.0
    """Deviation of the constants that another channel adds, in deviations of the features."""
    seed: Natural = 1


@dataclass(frozen=True)
class Outcome:
    """What came of one way of moving in one draw."""

    accuracy: float
    mmd: float


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    announce: Callable[[str], None],
) -> Findings:
    """Move features of unseen speakers in every draw, as they are and by another channel."""
    (material,) = materials
    found: dict[tuple[str, str], list[Outcome]] = {(c, m): [] for c in CASES for m in MOVES}
    for draw, (source, target) in enumerate(divided(material, settings.draws, settings.seed)):
        random = np.random.default_rng([settings.seed, draw])
        scene = Scene(material, source, target)
        constants = random.normal(0, settings.channel, scene.target.shape[1])
        for case, added in zip(CASES, (0.0, constants)):
            outcomes = scene.outcomes(scene.target + added, settings, random)
            for move, outcome in outcomes.items():
                found[case, move].append(outcome)
        announce(f"draw {draw + 1} of {settings.draws}")
    return Findings(
        title="Matching two distributions",
        method=(
            f"Logistic regression learns {material.data.corpus} by"
            f" {material.data.features} from some speakers and judges others; {settings.draws}"
            f" draws of {len(_speakers(material)[1])} target speakers, the first that of"
            f" {material.data.split}. The target's features, all of them and without labels, are"
            " moved onto the source's by CORAL, which gives them the source's means and"
            " covariances, and by a scale and a shift of each feature that make MMD least; then"
            " again after a constant drawn by chance is added to each feature, as another recording"
            " channel adds to cepstra."
        ),
        claims=[_nearer(found), _served(found, CHANNEL), _served(found, UNSEEN)],
        tables=[_table(found, settings)],
        figures=[_plot(found, case) for case in CASES],
    )


# Ways to move features.


def coral(target: Vector, source: Vector, ridge: float) -> Vector:
    """Correlation alignment: `target` (items, width) with the mean and covariance of `source`.

    Whitened by its own covariance, coloured by the other's (Sun, Feng and Saenko, "Return of
    frustratingly easy domain adaptation", 2016). The paper moves the source and trains on it; an
    affine map may as well go the other way, and one classifier serves any number of targets.
    """
    own, others = (
        np.cov(part, rowvar=False) + ridge * np.eye(part.shape[1]) for part in (target, source)
    )
    moved: Vector = (target - target.mean(axis=0)) @ _power(own, -0.5) @ _power(others, 0.5)
    moved += source.mean(axis=0)
    return moved


def least_mmd(target: Vector, source: Vector, items: int, random: np.random.Generator) -> Vector:
    """`target` after the scale and the shift of each column that make MMD to `source` least.

    By a Gaussian kernel as wide as the median distance, on `items` rows of each at most; found by
    L-BFGS from where the features are.
    """
    from scipy.optimize import minimize

    x, y = (_some(part, items, random) for part in (target, source))
    bandwidth = distances.median_bandwidth(x, y)
    start = np.concatenate([np.ones(x.shape[1]), np.zeros(x.shape[1])])
    least = minimize(mmd_and_gradient, start, (x, y, bandwidth), jac=True, method="L-BFGS-B")
    scale, offset = np.split(least.x, 2)
    moved: Vector = target * scale + offset
    return moved


def mmd_and_gradient(
    scale_and_shift: Vector, x: Vector, y: Vector, bandwidth: float
) -> tuple[float, Vector]:
    """MMD^2 of x, scaled and shifted, to y, without y's own term; and its gradient.

    The kernel k(u, v) has the gradient k (v - u) / bandwidth^2 by u.
    """
    from scipy.spatial.distance import cdist

    scale, offset = np.split(scale_and_shift, 2)
    moved = x * scale + offset
    to_own, to_other = (
        np.exp(cdist(moved, others, "sqeuclidean") / (-2 * bandwidth**2)) / others.shape[0]
        for others in (moved, y)
    )
    value = to_own.sum(axis=1).mean() - 2 * to_other.sum(axis=1).mean()
    pulls = to_own @ moved - to_own.sum(axis=1, keepdims=True) * moved
    pulls -= to_other @ y - to_other.sum(axis=1, keepdims=True) * moved
    pulls *= 2 / (len(x) * bandwidth**2)
    return float(value), np.concatenate([(pulls * x).sum(axis=0), pulls.sum(axis=0)])


def _power(covariance: Vector, exponent: float) -> Vector:
    values, vectors = np.linalg.eigh(covariance)
    power: Vector = (vectors * values**exponent) @ vectors.T
    return power


def _some(rows: Vector, count: int, random: np.random.Generator) -> Vector:
    return rows[random.choice(len(rows), min(len(rows), count), replace=False)]


# Speakers that train, others that are judged.


def divided(
    material: Material, draws: int, seed: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Items of the source's speakers and of the target's; the first draw is the split's."""
    items = np.unique(np.concatenate([material.parts["train"], material.parts["test"]]))
    speakers = material.column("speaker", items)
    everyone, held_out = _speakers(material)
    random = np.random.default_rng(seed)
    for draw in range(draws):
        chosen = random.choice(everyone, len(held_out), replace=False) if draw else held_out
        target = np.isin(speakers, chosen)
        yield items[~target], items[target]


def _speakers(material: Material) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """All speakers that train or test, and those that test in the split."""
    parts, corpus = material.parts, material.data.corpus
    if not all(len(parts.get(part, ())) for part in ("train", "test")):
        raise UserError(f"matching needs a split with train and test parts, unlike {corpus}'s")
    train, test = (np.unique(material.column("speaker", parts[part])) for part in ("train", "test"))
    if np.intersect1d(train, test).size:
        raise UserError(
            f"matching needs a split that keeps speakers apart; {material.data.split} of {corpus}"
            " does not, or the corpus tells none: choose one of `kind: grouped`, `by: speaker`"
        )
    return np.union1d(train, test), test


class Scene:
    """A classifier of the source's speakers, and the target's features, standardised by source."""

    def __init__(
        self, material: Material, source: NDArray[np.intp], target: NDArray[np.intp]
    ) -> None:
        from sklearn.linear_model import LogisticRegression

        rows = material.means(source)
        mean, deviation = rows.mean(axis=0), rows.std(axis=0)
        moving = deviation > 0
        self.source, self.target = (
            ((part - mean) / deviation)[:, moving] for part in (rows, material.means(target))
        )
        self._labels = material.labels(target)
        self._model: Any = LogisticRegression(max_iter=1000)
        self._model.fit(self.source, material.labels(source))

    def outcomes(
        self, target: Vector, settings: Settings, random: np.random.Generator
    ) -> dict[str, Outcome]:
        """What comes of each way to move the target's features, shape (items, width)."""
        moved = {
            AS_THEY_ARE: target,
            CORAL: coral(target, self.source, settings.ridge),
            LEAST_MMD: least_mmd(target, self.source, settings.items, random),
        }
        # The same rows and the same kernel for all, so that their distances compare.
        source = _some(self.source, settings.items, random)
        rows = random.choice(len(target), min(len(target), settings.items), replace=False)
        bandwidth = distances.median_bandwidth(target[rows], source)
        return {
            move: Outcome(
                float((self._model.predict(features) == self._labels).mean()),
                sqrt(max(0.0, distances.sample_mmd_squared(features[rows], source, bandwidth))),
            )
            for move, features in moved.items()
        }


# What the page tells.

_Found = dict[tuple[str, str], list[Outcome]]


def _accuracies(found: _Found, case: str, move: str) -> Vector:
    return np.array([outcome.accuracy for outcome in found[case, move]])


def _mmds(found: _Found, case: str, move: str) -> Vector:
    return np.array([outcome.mmd for outcome in found[case, move]])


def _nearer(found: _Found) -> Claim:
    before = {case: _mmds(found, case, AS_THEY_ARE).mean() for case in CASES}
    after = {(c, m): _mmds(found, c, m).mean() for c in CASES for m in (CORAL, LEAST_MMD)}
    told = "; ".join(
        f"{case}: {before[case]:.3f} before, "
        + ", ".join(f"{after[case, move]:.3f} by {move}" for move in (CORAL, LEAST_MMD))
        for case in CASES
    )
    return Claim(
        "Two distributions of features can be brought together by minimising a distance between"
        " them, without labels.",
        SOURCE,
        all(value <= before[case] for (case, _), value in after.items()),
        f"Mean MMD of target and source, {told}.",
    )


def _served(found: _Found, case: str) -> Claim:
    """Whether accuracy rises: yes if by all ways, no if it falls by one, else open."""
    gains = {
        move: _accuracies(found, case, move) - _accuracies(found, case, AS_THEY_ARE)
        for move in (CORAL, LEAST_MMD)
    }
    halves = {move: _half_interval(gain) for move, gain in gains.items()}
    rises = all(gain.mean() > halves[move] for move, gain in gains.items())
    falls = any(gain.mean() < -halves[move] for move, gain in gains.items())
    told = " and ".join(
        f"{100 * gain.mean():+.1f} ± {100 * halves[move]:.1f} points by {move}"
        for move, gain in gains.items()
    )
    before = _accuracies(found, case, AS_THEY_ARE).mean()
    return Claim(
        f"Matching the distributions makes a classifier of one serve the other ({case}).",
        SOURCE,
        True if rises else False if falls else None,
        f"Accuracy on the target is {before:.1%} before, and changes by {told}"
        f" ({CONFIDENCE:.0%} interval over {len(gains[CORAL])} draws).",
    )


def _half_interval(gains: Vector) -> float:
    """Half a t interval of a mean."""
    from scipy.stats import t

    error = gains.std(ddof=1) / sqrt(len(gains))
    return float(t.ppf(0.5 + CONFIDENCE / 2, len(gains) - 1) * error)


def _table(found: _Found, settings: Settings) -> Table:
    rows: list[list[Cell]] = []
    for (case, move), outcomes in found.items():
        accuracies, mmds = _accuracies(found, case, move), _mmds(found, case, move)
        rows.append(
            [
                case,
                move,
                f"{accuracies.mean():.1%} ± {100 * accuracies.std(ddof=1):.1f}",
                f"{mmds.mean():.3f} ± {mmds.std(ddof=1):.3f}",
                f"{outcomes[0].accuracy:.1%}",
            ]
        )
    return Table(
        "Accuracy on the target, and its distance from the source",
        ["target", "features", "accuracy", "MMD", "accuracy in the split's own draw"],
        rows,
        f"Mean and standard deviation over {settings.draws} draws of speakers. Draws share"
        " speakers, so that intervals over them are somewhat too narrow.",
    )


def _plot(found: _Found, case: str) -> Plot:
    return Plot(
        f"Distance and accuracy: {case}",
        "MMD of target and source",
        "accuracy on the target",
        [
            Series(
                move,
                _mmds(found, case, move).tolist(),
                _accuracies(found, case, move).tolist(),
                look="dots",
            )
            for move in MOVES
        ],
    )
