"""A convolutional network on excerpts: one of each clip in training, several that vote in test."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import Ge, Lt, MinLen

from resound.models.common.base import Network
from resound.settings import Natural, Positive, settings
from resound.training.inputs.arrange import Arrange
from resound.training.loop import Examples, Training

if TYPE_CHECKING:
    import torch

    from resound.models.common.torch_learner import TorchLearner


@settings
class Settings(Network):
    """Blocks of convolution 3x3, batch normalisation, ReLU and 2x2 pooling; then a linear layer.

    The linear layer sees each channel's mean and maximum over the excerpt, so that where in it
    something sounds does not matter.
    """

    kind: Literal["crop_cnn"]
    channels: Annotated[list[Positive], MinLen(1)]
    """Channels of each block."""
    crop_frames: Positive
    """Frames of an excerpt. A shorter clip is heard in a loop."""
    crops: Positive = 5
    """Excerpts of a clip, evenly spaced, whose probabilities are averaged in test."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Before the linear layer."""
    mask_frames: Natural = 0
    """In training up to so many frames in a row are hidden."""
    mask_bands: Natural = 0
    """In training up to so many bands in a row are hidden."""

    inputs: ClassVar[tuple[Arrange, ...]] = ("sequences",)

    def problem(self) -> str | None:
        """What is wrong with these settings together, if anything."""
        if self.crop_frames < 2 ** len(self.channels):
            return (
                f"{len(self.channels)} poolings need excerpts of {2 ** len(self.channels)} frames"
            )
        return None


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "TorchLearner":
    """The network for `examples`, its first weights drawn from `seed`."""
    import torch

    from resound.models.common.augmentation import hide_frames_and_bands
    from resound.models.common.crops import Voting, random_excerpts
    from resound.models.common.torch_learner import TorchLearner

    torch.manual_seed(seed)
    network = Voting(build(model, examples.classes), model.crop_frames, model.crops)

    def augment(batch: torch.Tensor) -> torch.Tensor:
        excerpts = random_excerpts(batch, model.crop_frames)
        return hide_frames_and_bands(excerpts, model.mask_frames, model.mask_bands)

    return TorchLearner(network, training, examples, seed, device, augment)


def build(model: Settings, classes: int) -> "torch.nn.Module":
    """A network from (items, frames, bands) to (items, classes)."""
    from torch import nn

    from resound.models.common.crops import MeanAndMaximum

    layers: list[nn.Module] = []
    for below, channels in zip([1, *model.channels], model.channels):
        convolution = nn.Conv2d(below, channels, 3, padding=1, bias=False)
        layers += [convolution, nn.BatchNorm2d(channels), nn.ReLU(), nn.MaxPool2d(2)]
    head = [MeanAndMaximum(), nn.Dropout(model.dropout), nn.Linear(2 * channels, classes)]
    return nn.Sequential(nn.Unflatten(1, (1, -1)), *layers, *head)
