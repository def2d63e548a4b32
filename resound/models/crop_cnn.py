"""A convolutional network on crops: one random crop per clip in training, several in test."""

from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Ge, Lt

from resound.models.common.crop_settings import OnCrops
from resound.settings import settings
from resound.training.learner import Examples
from resound.training.settings import Training

if TYPE_CHECKING:
    import torch

    from resound.models.common.torch_learner import TorchLearner


@settings
class Settings(OnCrops):
    """Blocks of convolution 3x3, batch normalisation, ReLU and 2x2 pooling; then a linear layer.

    The input of the linear layer is each channel's mean and maximum over the crop, so the position
    of a sound within it does not matter.
    """

    kind: Literal["crop_cnn"]
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Before the linear layer."""


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "TorchLearner":
    """Return the network for `examples`, its initial weights drawn from `seed`."""
    import torch

    from resound.models.common.crops import crop_learner

    torch.manual_seed(seed)
    network = build(model, examples.classes)
    return crop_learner(network, model, training, examples, seed, device)


def build(model: Settings, classes: int) -> "torch.nn.Module":
    """Return a network from (items, frames, bands) to (items, classes)."""
    from torch import nn

    from resound.models.common.crops import MeanMaxPool, conv_blocks

    head = [MeanMaxPool(), nn.Dropout(model.dropout), nn.Linear(2 * model.channels[-1], classes)]
    return nn.Sequential(conv_blocks(model.channels), *head)
