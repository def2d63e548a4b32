"""A torch network in training: examples stay on the device, batches are drawn by index."""

import math
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from scripts.lib.features.spectrum import Array
from scripts.lib.memory import keep_freed_memory
from scripts.lib.training import Examples, Figures, Tensors, Training
from scripts.lib.windows import Windows

_SCORING_BATCH = 64
_SCORING_FRAMES = 4096


class TorchLearner:
    """A classifier learning by cross-entropy; see `scripts.lib.training.Learner`."""

    def __init__(
        self,
        network: nn.Module,
        augment: Callable[[torch.Tensor], torch.Tensor],
        training: Training,
        examples: Examples,
        seed: int,
        device: str,
    ) -> None:
        torch.set_num_threads(training.threads)
        keep_freed_memory()
        # Deterministic products on a GPU need a workspace of fixed size; read when CUDA begins.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
        # Pooling and normalisation over channels that lie together are several times as fast.
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._augment = augment
        self._training, self._seed, self._device = training, seed, device
        self._inputs = _on(device, examples.inputs["train"])
        self._targets = torch.from_numpy(examples.targets["train"]).to(device)
        self._lengths = _lengths(examples.inputs["train"])
        kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[training.optimizer]
        self.optimizer = kind(network.parameters(), lr=training.learning_rate)
        self.parameters = sum(p.numel() for p in network.parameters() if p.requires_grad)

    def epoch(self, number: int) -> Figures:
        """One step a batch."""
        items, training = 0, self._training
        loss_sum = torch.zeros((), device=self._device)
        right = torch.zeros((), dtype=torch.int64, device=self._device)
        self.network.train()
        for batch, rate in self.steps(number):
            self.optimizer.param_groups[0]["lr"] = rate
            targets = self._targets[batch].long()
            with self._precision():
                logits = self.network(self._augment(self._inputs[batch]))
            loss = nn.functional.cross_entropy(
                logits.float(), targets, label_smoothing=training.label_smoothing
            )
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            loss_sum += loss.detach() * len(batch)
            right += (logits.argmax(1) == targets).sum()
            items += len(batch)
        return {"loss": loss_sum.item() / items, "accuracy": right.item() / items}

    def steps(self, number: int) -> Iterator[tuple[torch.Tensor, float]]:
        """The items and the learning rate of each step of round `number`, counted from 1.

        Order, dropout and augmentation follow from the seed and the number alone.
        """
        training = self._training
        epoch, part = divmod(number - 1, training.rounds)
        random = np.random.default_rng([self._seed, epoch + 1])
        chance = int(random.integers(2**63))
        torch.manual_seed(chance + part)
        order = torch.from_numpy(random.permutation(len(self._inputs)))
        batches = _batches(order, self._lengths, training.batch_size)
        first, end = (len(batches) * n // training.rounds for n in (part, part + 1))
        for step, batch in enumerate(batches[first:end], epoch * len(batches) + first):
            done = step / (training.epochs * len(batches))
            falling = (1 + math.cos(math.pi * done)) / 2
            share = falling if training.schedule == "cosine" else 1.0
            yield batch.to(self._device), training.learning_rate * share

    @torch.inference_mode()
    def scores(self, inputs: Any) -> Array:
        """The probability of each class for each item."""
        self.network.eval()
        lengths = _lengths(inputs)
        order = torch.arange(len(inputs))
        if lengths is not None:
            order = torch.from_numpy(np.argsort(lengths, kind="stable"))
        held = inputs.on(self._device) if isinstance(inputs, Windows) else torch.from_numpy(inputs)
        scores = []
        for batch in order.split(_SCORING_BATCH if lengths is not None else _SCORING_FRAMES):
            with self._precision():
                logits = self.network(held[batch].to(self._device))
            scores.append(logits.float().softmax(1).cpu())
        return torch.cat(scores)[torch.argsort(order)].numpy()

    def _precision(self) -> AbstractContextManager[None]:
        mixed = self._training.precision == "mixed" and self._device == "cuda"
        return torch.autocast("cuda", torch.bfloat16) if mixed else nullcontext()

    def weights(self) -> Tensors:
        """The network's parameters and buffers, by their names in torch."""
        tensors = self.network.state_dict()
        return {name: tensor.cpu().contiguous().numpy() for name, tensor in tensors.items()}

    def load_weights(self, tensors: Tensors) -> None:
        """Become the network of `weights()`."""
        self.network.load_state_dict({k: torch.tensor(v) for k, v in tensors.items()})

    def state(self) -> Tensors:
        """The optimiser's state: `parameter number.name` to tensor."""
        return {
            f"{number}.{name}": value.cpu().contiguous().numpy()
            for number, values in self.optimizer.state_dict()["state"].items()
            for name, value in values.items()
            if value is not None
        }

    def load_state(self, tensors: Tensors) -> None:
        """Take up `state()` again."""
        saved = self.optimizer.state_dict()
        for key, value in tensors.items():
            number, name = key.split(".", 1)
            saved["state"].setdefault(int(number), {})[name] = torch.tensor(value)
        self.optimizer.load_state_dict(saved)


def _on(device: str, inputs: Any) -> Any:
    """Inputs on the device, to be indexed by a tensor of items."""
    return inputs.on(device) if isinstance(inputs, Windows) else torch.from_numpy(inputs).to(device)


def _lengths(inputs: Any) -> NDArray[np.int64] | None:
    """How many steps each item has before its padding of NaN; None where all have as many."""
    if isinstance(inputs, Windows):
        return None
    if inputs.ndim < 3:
        return np.full(len(inputs), inputs.shape[-1])
    steps: NDArray[np.int64] = np.count_nonzero(~np.isnan(inputs[:, :, 0]), axis=1)
    return steps


def _batches(
    order: torch.Tensor, lengths: NDArray[np.int64] | None, size: int
) -> list[torch.Tensor]:
    """`order` in batches of `size`, items of like length together; one left over joins the last.

    Only among the items of eight batches are like lengths sought, so that batches stay a matter
    of chance. Batch normalisation has no deviation over a single item.
    """
    if lengths is not None:
        alike = [
            window[torch.from_numpy(np.argsort(lengths[window.numpy()], kind="stable"))]
            for window in order.split(8 * size)
        ]
        order = torch.cat(alike)
    batches = list(order.split(size))
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches
