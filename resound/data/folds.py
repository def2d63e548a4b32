"""The folds of a split as a table: in each fold, every item has a part or is not used."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from resound.io.csv_table import read_table, write_table

ScoredPart = Literal["train", "validation", "test"]
Part = ScoredPart | Literal["unknown", "unlabelled"]
SCORED: tuple[ScoredPart, ...] = ("train", "validation", "test")
PARTS: tuple[Part, ...] = (*SCORED, "unknown", "unlabelled")

ONLY_FOLD = "all"
"""The name of the fold of a split that has only one."""


def write_folds(
    path: Path,
    ids: Sequence[str],
    items: Sequence[int],
    folds: Mapping[str, Sequence[Part | None]],
) -> None:
    """Write one row `fold, id, part` per fold and item, in the order of `ids`.

    `items` are positions in `ids`, and `folds` holds the part of each of them by fold; None is
    written as `none`.
    """
    order = sorted(range(len(items)), key=items.__getitem__)
    rows = (
        (fold, ids[items[n]], parts[n] or "none") for fold, parts in folds.items() for n in order
    )
    write_table(path, ("fold", "id", "part"), rows)


def read_folds(path: Path, ids: Sequence[str]) -> dict[str, dict[Part, NDArray[np.intp]]]:
    """Return the items of each part of each fold, as positions in `ids`.

    `ids` are those of the index. Empty parts are left out; an item may occur more than once.
    """
    table, position = read_table(path), {name: n for n, name in enumerate(ids)}
    folds, parts = np.array(table["fold"]), np.array(table["part"])
    items = np.array([position[name] for name in table["id"]], np.intp)
    return {
        fold: {
            part: items[selected]
            for part in PARTS
            if (selected := (folds == fold) & (parts == part)).any()
        }
        for fold in dict.fromkeys(table["fold"])
    }


def find_untrained(labels: Sequence[str], parts: Sequence[str | None]) -> list[str]:
    """Return the classes of test items that no training item has, sorted.

    `labels` and `parts` have one entry per item of a fold. Without any training part, as for
    pretrained models, there are none.
    """
    trained = {label for label, part in zip(labels, parts, strict=True) if part == "train"}
    tested = {label for label, part in zip(labels, parts, strict=True) if part == "test"}
    return sorted(tested - trained) if trained else []
