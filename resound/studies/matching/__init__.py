"""Bringing two distributions of features together, so that a classifier of one serves the other.

The target's features are moved onto the source's; its labels only judge what came of it.
"""

from collections.abc import Callable, Iterator, Sequence
from math import sqrt
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Len
from numpy.typing import NDArray

from resound.errors import UserError
from resound.settings import Natural, PositiveNumber, settings
from resound.studies.common import divergences
from resound.studies.common.divergences import Vector
from resound.studies.common.findings import Findings
from resound.studies.common.material import Data, Material
from resound.studies.matching.findings import (
    AS_THEY_ARE,
    CASES,
    CHANNEL,
    CORAL,
    LEAST_MMD,
    MOVES,
    UNSEEN,
    Found,
    Outcome,
    nearer,
    plot,
    served,
    table,
)
from resound.studies.matching.moves import coral, least_mmd, some


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


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Callable[[str], None],
) -> Findings:
    """Move features of unseen speakers in every draw, as they are and by another channel."""
    (material,) = materials
    found: Found = {(c, m): [] for c in CASES for m in MOVES}
    for draw, (source, target) in enumerate(divided(material, settings.draws, settings.seed)):
        random = np.random.default_rng([settings.seed, draw])
        scene = Scene(material, source, target)
        constants = random.normal(0, settings.channel, scene.target.shape[1])
        for case, added in zip(CASES, (0.0, constants)):
            outcomes = scene.outcomes(scene.target + added, settings, random)
            for move, outcome in outcomes.items():
                found[case, move].append(outcome)
        progress(f"draw {draw + 1} of {settings.draws}")
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
        claims=[nearer(found), served(found, CHANNEL), served(found, UNSEEN)],
        tables=[table(found)],
        figures=[plot(found, case) for case in CASES],
    )


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
            " does not, or the corpus tells none: choose one of `kind: grouped`, `group_by: speaker`"
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
        source = some(self.source, settings.items, random)
        rows = random.choice(len(target), min(len(target), settings.items), replace=False)
        bandwidth = divergences.median_bandwidth(target[rows], source)
        return {
            move: Outcome(
                float((self._model.predict(features) == self._labels).mean()),
                sqrt(max(0.0, divergences.sample_mmd_squared(features[rows], source, bandwidth))),
            )
            for move, features in moved.items()
        }
