"""A perceptron on one row per clip, trained by cross-entropy in batches."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import Ge, Lt, MinLen

from resound.models.common.base import VECTORS, Network
from resound.settings import Positive, settings
from resound.training.inputs.dense import dense_array
from resound.training.inputs.settings import Arrange
from resound.training.learner import Examples
from resound.training.settings import Training

if TYPE_CHECKING:
    import torch

    from resound.models.common.torch_learner import TorchLearner

Activation = Literal["relu", "gelu", "silu"]


@settings
class Settings(Network):
    """Dense layers."""

    kind: Literal["mlp"]
    hidden: Annotated[list[Positive], MinLen(1)]
    """Number of units of each hidden layer."""
    activation: Activation = "relu"
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    """After each activation."""

    inputs: ClassVar[tuple[Arrange, ...]] = VECTORS


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "TorchLearner":
    """Return the network for `examples`, its initial weights drawn from `seed`."""
    import torch

    from resound.models.common.torch_learner import TorchLearner

    torch.manual_seed(seed)
    sizes = [dense_array(examples.inputs["train"]).shape[1], *model.hidden, examples.classes]
    network = build(sizes, model.activation, dropout=model.dropout)
    return TorchLearner(network, training, examples, seed, device)


def build(
    sizes: Sequence[int], activation: Activation, normalise: bool = False, dropout: float = 0.0
) -> "torch.nn.Sequential":
    """Return a network from (items, first of `sizes`) to (items, last of `sizes`)."""
    from torch import nn

    activations = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU}
    layers: list[nn.Module] = [nn.Flatten()]
    for below, units in pairwise(sizes[:-1]):
        layers.append(nn.Linear(below, units))
        if normalise:
            layers.append(nn.BatchNorm1d(units))
        layers.append(activations[activation]())
        if dropout:
            layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))
