"""Settings of models that are trained on crops of clips."""

from typing import Annotated, ClassVar

from annotated_types import MinLen

from resound.models.common.base import Network
from resound.settings import Natural, Positive, settings
from resound.training.inputs.settings import Arrange


@settings
class OnCrops(Network):
    """Settings of convolutional blocks over crops, each block with a pooling."""

    channels: Annotated[list[Positive], MinLen(1)]
    """Number of channels of each block."""
    crop_frames: Positive
    """Number of frames of a crop. A shorter clip is repeated."""
    crops: Positive = 5
    """Number of evenly spaced crops per clip whose probabilities are averaged in test."""
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
