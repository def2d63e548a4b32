"""A Kolmogorov-Arnold network: what is learned are functions on the connections, units only sum.

Liu et al., "KAN: Kolmogorov-Arnold Networks" (2024), with grids that stay where they are.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import MinLen

from resound.models.common.base import VECTORS, Network
from resound.settings import Positive, settings
from resound.training.inputs.arrange import Arrange
from resound.training.loop import Examples, Training

if TYPE_CHECKING:
    import torch

    from resound.models.common.torch_learner import TorchLearner

SPAN = 3.0
"""Grids reach so far on either side of zero: nearly all of a standardised input lies within."""


@settings
class Settings(Network):
    """Layers whose connections are B-splines on [-3, 3] plus a scaled SiLU.

    Inputs should be standardised: beyond the grid only the SiLU is left.
    """

    kind: Literal["kan"]
    hidden: Annotated[list[Positive], MinLen(1)]
    """Units of each hidden layer."""
    grid: Positive = 5
    """Steps of the grid."""
    order: Positive = 3
    """Degree of the splines; a connection has 1 + grid + order parameters."""

    inputs: ClassVar[tuple[Arrange, ...]] = VECTORS


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "TorchLearner":
    """The network for `examples`, its first functions drawn from `seed`."""
    import torch

    from resound.models.common.torch_learner import TorchLearner

    torch.manual_seed(seed)
    sizes = [examples.inputs["train"].shape[1], *model.hidden, examples.classes]
    network = build(sizes, model.grid, model.order)
    return TorchLearner(network, training, examples, seed, device)


def build(sizes: Sequence[int], grid: int, order: int, span: float = SPAN) -> "torch.nn.Sequential":
    """A network from (items, first of `sizes`) to (items, last of them)."""
    from torch import nn

    from resound.models.common.splines import SplineLayer

    layers = (SplineLayer(*pair, grid, order, span) for pair in pairwise(sizes))
    return nn.Sequential(*layers)
