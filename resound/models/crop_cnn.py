"""A convolutional network on crops: one random crop per clip in training, several in test."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import Ge, Lt, MinLen

from resound.models.common.base import Network
from resound.settings import Natural, Positive, settings
from resound.training.inputs.settings import Arrange
from resound.training.learner import Examples
from resound.training.settings import Training

if TYPE_CHECKING:
    import torch

    from resound.models.common.torch_learner import TorchLearner


@settings
class Settings(Network):
    """Blocks of convolution 3x3, batch normalisation, ReLU and 2x2 pooling; then a linear layer.

    The input of the linear layer is each channel's mean and maximum over the crop, so the position
    of a sound within it does not matter.
    """

    kind: Literal["crop_cnn"]
    channels: Annotated[list[Positive], MinLen(1)]
    """Number of channels of each block."""
    crop_frames: Positive
    """Number of frames of a crop. A shorter clip is repeated."""
    crops: Positive = 5
    """Number of evenly spaced crops per clip whose probabilities are averaged in test."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Before the linear layer."""
    mask_frames: Natural = 0
    """In training up to this many consecutive frames are masked."""
    mask_bands: Natural = 0
    """In training up to this many adjacent bands are masked."""

    inputs: ClassVar[tuple[Arrange, ...]] = ("sequences",)

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, if anything."""
        if self.crop_frames < 2 ** len(self.channels):
            return f"{len(self.channels)} poolings need crops of {2 ** len(self.channels)} frames"
        return None


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "TorchLearner":
    """Return the network for `examples`, its initial weights drawn from `seed`."""
    import torch

    from resound.models.common.augmentation import mask_frames_and_bands
    from resound.models.common.crops import CropAverage, random_crops
    from resound.models.common.torch_learner import TorchLearner

    torch.manual_seed(seed)
    network = CropAverage(build(model, examples.classes), model.crop_frames, model.crops)

    def augment(batch: torch.Tensor) -> torch.Tensor:
        crops = random_crops(batch, model.crop_frames)
        return mask_frames_and_bands(crops, model.mask_frames, model.mask_bands)

    return TorchLearner(network, training, examples, seed, device, augment)


def build(model: Settings, classes: int) -> "torch.nn.Module":
    """Return a network from (items, frames, bands) to (items, classes)."""
    from torch import nn

    from resound.models.common.crops import MeanMaxPool

    layers: list[nn.Module] = []
    for below, channels in zip([1, *model.channels], model.channels):
        convolution = nn.Conv2d(below, channels, 3, padding=1, bias=False)
        layers += [convolution, nn.BatchNorm2d(channels), nn.ReLU(), nn.MaxPool2d(2)]
    head = [MeanMaxPool(), nn.Dropout(model.dropout), nn.Linear(2 * channels, classes)]
    return nn.Sequential(nn.Unflatten(1, (1, -1)), *layers, *head)
