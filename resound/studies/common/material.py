"""The input of a study: cached features of a corpus, and a split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array
from resound.data.dataset import Dataset
from resound.data.feature_cache import Features
from resound.data.folds import Part
from resound.settings import settings


@settings
class Data:
    """The names of a corpus, of features and of a split."""

    corpus: str
    features: str
    split: str


@dataclass(frozen=True)
class Material:
    """The features of the items of a corpus, with its index and a split."""

    data: Data
    features: Features
    table: Mapping[str, Sequence[str]]
    """The columns of the corpus' index by name."""
    classes: list[str]
    folds: dict[str, dict[Part, NDArray[np.intp]]]
    """The items of each part of each fold, as row numbers of the index."""

    @classmethod
    def of(cls, data: Data, dataset: Dataset) -> "Material":
        """Return the material of an opened dataset."""
        return cls(data, dataset.features, dataset.items, dataset.classes, dataset.folds)

    @property
    def parts(self) -> dict[Part, NDArray[np.intp]]:
        """The items of each part of the first fold."""
        return next(iter(self.folds.values()))

    def means(self, items: NDArray[np.intp]) -> Array:
        """Return the mean row of each item, shape (items, width)."""
        return np.stack([self.features.clip(n).mean(axis=0, dtype=np.float64) for n in items])

    def labels(self, items: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the class number of each item."""
        number = {name: n for n, name in enumerate(self.classes)}
        return np.array([number[self.table["label"][n]] for n in items])

    def column(self, name: str, items: NDArray[np.intp]) -> NDArray[np.str_]:
        """Return a column of the index, such as `speaker`; empty strings where there is none."""
        entries = self.table.get(name)
        return np.array(["" if entries is None else entries[n] for n in items])
