"""Items of one shape in one array."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array
from resound.training.inputs.base import Inputs, ItemShape, to_device

if TYPE_CHECKING:
    import torch

_SCORING_BATCH = 64


@dataclass(frozen=True)
class Dense:
    """Items in an array; see `resound.training.inputs.base.Inputs`."""

    array: Array
    """Shape (items, ...); sequences are padded with NaN."""
    copy: "torch.Tensor | None" = None
    """The same on a GPU."""

    def __len__(self) -> int:
        return len(self.array)

    @property
    def item_shape(self) -> ItemShape:
        """Shape of one item."""
        return self.array.shape[1:]

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Number of steps of each item before its padding with NaN."""
        if self.array.ndim < 3:
            return np.full(len(self.array), self.array.shape[-1])
        steps: NDArray[np.int64] = np.count_nonzero(~np.isnan(self.array[:, :, 0]), axis=1)
        return steps

    @property
    def device_bytes(self) -> int:
        """Bytes of the array."""
        return self.array.nbytes

    @property
    def resident(self) -> bool:
        """Whether there is a copy on a GPU."""
        return self.copy is not None and self.copy.is_cuda

    @cached_property
    def tensor(self) -> "torch.Tensor":
        """The array as a tensor, without a copy in host memory."""
        import torch

        return self.copy if self.copy is not None else torch.from_numpy(self.array)

    def batch(self, items: "torch.Tensor") -> "torch.Tensor":
        """Return items as one batch, shape (items, ...)."""
        return self.tensor[to_device(items, "cuda") if self.resident else items]

    def to(self, device: str) -> "Dense":
        """Return the same items with a copy on `device`."""
        return replace(self, copy=self.tensor.to(device))

    def reuse(self, other: Inputs) -> "Dense":
        """Return these items: arrays are not shared."""
        return self

    def chunks(self) -> Iterator["Dense"]:
        """Yield all items at once: they are in memory already."""
        yield self

    def scoring_batch_size(self, batch_size: int) -> int:
        """Return a size that fits a core's cache, whatever training takes."""
        return _SCORING_BATCH


def dense_array(inputs: Inputs) -> Array:
    """Return the array of inputs that are `Dense`, as models of vectors and images need them."""
    assert isinstance(inputs, Dense)
    return inputs.array
