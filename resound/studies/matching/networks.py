"""Methods that match all features jointly by training networks, for many problems at once.

A problem is a target and a source, arrays of shape (items, width). All problems are trained in the
same batched operations, on one thread. They share no weights, so each is trained as if it were
alone.

The reports name these methods without their networks and losses, which are inferred here.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from resound.studies.common.adam import Adam
from resound.studies.common.divergences import Vector

if TYPE_CHECKING:
    import torch

Problem = tuple[Vector, Vector]
"""Target and source, shape (items, width) each; widths may differ between problems."""
HIDDEN, LATENT = 32, 8
"""Units of each hidden layer, and dimensions of the autoencoder's latent variable."""
STEPS, BATCH = 150, 96
"""Steps of training, and the items of each side in a step."""
GENERATOR_RATE, DISCRIMINATOR_RATE, AUTOENCODER_RATE = 0.003, 0.01, 0.01
"""Learning rates of Adam. `PENALTY` and they were chosen by the distance alone, not by labels."""
AVERAGED = 75
"""Generators are averaged over this many last steps, because adversarial training oscillates."""
PENALTY = 0.01
"""The factor of the squared weights of a discriminator in its loss."""
NOISE = 0.1
"""The variance that the autoencoder assigns to each feature given the latent variable."""


def match_adversarially(
    problems: Sequence[Problem],
    generator: Literal["linear", "network"],
    random: np.random.Generator,
) -> list[Vector]:
    """Return the target of each problem after a map that a discriminator was trained against.

    The discriminator separates mapped items of the target from items of the source by logistic
    loss, and the map is trained so that it fails, by the loss with inverted labels (Tzeng et al.,
    "Adversarial discriminative domain adaptation", 2017). The map is linear, or the sum of its
    input and a network with one hidden layer: the generator of a generative adversarial network
    whose input is an item of the target instead of noise. Both begin as the identity.
    """
    import torch
    from torch.nn.functional import leaky_relu, softplus

    torch.set_num_threads(1)
    targets, sources = _pad(problems)
    count, width = len(problems), targets.shape[2]
    discriminator = [*_layer(count, width, HIDDEN, random), *_layer(count, HIDDEN, 1, random)]
    if generator == "linear":
        maps = _layer(count, width, width, random, scale=0.0)
    else:
        maps = [
            *_layer(count, width, HIDDEN, random),
            *_layer(count, HIDDEN, width, random, scale=0.0),
        ]

    def score(rows: torch.Tensor) -> torch.Tensor:
        return _network(discriminator, rows, leaky_relu)

    def apply(parameters: Sequence[torch.Tensor], rows: torch.Tensor) -> torch.Tensor:
        return rows + _network(parameters, rows, torch.tanh)

    adversary = Adam(discriminator, DISCRIMINATOR_RATE, 0.5)
    mapper = Adam(maps, GENERATOR_RATE, 0.5)
    averages = [torch.zeros_like(parameter) for parameter in maps]
    for step in range(STEPS):
        target, source = (_draw(rows, random) for rows in (targets, sources))
        mapped = apply(maps, target)
        loss = softplus(-score(source)).mean((1, 2)) + softplus(score(mapped.detach())).mean((1, 2))
        penalty = torch.stack([(weights**2).sum((1, 2)) for weights in discriminator[::2]]).sum()
        adversary.step(loss.sum() + PENALTY * penalty)
        loss = softplus(-score(mapped)).mean((1, 2))
        mapper.step(loss.sum())
        if step >= STEPS - AVERAGED:
            for average, parameter in zip(averages, maps):
                average += parameter.detach() / AVERAGED
    return _apply(problems, lambda n, rows: apply([a[n : n + 1] for a in averages], rows))


def match_by_autoencoder(problems: Sequence[Problem], random: np.random.Generator) -> list[Vector]:
    """Return the target of each problem, encoded as target and decoded as source.

    A variational autoencoder is trained on both, and its encoder and decoder know which of both an
    item is from (Sohn, Lee and Yan, "Learning structured output representation using deep
    conditional generative models", 2015). Its prior is the same for both, so latent variables are
    matched. An item is encoded by the mean of its latent variable.
    """
    import torch

    torch.set_num_threads(1)
    targets, sources = _pad(problems)
    count, width = len(problems), targets.shape[2]
    encoder = [
        *_layer(count, width + 1, HIDDEN, random),
        *_layer(count, HIDDEN, 2 * LATENT, random),
    ]
    decoder = [*_layer(count, LATENT + 1, HIDDEN, random), *_layer(count, HIDDEN, width, random)]

    def encode(rows: torch.Tensor, domain: float) -> torch.Tensor:
        return _network(encoder, _with_domain(rows, domain), torch.tanh)

    def decode(latent: torch.Tensor, domain: float) -> torch.Tensor:
        return _network(decoder, _with_domain(latent, domain), torch.tanh)

    optimizer = Adam([*encoder, *decoder], AUTOENCODER_RATE, 0.9)
    generator = torch.Generator().manual_seed(int(random.integers(2**31)))
    for _ in range(STEPS):
        loss = torch.zeros(())
        for side, domain in ((targets, 1.0), (sources, 0.0)):
            rows = _draw(side, random)
            mean, log_variance = encode(rows, domain).split(LATENT, dim=2)
            noise = torch.randn(mean.shape, generator=generator)
            restored = decode(mean + noise * (log_variance / 2).exp(), domain)
            prior = (mean**2 + log_variance.exp() - log_variance - 1).sum(2) / 2
            error = ((restored - rows) ** 2).sum(2) / (2 * NOISE)
            loss = loss + (error + prior).mean(1).sum()
        optimizer.step(loss)

    def translate(n: int, rows: torch.Tensor) -> torch.Tensor:
        weights = [parameter[n : n + 1] for parameter in encoder]
        mean = _network(weights, _with_domain(rows, 1.0), torch.tanh)[:, :, :LATENT]
        weights = [parameter[n : n + 1] for parameter in decoder]
        return _network(weights, _with_domain(mean, 0.0), torch.tanh)

    return _apply(problems, translate)


def _pad(problems: Sequence[Problem]) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return all targets and all sources, shape (problems, items, width) each.

    Narrow problems are padded by zeros, short ones by repeating their items.
    """
    import torch

    sides = []
    for groups in zip(*problems):
        items, width = np.max([rows.shape for rows in groups], axis=0)
        padded = [
            np.pad(rows, ((0, 0), (0, width - rows.shape[1])))[np.arange(items) % len(rows)]
            for rows in groups
        ]
        sides.append(torch.tensor(np.stack(padded), dtype=torch.float32))
    return sides[0], sides[1]


def _draw(rows: "torch.Tensor", random: np.random.Generator) -> "torch.Tensor":
    """Return at most `BATCH` items of each problem, drawn without replacement."""
    count = rows.shape[1]
    return rows[:, random.choice(count, min(count, BATCH), replace=False)]


def _layer(
    count: int, inputs: int, outputs: int, random: np.random.Generator, scale: float = 1.0
) -> "list[torch.Tensor]":
    """Return weights of variance `scale`^2 / inputs, and zero biases, for each problem."""
    import torch

    weights = random.normal(0, 1, (count, inputs, outputs)) * scale / np.sqrt(inputs)
    layer = [torch.tensor(weights, dtype=torch.float32), torch.zeros(count, 1, outputs)]
    return [parameter.requires_grad_() for parameter in layer]


def _network(
    parameters: "Sequence[torch.Tensor]",
    rows: "torch.Tensor",
    activation: "Callable[[torch.Tensor], torch.Tensor]",
) -> "torch.Tensor":
    """Return the output of one or two layers on rows of shape (problems, items, width)."""
    import torch

    output = torch.baddbmm(parameters[1], rows, parameters[0])
    for weights, biases in zip(parameters[2::2], parameters[3::2]):
        output = torch.baddbmm(biases, activation(output), weights)
    return output


def _with_domain(rows: "torch.Tensor", domain: float) -> "torch.Tensor":
    """Append a column: 1 for the target, 0 for the source."""
    from torch.nn.functional import pad

    return pad(rows, (0, 1), value=domain)


def _apply(
    problems: Sequence[Problem], apply: "Callable[[int, torch.Tensor], torch.Tensor]"
) -> list[Vector]:
    """Return all targets, mapped by a function of a problem's number and its padded rows."""
    import torch

    width, mapped = max(source.shape[1] for _, source in problems), []
    for n, (target, _) in enumerate(problems):
        own = target.shape[1]
        rows = torch.tensor(np.pad(target, ((0, 0), (0, width - own))), dtype=torch.float32)
        with torch.no_grad():
            mapped.append(apply(n, rows[None])[0, :, :own].double().numpy())
    return mapped
