"""A torch network in training: batches are drawn by index and come to its device."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from resound.arrays import Array
from resound.runtime.memory import keep_freed_memory
from resound.training.inputs.arrange import Ragged
from resound.training.inputs.batches import Batches, Change, as_it_is, sent
from resound.training.inputs.windows import Windows
from resound.training.loop import Examples, Figures, Tensors, Training
from resound.training.precision import Precision

_SCORING_BATCH = 64
_SCORING_FRAMES = 4096


class TorchLearner:
    """A classifier learning by cross-entropy; see `resound.training.loop.Learner`."""

    def __init__(
        self,
        network: nn.Module,
        training: Training,
        examples: Examples,
        seed: int,
        device: str,
        augment: Change = as_it_is,
        rates: Mapping[str, float] = {},
    ) -> None:
        """Train `network` on `examples`, by batches as `augment` changes them.

        `rates` are the learning rates of those parts of the network, by their names, that have
        another than `training` says; what needs no gradient is left as it is.
        """
        torch.set_num_threads(training.threads)
        keep_freed_memory()
        self.precision = Precision(device, training.precision, training.deterministic)
        self.precision.set_up()
        # Pooling and normalisation over channels that lie together are several times as fast.
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._augment = augment
        self._training, self._seed, self._device = training, seed, device
        self._classes = examples.targets["train"]
        self._targets = torch.from_numpy(self._classes)
        self._lengths = _lengths(examples.inputs["train"])
        self._class_weights = (
            _balanced(self._classes, examples.classes).to(device)
            if training.balance == "weights"
            else None
        )
        kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
        groups = _groups(network, training.learning_rate, rates)
        self.optimizer = kinds[training.optimizer](groups, lr=training.learning_rate)
        self.parameters = sum(p.numel() for p in network.parameters() if p.requires_grad)
        self.total_parameters = sum(p.numel() for p in network.parameters())
        # After the network, which needs its place too.
        self._inputs = Batches(examples.inputs["train"], device)

    def epoch(self, number: int) -> Figures:
        """One step a batch."""
        items, training = 0, self._training
        loss_sum = torch.zeros((), device=self._device)
        right = torch.zeros((), dtype=torch.int64, device=self._device)
        self.network.train()
        steps = list(self.steps(number))
        every = self._inputs.of((batch for batch, _ in steps), self._augment)
        for (batch, rate), inputs in zip(steps, every, strict=True):
            for group in self.optimizer.param_groups:
                group["lr"] = rate * group["share"]
            targets = sent(self._targets[batch].long(), self._device)
            with self.precision.autocast():
                logits = self.network(inputs)
            loss = nn.functional.cross_entropy(
                logits.float(),
                targets,
                self._class_weights,
                label_smoothing=training.label_smoothing,
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
        epoch, part = divmod(number - 1, training.evaluations_per_epoch)
        random = np.random.default_rng([self._seed, epoch + 1])
        chance = int(random.integers(2**63))
        torch.manual_seed(chance + part)
        # HuBERT draws by numpy which stretches of time it hides.
        np.random.seed((chance + part) % 2**32)
        order = torch.from_numpy(random.permutation(self._items(random)))
        batches = _batches(order, self._lengths, training.batch_size)
        first, end = (len(batches) * n // training.evaluations_per_epoch for n in (part, part + 1))
        for step, batch in enumerate(batches[first:end], epoch * len(batches) + first):
            share = _share(training, step / (training.epochs * len(batches)))
            yield batch, training.learning_rate * share

    def _items(self, random: np.random.Generator) -> NDArray[np.intp]:
        """The items of an epoch: each once, those of rarer classes more often if so wanted."""
        every = np.arange(len(self._classes))
        if self._training.balance != "oversample":
            return every
        most = int(np.bincount(self._classes).max())
        own = [np.flatnonzero(self._classes == label) for label in np.unique(self._classes)]
        more = [random.choice(items, most - len(items)) for items in own]
        return np.concatenate([every, *more])

    @torch.inference_mode()
    def scores(self, inputs: Any) -> Array:
        """The probability of each class for each item."""
        self.network.eval()
        lengths = _lengths(inputs)
        order = torch.arange(len(inputs))
        if lengths is not None:
            order = torch.from_numpy(np.argsort(lengths, kind="stable"))
        size = _SCORING_BATCH if lengths is not None else _SCORING_FRAMES
        if isinstance(inputs, Ragged):
            size = self._training.batch_size
        scores = []
        for batch in self._inputs.like(inputs).of(order.split(size)):
            with self.precision.autocast():
                logits = self.network(batch)
            scores.append(logits.float().softmax(1))
        return torch.cat(scores).cpu()[torch.argsort(order)].numpy()

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


def _groups(network: nn.Module, rate: float, rates: Mapping[str, float]) -> list[dict[str, Any]]:
    """The parameters that learn, by the share of the learning rate that is theirs."""
    shares: dict[float, list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            own = [value for part, value in rates.items() if name.startswith(f"{part}.")]
            shares.setdefault(own[0] / rate if own else 1.0, []).append(parameter)
    return [{"params": parameters, "share": share} for share, parameters in shares.items()]


def _share(training: Training, done: float) -> float:
    """The share of the learning rate after the share `done` of all steps."""
    if done < training.warm_up:
        return done / training.warm_up
    fallen = (done - training.warm_up) / (1 - training.warm_up)
    if training.schedule == "linear":
        return 1 - fallen
    return (1 + math.cos(math.pi * fallen)) / 2 if training.schedule == "cosine" else 1.0


def _balanced(targets: NDArray[np.integer], classes: int) -> torch.Tensor:
    """Weights that make every class count alike, as scikit-learn's `balanced`."""
    counts = np.bincount(targets, minlength=classes)
    # A class that no item is of has no loss to be weighted.
    weights = len(targets) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return torch.from_numpy(weights.astype(np.float32))


def _lengths(inputs: Any) -> NDArray[np.int64] | None:
    """How many steps each item has before its padding of NaN; None where all have as many."""
    if isinstance(inputs, Windows):
        return None
    if isinstance(inputs, Ragged):
        return inputs.lengths
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
