"""The folds of a split, as they lie in a file: in each, every item has a part or none."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from resound.io.csv_table import read_table, write_table

Known = Literal["train", "validation", "test"]
Part = Known | Literal["unknown", "unlabelled"]
SCORED: tuple[Known, ...] = ("train", "validation", "test")
PARTS: tuple[Part, ...] = (*SCORED, "unknown", "unlabelled")

ONLY_FOLD = "all"
"""The name of the fold of a split that has one."""


def write_folds(
    path: Path,
    ids: Sequence[str],
    items: Sequence[int],
    folds: Mapping[str, Sequence[Part | None]],
) -> None:
    """Write the part of each of `items`, places in `ids`, in each fold as `fold, id, part`.

    In the order of `ids`; no part is `none`.
    """
    order = sorted(range(len(items)), key=items.__getitem__)
    rows = (
        (fold, ids[items[n]], parts[n] or "none") for fold, parts in folds.items() for n in order
    )
    write_table(path, ("fold", "id", "part"), rows)


def read_folds(path: Path, ids: Sequence[str]) -> dict[str, dict[Part, NDArray[np.intp]]]:
    """The items of each part in each fold, by their places in `ids`, the index.

    Parts without any are left out. An item may be there more than once.
    """
    table, place = read_table(path), {name: n for n, name in enumerate(ids)}
    folds, parts = np.array(table["fold"]), np.array(table["part"])
    items = np.array([place[name] for name in table["id"]], np.intp)
    return {
        fold: {
            part: items[there]
            for part in PARTS
            if (there := (folds == fold) & (parts == part)).any()
        }
        for fold in dict.fromkeys(table["fold"])
    }
