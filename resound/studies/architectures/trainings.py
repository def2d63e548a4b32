"""Trainings of one architecture, of all with shared weights, and of their mixture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resound.studies.architectures.network import WIDEST, Decisions, Network
from resound.studies.architectures.settings import Settings
from resound.studies.architectures.space import KERNELS, Architecture
from resound.studies.common.adam import Adam

if TYPE_CHECKING:
    import torch

BATCH = 50
RATE, DECISIONS_RATE = 0.01, 0.05
"""Learning rates of Adam for weights and for the decisions of a mixture."""
DECAY = 0.9


@dataclass(frozen=True)
class Part:
    """The items of a part."""

    rows: "torch.Tensor"
    """Shape (items, bands, frames)."""
    targets: "torch.Tensor"

    def __len__(self) -> int:
        return len(self.targets)

    def select(self, items: NDArray[np.intp]) -> "Part":
        """Return some of the items."""
        return Part(self.rows[items], self.targets[items])


@dataclass(frozen=True)
class Examples:
    """The parts of a corpus."""

    train: Part
    validation: Part
    test: Part
    classes: int

    @property
    def parts(self) -> tuple[Part, Part, Part]:
        """The training, validation and test part."""
        return self.train, self.validation, self.test

    def network(self, settings: Settings, fan: int, random: np.random.Generator) -> Network:
        """Return a network with random weights."""
        return Network(self.train.rows.shape[1], settings.channels, self.classes, fan, random)


def train_alone(
    architecture: Architecture, examples: Examples, settings: Settings, random: np.random.Generator
) -> Network:
    """Train one architecture from random weights."""
    network = examples.network(settings, architecture.kernel, random)
    _train(network, [architecture], examples.train, settings.epochs, random)
    return network


def train_shared(
    architectures: Sequence[Architecture],
    examples: Examples,
    settings: Settings,
    random: np.random.Generator,
) -> Network:
    """Train the weights that all architectures share, with another random one in each step."""
    network = examples.network(settings, sum(KERNELS) // len(KERNELS), random)
    _train(network, architectures, examples.train, settings.shared_epochs, random)
    return network


def train_mixture(examples: Examples, settings: Settings, random: np.random.Generator) -> Decisions:
    """Train the mixture of all architectures by gradients and return its decisions.

    Steps alternate: weights on training items, decisions on validation items (Liu, Simonyan and
    Yang, "DARTS: differentiable architecture search", 2019, in its first-order form).
    """
    network = examples.network(settings, WIDEST, random)
    decisions = Decisions()
    weights = Adam(network.parameters, RATE, DECAY)
    architecture = Adam(decisions.parameters, DECISIONS_RATE, DECAY)
    for _ in range(settings.shared_epochs):
        for items in _batches(len(examples.train), random):
            for part, optimizer in ((examples.train, weights), (examples.validation, architecture)):
                batch = part.select(items % len(part))
                logits = network.mixed_logits(batch.rows, decisions.probabilities)
                optimizer.step(_cross_entropy(logits, batch.targets))
    return decisions


def accuracy(network: Network, architecture: Architecture, part: Part) -> float:
    """Return the accuracy of an architecture with these weights."""
    import torch

    with torch.no_grad():
        predicted = network.logits(part.rows, architecture).argmax(1)
    return float((predicted == part.targets).float().mean())


def _train(
    network: Network,
    architectures: Sequence[Architecture],
    part: Part,
    epochs: int,
    random: np.random.Generator,
) -> None:
    optimizer = Adam(network.parameters, RATE, DECAY)
    for _ in range(epochs):
        for items in _batches(len(part), random):
            architecture = architectures[int(random.integers(len(architectures)))]
            batch = part.select(items)
            logits = network.logits(batch.rows, architecture)
            optimizer.step(_cross_entropy(logits, batch.targets))


def _cross_entropy(logits: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
    from torch.nn.functional import cross_entropy

    return cross_entropy(logits, targets)


def _batches(count: int, random: np.random.Generator) -> list[NDArray[np.intp]]:
    """Return all items in a random order, in batches."""
    order = random.permutation(count)
    return [order[n : n + BATCH] for n in range(0, count, BATCH)]
