"""Splits: which item trains, validates and tests; by chance, or with speakers kept apart."""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Lt
from numpy.typing import NDArray

from scripts.lib.errors import UserError
from scripts.lib.settings import Natural, Share, settings

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")


@settings
class Split:
    """How a corpus is divided."""

    kind: Literal["random", "grouped"]
    """`random` draws items; `grouped` draws whole speakers or groups, so none is on two sides."""
    by: Literal["speaker", "group"] | None = None
    """What `grouped` keeps together."""
    test: Share = 0.2
    """Share of the items (or of the speakers) that test."""
    validation: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Share of the rest that is held out to select on."""
    seed: Natural = 42
    """Where the draw begins; the test part does not depend on `validation`."""

    def problem(self) -> str | None:
        """What is wrong with these settings together, if anything."""
        if self.kind == "grouped" and self.by is None:
            return "a grouped split needs `by`: speaker or group"
        if self.kind == "random" and self.by is not None:
            return "a random split keeps nothing together: drop `by`, or say `kind: grouped`"
        return None


def parts_of(split: Split, groups: Sequence[str]) -> list[Part]:
    """The part of each item; `groups` names the speaker or group of each (any for `random`).

    Parts are drawn as scikit-learn's `train_test_split` and `GroupShuffleSplit` draw them. Raises
    UserError where there are too few items or groups to give each part one.
    """
    parts = np.full(len(groups), "train", dtype=object)
    rest = np.arange(len(groups))
    shares: list[tuple[Part, float]] = [("test", split.test), ("validation", split.validation)]
    for part, share in shares:
        if share:
            rest, drawn = _draw(split, np.asarray(groups), rest, share, part)
            parts[drawn] = part
    return list(parts)


def _draw(
    split: Split, groups: NDArray[np.str_], items: NDArray[np.intp], share: float, part: str
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """`items` in two: those that stay and those drawn."""
    from sklearn.model_selection import GroupShuffleSplit, train_test_split

    unit, count = ("item", len(items))
    if split.kind == "grouped":
        unit, count = (split.by or "group", len(set(groups[items])))
    if count < 2:
        names = f" ({groups[items][0] or 'unnamed'})" if split.kind == "grouped" and count else ""
        way_out = ", or `kind: random`" if split.kind == "grouped" else ""
        raise UserError(
            f"a {split.kind} split cannot set {part} items apart: there is only {count}"
            f" {unit}{names} left to draw from, and it takes two; use a corpus with more"
            f" {unit}s{way_out}"
        )
    try:
        if split.kind == "random":
            stay, drawn = train_test_split(items, test_size=share, random_state=split.seed)
            return stay, drawn
        drawer = GroupShuffleSplit(n_splits=1, test_size=share, random_state=split.seed)
        stay, drawn = next(drawer.split(items, groups=groups[items]))
        return items[stay], items[drawn]
    except ValueError as error:
        raise UserError(
            f"{part}: {share} of {count} {unit}s leaves a part without any; choose another share"
        ) from error
