"""A torch network in training: batches are drawn by item number and copied to its device."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from resound.arrays import Array
from resound.runtime.memory import keep_freed_memory
from resound.training.inputs.base import Inputs, to_device
from resound.training.inputs.batches import Batches, Transform, identity
from resound.training.learner import Examples, Metrics, SavedWeights, Tensors
from resound.training.precision import Precision
from resound.training.settings import Training


class TorchLearner(SavedWeights):
    """A classifier trained by cross-entropy; see `resound.training.learner.Learner`."""

    scores_are_probabilities = True

    def __init__(
        self,
        network: nn.Module,
        training: Training,
        examples: Examples,
        seed: int,
        device: str,
        augment: Transform = identity,
        rates: Mapping[str, float] = {},
    ) -> None:
        """Train `network` on `examples`, whose batches `augment` transforms.

        `rates` are the learning rates of those parts of the network, by name, that have another
        than `training` says; parameters that need no gradient are not trained.
        """
        torch.set_num_threads(training.threads)
        keep_freed_memory()
        self.precision = Precision(device, training.precision, training.deterministic)
        self.precision.set_up()
        # Pooling and normalisation are several times as fast with channels contiguous in memory.
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._augment = augment
        self._training, self._seed, self._device = training, seed, device
        self._classes = examples.targets["train"]
        self._targets = torch.from_numpy(self._classes)
        self._lengths = examples.inputs["train"].lengths
        self._class_weights = (
            _balanced_weights(self._classes, examples.classes).to(device)
            if training.balance == "weights"
            else None
        )
        optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
        groups = _parameter_groups(network, training.learning_rate, rates)
        self.optimizer = optimizers[training.optimizer](groups, lr=training.learning_rate)
        self.parameters = sum(p.numel() for p in network.parameters() if p.requires_grad)
        self.total_parameters = sum(p.numel() for p in network.parameters())
        # After the network, which needs memory on the device too.
        self._inputs = Batches(examples.inputs["train"], device)

    def epoch(self, number: int) -> Metrics:
        """Make one step per batch."""
        items, training = 0, self._training
        loss_sum = torch.zeros((), device=self._device)
        correct = torch.zeros((), dtype=torch.int64, device=self._device)
        self.network.train()
        steps = list(self.steps(number))
        batches = self._inputs.of((batch for batch, _ in steps), self._augment)
        for (batch, rate), inputs in zip(steps, batches, strict=True):
            for group in self.optimizer.param_groups:
                group["lr"] = rate * group["factor"]
            targets = to_device(self._targets[batch].long(), self._device)
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
            correct += (logits.argmax(1) == targets).sum()
            items += len(batch)
        return {"loss": loss_sum.item() / items, "accuracy": correct.item() / items}

    def steps(self, number: int) -> Iterator[tuple[torch.Tensor, float]]:
        """Yield the items and the learning rate of each step up to evaluation `number`, from 1.

        Order, dropout and augmentation follow from the seed and the number alone.
        """
        training = self._training
        epoch, part = divmod(number - 1, training.evaluations_per_epoch)
        random = np.random.default_rng([self._seed, epoch + 1])
        epoch_seed = int(random.integers(2**63))
        torch.manual_seed(epoch_seed + part)
        # HuBERT draws its time masks with numpy.
        np.random.seed((epoch_seed + part) % 2**32)
        order = torch.from_numpy(random.permutation(self._epoch_items(random)))
        batches = _batches(order, self._lengths, training.batch_size)
        parts = training.evaluations_per_epoch
        first, end = (len(batches) * n // parts for n in (part, part + 1))
        for step, batch in enumerate(batches[first:end], epoch * len(batches) + first):
            factor = _schedule_factor(training, step / (training.epochs * len(batches)))
            yield batch, training.learning_rate * factor

    def _epoch_items(self, random: np.random.Generator) -> NDArray[np.intp]:
        """Return the items of an epoch: each once, and those of rarer classes again if balanced."""
        every = np.arange(len(self._classes))
        if self._training.balance != "oversample":
            return every
        largest = int(np.bincount(self._classes).max())
        by_class = [np.flatnonzero(self._classes == label) for label in np.unique(self._classes)]
        repeated = [random.choice(items, largest - len(items)) for items in by_class]
        return np.concatenate([every, *repeated])

    @torch.inference_mode()
    def evaluate(self, inputs: Inputs, targets: NDArray[np.integer]) -> Metrics:
        """Return mean cross-entropy, weighted and smoothed as in training, and accuracy."""
        loss_sum = torch.zeros((), dtype=torch.float64, device=self._device)
        weight_sum = torch.zeros_like(loss_sum)
        correct = torch.zeros((), dtype=torch.int64, device=self._device)
        numbers = torch.from_numpy(targets).long()
        for items, logits in self._logits(inputs):
            classes = to_device(numbers[items], self._device)
            loss_sum += nn.functional.cross_entropy(
                logits,
                classes,
                self._class_weights,
                ignore_index=-1,
                reduction="sum",
                label_smoothing=self._training.label_smoothing,
            )
            known = classes[classes >= 0]
            weight_sum += len(known) if (w := self._class_weights) is None else w[known].sum()
            correct += (logits.argmax(1) == classes).sum()
        return {
            "loss": (loss_sum / weight_sum).item(),
            "accuracy": correct.item() / len(targets),
        }

    @torch.inference_mode()
    def scores(self, inputs: Inputs) -> Array:
        """Return the probability of each class for each item, shape (items, classes)."""
        batches = [(items, logits.softmax(1)) for items, logits in self._logits(inputs)]
        order = torch.cat([items for items, _ in batches])
        return torch.cat([scores for _, scores in batches]).cpu()[torch.argsort(order)].numpy()

    def _logits(self, inputs: Inputs) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield the items of each batch and their logits (items, classes), sorted by length."""
        self.network.eval()
        order = torch.arange(len(inputs))
        if (lengths := inputs.lengths) is not None:
            order = torch.from_numpy(np.argsort(lengths, kind="stable"))
        batches = order.split(inputs.scoring_batch_size(self._training.batch_size))
        for items, batch in zip(batches, self._inputs.like(inputs).of(batches), strict=True):
            with self.precision.autocast():
                logits = self.network(batch)
            yield items, logits.float()

    def weights(self) -> Tensors:
        """Return the network's parameters and buffers, by their names in torch."""
        tensors = self.network.state_dict()
        return {name: tensor.cpu().contiguous().numpy() for name, tensor in tensors.items()}

    def load_weights(self, tensors: Tensors) -> None:
        """Restore the network from `weights()`."""
        self.network.load_state_dict({k: torch.tensor(v) for k, v in tensors.items()})

    def state(self) -> Tensors:
        """Return the optimizer's state: `parameter number.name` to tensor."""
        return {
            f"{number}.{name}": value.cpu().contiguous().numpy()
            for number, values in self.optimizer.state_dict()["state"].items()
            for name, value in values.items()
            if value is not None
        }

    def load_state(self, tensors: Tensors) -> None:
        """Restore the optimizer from `state()`."""
        saved = self.optimizer.state_dict()
        for key, value in tensors.items():
            number, name = key.split(".", 1)
            saved["state"].setdefault(int(number), {})[name] = torch.tensor(value)
        self.optimizer.load_state_dict(saved)


def _parameter_groups(
    network: nn.Module, rate: float, rates: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Return the trainable parameters, grouped by their factor of the learning rate."""
    groups: dict[float, list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            own = [value for part, value in rates.items() if name.startswith(f"{part}.")]
            groups.setdefault(own[0] / rate if own else 1.0, []).append(parameter)
    return [{"params": parameters, "factor": factor} for factor, parameters in groups.items()]


def _schedule_factor(training: Training, progress: float) -> float:
    """Return the factor of the learning rate when the fraction `progress` of steps is done."""
    if progress < training.warm_up:
        return progress / training.warm_up
    decay = (progress - training.warm_up) / (1 - training.warm_up)
    if training.schedule == "linear":
        return 1 - decay
    return (1 + math.cos(math.pi * decay)) / 2 if training.schedule == "cosine" else 1.0


def _balanced_weights(targets: NDArray[np.integer], classes: int) -> torch.Tensor:
    """Return weights that give all classes the same total, as scikit-learn's `balanced`."""
    counts = np.bincount(targets, minlength=classes)
    # A class without items has no loss, so its weight does not matter.
    weights = len(targets) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return torch.from_numpy(weights.astype(np.float32))


def _batches(
    order: torch.Tensor, lengths: NDArray[np.int64] | None, size: int
) -> list[torch.Tensor]:
    """Return `order` in batches of `size`, items of similar length together.

    Items are sorted by length only within eight batches, so batches stay random. A single item
    that is left over joins the last batch: batch normalisation has no variance over one item.
    """
    if lengths is not None:
        sorted_windows = [
            window[torch.from_numpy(np.argsort(lengths[window.numpy()], kind="stable"))]
            for window in order.split(8 * size)
        ]
        order = torch.cat(sorted_windows)
    batches = list(order.split(size))
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches
