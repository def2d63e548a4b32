"""Settings of the study of estimates in architecture search."""

from typing import Annotated, Literal

from annotated_types import Ge, Len

from resound.settings import Natural, Positive, Share, settings
from resound.studies.common.material import Data


@settings
class Settings:
    """Small convolutional networks, all trained, and cheap estimates of which is best."""

    kind: Literal["architectures"]
    """Estimates of the quality of networks, compared with the training of every network."""
    data: Annotated[list[Data], Len(1, 1)]
    """What networks are trained on: features with frames, and a split with a validation part."""
    max_items: Annotated[int, Ge(20)] = 200
    """The largest number of items of each part, drawn at random."""
    channels: Positive = 12
    """Channels of each convolution."""
    epochs: Positive = 7
    """Epochs of a full training."""
    shared_epochs: Positive = 14
    """Epochs in which shared weights, or the mixture of all networks, are trained."""
    data_share: Share = 0.25
    """The fraction of training items in estimates by fewer data."""
    trainings: Annotated[int, Ge(2)] = 2
    """Full trainings of each network, which differ by random numbers."""
    repeats: Annotated[int, Ge(2)] = 4
    """How often each estimate is made, with different random numbers."""
    margin: Share = 0.02
    """A difference in accuracy that does not matter."""
    seed: Natural = 1
