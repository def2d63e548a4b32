"""The weights of one network, of all networks that share them, or of their mixture."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from resound.studies.architectures.space import KERNELS, STRIDES, Architecture

if TYPE_CHECKING:
    import torch

WIDEST = max(KERNELS)


class Network:
    """Weights for every architecture of the space.

    A narrow kernel is the middle of the widest one, and a stride leaves out frames, so one array
    of weights per convolution serves all (Stamoulis et al., "Single-Path NAS", 2019). A network
    that is trained alone uses the weights of its own architecture and leaves the others unchanged.
    """

    def __init__(
        self, bands: int, channels: int, classes: int, fan: int, random: np.random.Generator
    ) -> None:
        """Draw weights of variance 2 / inputs for convolutions over `fan` frames."""
        import torch

        def draw(*shape: int, inputs: int) -> torch.Tensor:
            values = random.normal(0, np.sqrt(2 / inputs), shape)
            return torch.tensor(values, dtype=torch.float32, requires_grad=True)

        def zeros(size: int) -> torch.Tensor:
            return torch.zeros(size, requires_grad=True)

        self.parameters = [
            draw(channels, bands, WIDEST, inputs=bands * fan),
            zeros(channels),
            draw(channels, channels, WIDEST, inputs=channels * fan),
            zeros(channels),
            draw(classes, channels, inputs=channels),
            zeros(classes),
        ]

    def logits(self, rows: "torch.Tensor", architecture: Architecture) -> "torch.Tensor":
        """Return the logits of an architecture for rows of shape (items, bands, frames)."""
        first, first_bias, second, second_bias, head, bias = self.parameters
        kernel = _middle(first, architecture.kernel)
        hidden = _convolve(rows, kernel, first_bias)[:, :, :: architecture.stride]
        if architecture.second_kernel is not None:
            output = _convolve(hidden, _middle(second, architecture.second_kernel), second_bias)
            hidden = output + hidden if architecture.skip else output
        return hidden.mean(2) @ head.T + bias

    def mixed_logits(
        self, rows: "torch.Tensor", probabilities: "dict[str, torch.Tensor]"
    ) -> "torch.Tensor":
        """Return the logits of the mixture of all architectures.

        `probabilities` has those of the choices of each decision, as `Decisions` lists them.
        Kernels are mixed as weights, before the activation; strides, the second convolution and
        the skip connection are mixed as features, after the mean over time, where all have the
        same shape. Where one choice of each decision has the probability 1, this equals `logits`.
        """
        import torch

        first, first_bias, second, second_bias, head, bias = self.parameters
        kernel = first * _tap_weights(probabilities["kernel"])
        second_kernel = second * _tap_weights(probabilities["second_kernel"])
        depth, skip = probabilities["depth"], probabilities["skip"][1]
        features = torch.zeros(())
        maps = _convolve(rows, kernel, first_bias)
        for probability, stride in zip(probabilities["stride"], STRIDES):
            hidden = maps[:, :, ::stride]
            one = hidden.mean(2)
            two = _convolve(hidden, second_kernel, second_bias).mean(2) + skip * one
            features = features + probability * (depth[0] * one + depth[1] * two)
        return features @ head.T + bias


class Decisions:
    """The parameters of a mixture: a softmax over the choices of each decision."""

    NAMES = ("kernel", "stride", "depth", "second_kernel", "skip")
    """Each has two choices, in the order of `KERNELS`, `STRIDES`, one or two convolutions,
    `KERNELS`, without or with skip connection."""

    def __init__(self) -> None:
        import torch

        self.parameters = [torch.zeros(2, requires_grad=True) for _ in self.NAMES]

    @property
    def probabilities(self) -> "dict[str, torch.Tensor]":
        """The probabilities of both choices of each decision."""
        return {name: p.softmax(0) for name, p in zip(self.NAMES, self.parameters)}

    def log_probability(self, architecture: Architecture) -> float:
        """Return the logarithm of the probability of all choices of an architecture."""
        logs = {name: p.log().tolist() for name, p in self.probabilities.items()}
        return float(sum(logs[name][choice] for name, choice in _choices(architecture)))


def _choices(architecture: Architecture) -> Iterator[tuple[str, int]]:
    """Yield the number of the choice of each decision that an architecture has."""
    yield "kernel", KERNELS.index(architecture.kernel)
    yield "stride", STRIDES.index(architecture.stride)
    yield "depth", int(architecture.second_kernel is not None)
    if architecture.second_kernel is not None:
        yield "second_kernel", KERNELS.index(architecture.second_kernel)
        yield "skip", int(architecture.skip)


def one_hot(architecture: Architecture) -> "dict[str, torch.Tensor]":
    """Return the probabilities of a mixture that is one architecture alone."""
    import torch

    chosen = dict.fromkeys(Decisions.NAMES, 0) | dict(_choices(architecture))
    return {name: torch.eye(2)[choice] for name, choice in chosen.items()}


def _middle(weights: "torch.Tensor", size: int) -> "torch.Tensor":
    """Return the middle of the widest kernel."""
    start = (WIDEST - size) // 2
    return weights[:, :, start : start + size]


def _tap_weights(probabilities: "torch.Tensor") -> "torch.Tensor":
    """Return the probability that a kernel spans each frame, shape (`WIDEST`,)."""
    import torch

    offsets = torch.arange(WIDEST) - WIDEST // 2
    masks = torch.stack([(offsets.abs() <= size // 2).float() for size in KERNELS])
    return probabilities @ masks


def _convolve(rows: "torch.Tensor", kernel: "torch.Tensor", bias: "torch.Tensor") -> "torch.Tensor":
    """Return the activations of a convolution that keeps the number of frames."""
    from torch.nn.functional import conv1d

    return conv1d(rows, kernel, bias, padding=kernel.shape[2] // 2).relu()
