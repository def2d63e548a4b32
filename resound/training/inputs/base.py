"""The protocol that all forms of model inputs implement."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

ItemShape = tuple[int | None, ...]
"""Shape of one item; None for an axis whose length varies from item to item."""


class Inputs(Protocol):
    """The model inputs of some items: `Dense`, `Ragged` or `Windows`.

    Importing these modules does not import torch; only batches and copies on a device need it.
    """

    def __len__(self) -> int:
        """Return the number of items."""

    @property
    def item_shape(self) -> ItemShape:
        """Shape of one item."""

    @property
    def lengths(self) -> NDArray[np.int64] | None:
        """Number of steps of each item before its padding, shape (items,).

        None where batches need not be sorted by length.
        """

    @property
    def device_bytes(self) -> int | None:
        """Bytes that all items occupy on a device; None where batches are read from a file."""

    @property
    def resident(self) -> bool:
        """Whether the items are stored on a GPU."""

    def batch(self, items: "torch.Tensor") -> "torch.Tensor":
        """Return the items with these numbers as one batch, shape (items, ...).

        The batch is on the GPU if the items are `resident`, otherwise in host memory.
        """

    def to(self, device: str) -> Any:
        """Return a copy on `device`."""

    def reuse(self, other: "Inputs") -> "Inputs":
        """Return these items read from the copy on a device that `other` has, if it is shared."""

    def chunks(self) -> Iterator["Inputs"]:
        """Yield the same items in order, in groups small enough to be scored at once."""

    def scoring_batch_size(self, batch_size: int) -> int:
        """Return the number of items to score at once where training takes `batch_size`."""


def to_device(tensor: "torch.Tensor", device: str) -> "torch.Tensor":
    """Return `tensor` on `device`; it is copied from pinned memory, so the host does not wait."""
    if device != "cuda" or tensor.is_cuda:
        return tensor
    return tensor.pin_memory().to(device, non_blocking=True)
