"""A Kolmogorov-Arnold network: it learns functions on its connections; units only sum.

Liu et al., "KAN: Kolmogorov-Arnold Networks" (2024), with fixed grids.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import MinLen

from resound.models.common.base import VECTORS, Network
from resound.settings import Positive, settings
from resound.training.inputs.dense import dense_array
from resound.training.inputs.settings import Arrange
from resound.training.learner import Examples
from resound.training.settings import Training

if TYPE_CHECKING:
    import torch

    from resound.models.common.torch_learner import TorchLearner

SPAN = 3.0
"""Half the width of the grids around zero, which covers nearly all of a standardised input."""


@settings
class Settings(Network):
    """Layers whose connections are B-splines on [-3, 3] plus a scaled SiLU.

    Inputs should be standardised: outside the grid only the SiLU remains.
    """

    kind: Literal["kan"]
    hidden: Annotated[list[Positive], MinLen(1)]
    """Number of units of each hidden layer."""
    grid: Positive = 5
    """Number of intervals of the grid."""
    order: Positive = 3
    """Degree of the splines; a connection has 1 + grid + order parameters."""

    inputs: ClassVar[tuple[Arrange, ...]] = VECTORS


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "TorchLearner":
    """Return the network for `examples`, its initial functions drawn from `seed`."""
    import torch

    from resound.models.common.torch_learner import TorchLearner

    torch.manual_seed(seed)
    sizes = [dense_array(examples.inputs["train"]).shape[1], *model.hidden, examples.classes]
    network = build(sizes, model.grid, model.order)
    return TorchLearner(network, training, examples, seed, device)


def build(sizes: Sequence[int], grid: int, order: int, span: float = SPAN) -> "torch.nn.Sequential":
    """Return a network from (items, first of `sizes`) to (items, last of `sizes`)."""
    from torch import nn

    from resound.models.common.splines import SplineLayer

    layers = (SplineLayer(*pair, grid, order, span) for pair in pairwise(sizes))
    return nn.Sequential(*layers)
