"""What a study works on: a corpus' cached features, divided by a split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array
from resound.data.feature_cache import Features
from resound.data.folds import Part
from resound.settings import settings


@settings
class Data:
    """A corpus by features, divided by a split."""

    corpus: str
    features: str
    split: str


@dataclass(frozen=True)
class Material:
    """The same, opened."""

    data: Data
    features: Features
    table: Mapping[str, Sequence[str]]
    """The index of the corpus, column by column."""
    classes: list[str]
    folds: dict[str, dict[Part, NDArray[np.intp]]]
    """The items of each part of each fold, by their places in the index."""

    @property
    def parts(self) -> dict[Part, NDArray[np.intp]]:
        """The items of each part of the first fold."""
        return next(iter(self.folds.values()))

    def means(self, items: NDArray[np.intp]) -> Array:
        """The mean row of each item: shape (items, width); of pooled features the row itself."""
        return np.stack([self.features.clip(n).mean(axis=0, dtype=np.float64) for n in items])

    def labels(self, items: NDArray[np.intp]) -> NDArray[np.int64]:
        """The class number of each item."""
        number = {name: n for n, name in enumerate(self.classes)}
        return np.array([number[self.table["label"][n]] for n in items])

    def column(self, name: str, items: NDArray[np.intp]) -> NDArray[np.str_]:
        """A column of the index, such as `speaker`, for each item; empty where texts have none."""
        entries = self.table.get(name)
        return np.array(["" if entries is None else entries[n] for n in items])
