"""Draws of the items or groups of a corpus for the parts of a split."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resound.data.folds import Part, ScoredPart
from resound.data.splits import Split
from resound.errors import UserError


def draw_parts(split: Split, groups: Sequence[str], labels: Sequence[str] = ()) -> list[Part]:
    """Draw the part of each item of a `random` or `grouped` split.

    `groups` are the speakers or groups of the items (ignored by `random`), `labels` their classes
    (only used by `stratify`). The parts equal those of scikit-learn's `train_test_split` and
    `GroupShuffleSplit`. Raises UserError if there are too few items or groups.
    """
    drawer = Drawer(split, np.asarray(groups), np.asarray(labels))
    parts = np.full(len(groups), "train", dtype=object)
    remaining = np.arange(len(groups))
    fractions: list[tuple[ScoredPart, float]] = [
        ("test", split.test),
        ("validation", split.validation),
    ]
    for part, fraction in fractions:
        if fraction:
            remaining, drawn = drawer.draw(remaining, fraction, part)
            parts[drawn] = part
    return list(parts)


def draw_group_folds(
    split: Split, groups: Sequence[str], labels: Sequence[str]
) -> dict[str, list[Part]]:
    """Draw the part of each item in each of `split.folds` folds, which are named from 1 on.

    Each group is in the test part of one fold, as in scikit-learn's `StratifiedGroupKFold`; with as
    many folds as groups, each fold leaves one out. The validation part is drawn from the remaining
    groups. Raises UserError if there are too few groups for the folds, or for the validation part
    of one of them.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    assert split.folds is not None
    count = len(set(groups))
    if count < split.folds:
        raise UserError(
            f"{split.folds} folds need at least {split.folds} {split.group_by}s, but the corpus"
            f" has {count}; use fewer folds"
        )
    drawer = Drawer(split, np.asarray(groups), np.asarray(labels))
    splitter = StratifiedGroupKFold(split.folds, shuffle=True, random_state=split.seed)
    folds = {}
    for number, (remaining, test) in enumerate(splitter.split(labels, labels, groups), 1):
        parts = np.full(len(groups), "train", dtype=object)
        parts[test] = "test"
        if split.validation:
            if len(left := sorted(set(drawer.groups[remaining]))) < 2:
                raise UserError(
                    f"fold {number} tests all {split.group_by}s but {left[0] or 'unnamed'}, which"
                    " leaves none for the validation part: use `validation: 0`, or a corpus with"
                    f" more {split.group_by}s"
                )
            parts[drawer.draw(remaining, split.validation, "validation")[1]] = "validation"
        folds[str(number)] = list(parts)
    return folds


def draw_copies(labels: Sequence[str], seed: int) -> list[int]:
    """Draw the items to duplicate so that every class is as large as the largest."""
    random, names = np.random.default_rng(seed), np.asarray(labels)
    largest = max(Counter(labels).values())
    copies = []
    for label in sorted(set(labels)):
        members = np.flatnonzero(names == label)
        copies += random.choice(members, largest - len(members)).tolist()
    return copies


@dataclass(frozen=True)
class Drawer:
    """Draws parts at random: items, or whole groups of items."""

    split: Split
    groups: NDArray[np.str_]
    labels: NDArray[np.str_]

    def draw(
        self, items: NDArray[np.intp], fraction: float, part: str
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Divide `items` into the remaining ones and the drawn ones.

        Raises UserError if one of them would be empty.
        """
        from sklearn.model_selection import GroupShuffleSplit, train_test_split

        split, groups = self.split, self.groups
        unit, count = ("item", len(items))
        if split.group_by:
            unit, count = (split.group_by, len(set(groups[items])))
        if count < 2:
            names = f" ({groups[items][0] or 'unnamed'})" if split.group_by and count else ""
            alternative = ", or `kind: random`" if split.kind == "grouped" else ""
            raise UserError(
                f"a {split.kind} split cannot draw the {part} part from only {count} {unit}{names}:"
                f" it needs at least two; use a corpus with more {unit}s{alternative}"
            )
        if split.stratify:
            self._check_strata(items, fraction, part)
        try:
            if not split.group_by:
                strata = self.labels[items] if split.stratify else None
                remaining, drawn = train_test_split(
                    items, test_size=fraction, random_state=split.seed, stratify=strata
                )
                return remaining, drawn
            drawer = GroupShuffleSplit(n_splits=1, test_size=fraction, random_state=split.seed)
            remaining, drawn = next(drawer.split(items, groups=groups[items]))
            return items[remaining], items[drawn]
        except ValueError as error:
            raise UserError(
                f"{part}: the fraction {fraction} of {count} {unit}s leaves a part or a class empty"
                f" ({error}); choose another fraction"
            ) from error

    def _check_strata(self, items: NDArray[np.intp], fraction: float, part: str) -> None:
        """Raise UserError if a stratified draw cannot have items of every class."""
        counts = Counter(self.labels[items].tolist())
        label, least = min(counts.items(), key=lambda entry: (entry[1], entry[0]))
        if least < 2:
            raise UserError(
                f"a stratified split cannot draw the {part} part: the class '{label}' has only one"
                f" item left; leave the class out with `exclude_classes: [{label}]`, or use"
                " `stratify: false`"
            )
        drawn = math.ceil(fraction * len(items))
        if min(drawn, len(items) - drawn) < len(counts):
            raise UserError(
                f"a stratified split cannot draw the {part} part: the fraction {fraction} of"
                f" {len(items)} items leaves a part with fewer items than there are classes"
                f" ({len(counts)}); choose a larger fraction, or use `stratify: false`"
            )
