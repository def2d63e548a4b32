"""A corpus with features and a split: what a model is trained on and evaluated on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.data.feature_cache import Features
from resound.data.folds import Part, read_folds
from resound.io.csv_table import read_table
from resound.io.files import read_json


@dataclass(frozen=True)
class Dataset:
    """The items of a corpus, their features, and the parts into which a split divides them."""

    items: Mapping[str, Sequence[str]]
    """The index of the corpus, column by column."""
    classes: list[str]
    folds: dict[str, dict[Part, NDArray[np.intp]]]
    """For each fold the items of each part, by their row numbers in the index."""
    features: Features
    """The rows of each item."""
    frame_labels: NDArray[np.int16] | None
    """The class number of each row, -1 without a label; None where a label is that of an item."""
    split: Path
    """The file of the split."""
    arrays: Sequence[Path]
    """The files of features and frame labels, which may be large."""

    @classmethod
    def open(cls, files: Any) -> "Dataset":
        """Open the files of a job: its named inputs, or a mapping with the same names.

        These are `index`, `summary`, `split`, `matrix`, `offsets`, and `labels` if the corpus has
        labels of frames. Features and frame labels are memory-mapped.
        """
        items = read_table(files["index"])
        labels = files.get("labels")
        return cls(
            items=items,
            classes=list(read_json(files["summary"])["classes"]),
            folds=read_folds(Path(files["split"]), items["id"]),
            features=Features.open(files["matrix"], files["offsets"]),
            frame_labels=np.load(labels, mmap_mode="r") if labels else None,
            split=Path(files["split"]),
            arrays=[Path(file) for file in (files["matrix"], labels) if file],
        )

    def exclude(self, classes: Sequence[str]) -> "Dataset":
        """Return the dataset without some classes; their items are in no part of the split."""
        return replace(self, classes=[name for name in self.classes if name not in classes])
