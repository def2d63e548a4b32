"""Cached features, opened without being read: a matrix of rows and an offset a clip."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array


@dataclass(frozen=True)
class Features:
    """The features of a corpus: clip i has the rows `offsets[i]` to `offsets[i + 1]`."""

    matrix: Array
    """Shape (rows, width), mapped from its file."""
    offsets: NDArray[np.int64]
    """Shape (clips + 1,)."""

    @classmethod
    def open(cls, matrix: str | Path, offsets: str | Path) -> "Features":
        """Map the two files that extraction wrote; what is written stays in memory."""
        return cls(np.load(matrix, mmap_mode="c"), np.load(offsets))

    def clip(self, n: int) -> Array:
        """The rows of clip n: shape (its rows, width)."""
        return self.matrix[self.offsets[n] : self.offsets[n + 1]]

    def lengths(self, clips: NDArray[np.intp]) -> NDArray[np.int64]:
        """How many rows each of `clips` has."""
        return self.offsets[clips + 1] - self.offsets[clips]
