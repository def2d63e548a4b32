"""Where a network's inputs lie, and how batches of them come to its device.

On a GPU, what fits stays there; the rest stays in host memory and goes over a batch at a time. On
a CPU a batch is gathered when it is asked for, and that is all.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from resound.training.inputs.arrange import Ragged
from resound.training.inputs.windows import Windows

Change = Callable[[torch.Tensor], torch.Tensor]

SHARE = 0.5
"""Of the device's free memory, what inputs may take; the network, its gradients and what it
reckons in between need the rest."""
_AHEAD = 2


def fits(size: int, free: int) -> bool:
    """Whether inputs of `size` bytes stay on a device that has `free` bytes."""
    return size <= SHARE * free


def as_it_is(batch: torch.Tensor) -> torch.Tensor:
    """A batch without augmentation."""
    return batch


def sent(tensor: torch.Tensor, device: str) -> torch.Tensor:
    """`tensor` on the device; it goes from pinned memory, so that nobody waits for it."""
    if device != "cuda" or tensor.is_cuda:
        return tensor
    return tensor.pin_memory().to(device, non_blocking=True)


class Batches:
    """Inputs of items (an array, `Ragged` or `Windows`), given out in batches on a device."""

    def __init__(self, inputs: Any, device: str, stay: bool = True) -> None:
        """Hold `inputs` on `device` if they may `stay` there and fit, else in host memory.

        Ragged inputs never stay: they are padded a batch at a time.
        """
        self._device = device
        self._inputs: Any = torch.from_numpy(inputs) if isinstance(inputs, np.ndarray) else inputs
        held = _tensor_of(self._inputs)
        self._address = None if held is None else held.data_ptr()
        if device == "cuda":
            self._side = torch.cuda.Stream()
            if stay and not isinstance(inputs, Ragged):
                self._bring()

    def __len__(self) -> int:
        return len(self._inputs)

    @property
    def resident(self) -> bool:
        """Whether all inputs lie on the GPU."""
        held = _tensor_of(self._inputs)
        return held is not None and held.is_cuda

    def like(self, inputs: Any) -> "Batches":
        """Other inputs, for a while: they stay where they are, but windows of frames that lie on
        the device already are cut out there.
        """
        own = self._inputs
        both = isinstance(inputs, Windows) and isinstance(own, Windows)
        if both and inputs.matrix.data_ptr() == self._address:
            inputs = replace(inputs, matrix=own.matrix)
        return Batches(inputs, self._device, stay=False)

    def of(self, order: Iterable[torch.Tensor], change: Change = as_it_is) -> Iterator[Any]:
        """For each tensor of items in `order` their batch, as `change` makes it, on the device.

        On a GPU a batch is gathered, sent and changed on a stream of its own, while the GPU is busy
        with the batches before, two at most. Batches are made one by one, each when it is asked
        for, so that chance is drawn in the same order everywhere.
        """
        if self._device != "cuda":
            for items in order:
                yield change(self._gathered(items))
            return
        main = torch.cuda.current_stream()
        under_way: deque[torch.cuda.Event] = deque()
        for items in order:
            if len(under_way) == _AHEAD:
                under_way.popleft().synchronize()
            with torch.cuda.stream(self._side):
                batch = change(self._gathered(items))
            main.wait_stream(self._side)
            # The memory belongs to the side stream, which must not use it again too early.
            batch.record_stream(main)
            yield batch
            under_way.append(main.record_event())

    def _bring(self) -> None:
        """Move the inputs to the GPU if they fit."""
        held = _tensor_of(self._inputs)
        assert held is not None
        if not fits(held.nbytes, torch.cuda.mem_get_info()[0]):
            return
        if isinstance(self._inputs, Windows):
            self._inputs = self._inputs.on(self._device)
        else:
            self._inputs = held.to(self._device)

    def _gathered(self, items: torch.Tensor) -> torch.Tensor:
        if isinstance(self._inputs, Ragged):
            batch = torch.from_numpy(self._inputs.padded(items.numpy()))
        elif isinstance(self._inputs, Windows):
            batch = self._inputs[items]
        else:
            batch = self._inputs[sent(items, self._device) if self.resident else items]
        return sent(batch, self._device)


def _tensor_of(inputs: Any) -> torch.Tensor | None:
    """What takes the memory; None where it is in files."""
    if isinstance(inputs, Windows):
        return inputs.matrix
    return inputs if isinstance(inputs, torch.Tensor) else None
