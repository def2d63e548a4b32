"""A torch network in training: examples stay on the device, batches are drawn by index."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from scripts.lib.features.spectrum import Array
from scripts.lib.memory import keep_freed_memory
from scripts.lib.training import Examples, Figures, Tensors, Training

_SCORING_BATCH = 64


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
        torch.use_deterministic_algorithms(True)
        # Pooling and normalisation over channels that lie together are several times as fast.
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._augment = augment
        self._training, self._seed, self._device = training, seed, device
        self._inputs = torch.from_numpy(examples.inputs["train"]).to(device)
        self._targets = torch.from_numpy(examples.targets["train"]).to(device)
        self._lengths = _lengths(examples.inputs["train"])
        kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[training.optimizer]
        self.optimizer = kind(network.parameters(), lr=training.learning_rate)
        self.parameters = sum(p.numel() for p in network.parameters() if p.requires_grad)

    def epoch(self, number: int) -> Figures:
        """One step a batch."""
        loss_sum = torch.zeros((), device=self._device)
        right = torch.zeros((), dtype=torch.int64, device=self._device)
        self.network.train()
        for indices in self.batches(number):
            batch = indices.to(self._device)
            targets = self._targets[batch]
            logits = self.network(self._augment(self._inputs[batch]))
            loss = nn.functional.cross_entropy(logits, targets)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            loss_sum += loss.detach() * len(batch)
            right += (logits.argmax(1) == targets).sum()
        items = len(self._inputs)
        return {"loss": loss_sum.item() / items, "accuracy": right.item() / items}

    def batches(self, number: int) -> list[torch.Tensor]:
        """The items of each step of epoch `number`; dropout and augmentation follow from it too."""
        random = np.random.default_rng([self._seed, number])
        torch.manual_seed(int(random.integers(2**63)))
        order = torch.from_numpy(random.permutation(len(self._inputs)))
        return _batches(order, self._lengths, self._training.batch_size)

    @torch.inference_mode()
    def scores(self, inputs: Array) -> Array:
        """The probability of each class for each item."""
        self.network.eval()
        order = torch.from_numpy(np.argsort(_lengths(inputs), kind="stable"))
        scores = [
            self.network(torch.from_numpy(inputs[batch.numpy()]).to(self._device)).softmax(1).cpu()
            for batch in order.split(_SCORING_BATCH)
        ]
        return torch.cat(scores)[torch.argsort(order)].numpy()

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


def _lengths(inputs: Array) -> NDArray[np.int64]:
    """How many steps each item has before its padding of NaN."""
    if inputs.ndim < 3:
        return np.full(len(inputs), inputs.shape[-1])
    steps: NDArray[np.int64] = np.count_nonzero(~np.isnan(inputs[:, :, 0]), axis=1)
    return steps


def _batches(order: torch.Tensor, lengths: NDArray[np.int64], size: int) -> list[torch.Tensor]:
    """`order` in batches of `size`, items of like length together; one left over joins the last.

    Only among the items of eight batches are like lengths sought, so that batches stay a matter
    of chance. Batch normalisation has no deviation over a single item.
    """
    alike = [
        window[torch.from_numpy(np.argsort(lengths[window.numpy()], kind="stable"))]
        for window in order.split(8 * size)
    ]
    batches = list(torch.cat(alike).split(size))
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches
