"""A small convolutional network on frames, with masking as its augmentation."""

from dataclasses import field
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import Ge, Lt, MinLen

from resound.models.common.base import Network
from resound.settings import Natural, Positive, settings
from resound.training.inputs.dense import dense_array
from resound.training.inputs.settings import Arrange
from resound.training.learner import Examples
from resound.training.settings import Training

if TYPE_CHECKING:
    import torch

    from resound.models.common.torch_learner import TorchLearner


@settings
class Settings(Network):
    """Blocks of convolution (stride 2), batch normalisation and ReLU; then dense layers."""

    kind: Literal["cnn"]
    channels: Annotated[list[Positive], MinLen(1)]
    """Number of channels of each block."""
    hidden: list[Positive] = field(default_factory=list)
    """Number of units of each dense layer with ReLU before the last layer."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Before each dense layer."""
    shift_frames: Natural = 0
    """In training a clip is shifted by up to this many frames in either direction."""
    mask_frames: Natural = 0
    """In training up to this many consecutive frames are masked (SpecAugment, Park et al. 2019)."""
    mask_bands: Natural = 0
    """In training up to this many adjacent bands are masked."""

    inputs: ClassVar[tuple[Arrange, ...]] = ("padded",)


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "TorchLearner":
    """Return the network for `examples`, its initial weights drawn from `seed`."""
    import torch

    from resound.models.common.augmentation import mask_frames_and_bands, shift
    from resound.models.common.torch_learner import TorchLearner

    torch.manual_seed(seed)
    frames, bands = dense_array(examples.inputs["train"]).shape[1:]
    network = build(model, frames, bands, examples.classes)

    def augment(batch: torch.Tensor) -> torch.Tensor:
        shifted = shift(batch, model.shift_frames)
        return mask_frames_and_bands(shifted, model.mask_frames, model.mask_bands)

    return TorchLearner(network, training, examples, seed, device, augment)


def build(model: Settings, frames: int, bands: int, classes: int) -> "torch.nn.Module":
    """Return a network from (items, frames, bands) to (items, classes)."""
    from torch import nn

    layers: list[nn.Module] = [nn.Unflatten(1, (1, frames))]
    below = 1
    for channels in model.channels:
        convolution = nn.Conv2d(below, channels, 3, stride=2, padding=1, bias=False)
        layers += [convolution, nn.BatchNorm2d(channels), nn.ReLU()]
        below, frames, bands = channels, (frames + 1) // 2, (bands + 1) // 2
    layers.append(nn.Flatten())
    below *= frames * bands
    for units in model.hidden:
        layers += [nn.Dropout(model.dropout), nn.Linear(below, units), nn.ReLU()]
        below = units
    return nn.Sequential(*layers, nn.Dropout(model.dropout), nn.Linear(below, classes))
