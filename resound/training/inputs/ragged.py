"""Clips of any length, read from the feature cache and padded one batch at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array
from resound.data.feature_cache import Features
from resound.training.inputs.base import Inputs, ItemShape

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Ragged:
    """Clips as they are stored in the cache; see `resound.training.inputs.base.Inputs`."""

    features: Features
    clips: NDArray[np.intp]
    """Numbers of the clips in `features`, shape (items,)."""

    def __len__(self) -> int:
        return len(self.clips)

    @property
    def item_shape(self) -> ItemShape:
        """Any number of rows of the features' width."""
        return (None, self.features.matrix.shape[1])

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of rows of each item."""
        return self.features.lengths(self.clips)

    @property
    def device_bytes(self) -> None:
        """None: batches are padded and copied one at a time."""
        return None

    @property
    def resident(self) -> bool:
        """Never on a GPU."""
        return False

    def clip(self, n: int) -> Array:
        """Return the rows of item `n`, shape (rows, width)."""
        return self.features.clip(self.clips[n])

    def padded(self, items: NDArray[np.intp]) -> Array:
        """Return items as one array, shape (items, longest of them, width).

        Rows after the end of an item are NaN, or -1 in arrays of integers.
        """
        rows = [self.clip(n) for n in items]
        dtype = self.features.matrix.dtype
        fill = np.nan if np.issubdtype(dtype, np.floating) else -1
        batch = np.full((len(rows), max(map(len, rows)), rows[0].shape[1]), fill, dtype)
        for target, clip in zip(batch, rows):
            target[: len(clip)] = clip
        return batch

    def batch(self, items: "torch.Tensor") -> "torch.Tensor":
        """Return items as one padded batch."""
        import torch

        return torch.from_numpy(self.padded(items.numpy()))

    def to(self, device: str) -> "Ragged":
        """Return these items: they are never copied as a whole."""
        return self

    def reuse(self, other: Inputs) -> "Ragged":
        """Return these items: nothing is shared."""
        return self

    def chunks(self) -> Iterator["Ragged"]:
        """Yield all items at once: batches are read one by one anyway."""
        yield self

    def scoring_batch_size(self, batch_size: int) -> int:
        """Return the batch size of training, which fits the device's memory."""
        return batch_size
