"""Batches of a network's inputs on its device.

On a GPU, inputs that fit are copied once and stay there; others stay in host memory and are copied
one batch at a time. On a CPU a batch is gathered when it is needed.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

import torch

from resound.training.inputs.base import Inputs, to_device

Transform = Callable[[torch.Tensor], torch.Tensor]

MEMORY_FRACTION = 0.5
"""Fraction of the device's free memory that inputs may occupy; the network, its gradients and its
activations need the rest."""
_BATCHES_AHEAD = 2


def fits(size: int, free: int) -> bool:
    """Return whether inputs of `size` bytes stay on a device that has `free` bytes."""
    return size <= MEMORY_FRACTION * free


def identity(batch: torch.Tensor) -> torch.Tensor:
    """Return a batch without augmentation."""
    return batch


class Batches:
    """Batches of `inputs` on a device."""

    def __init__(self, inputs: Inputs, device: str, stay: bool = True) -> None:
        """Copy `inputs` to a GPU if they may `stay` there and fit."""
        self._device = device
        self._inputs = inputs
        if device == "cuda":
            self._copy_stream = torch.cuda.Stream()
            size = inputs.device_bytes
            if stay and size is not None and fits(size, torch.cuda.mem_get_info()[0]):
                self._inputs = inputs.to(device)

    def __len__(self) -> int:
        return len(self._inputs)

    @property
    def resident(self) -> bool:
        """Whether all inputs are on the GPU."""
        return self._inputs.resident

    def like(self, inputs: Inputs) -> "Batches":
        """Return batches of other inputs, for a short time.

        They are not copied as a whole, but windows of frames that are on the device already are
        cut out there.
        """
        return Batches(inputs.reuse(self._inputs), self._device, stay=False)

    def of(
        self, order: Iterable[torch.Tensor], transform: Transform = identity
    ) -> Iterator[torch.Tensor]:
        """Yield the batch of each tensor of items in `order`, transformed, on the device.

        On a GPU a batch is gathered, copied and transformed on a separate stream while the GPU
        computes on the batches before it, at most two. Batches are prepared one by one, each when
        it is requested, so random numbers are drawn in the same order on every device.
        """
        if self._device != "cuda":
            for items in order:
                yield transform(self._gather(items))
            return
        main = torch.cuda.current_stream()
        pending: deque[torch.cuda.Event] = deque()
        for items in order:
            if len(pending) == _BATCHES_AHEAD:
                pending.popleft().synchronize()
            with torch.cuda.stream(self._copy_stream):
                batch = transform(self._gather(items))
            main.wait_stream(self._copy_stream)
            # The memory belongs to the copy stream, which must not reuse it too early.
            batch.record_stream(main)
            yield batch
            pending.append(main.record_event())

    def _gather(self, items: torch.Tensor) -> torch.Tensor:
        return to_device(self._inputs.batch(items), self._device)
