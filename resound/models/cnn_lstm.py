"""A convolutional network whose maps are the steps of an LSTM, on crops as in `crop_cnn`.

The genres report proposes a CNN followed by an LSTM as its most promising model and runs none: it
gives no sizes.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Ge, Lt, MinLen

from resound.errors import UserError
from resound.models.common.crop_settings import OnCrops
from resound.settings import Positive, settings
from resound.training.inputs.dense import dense_array
from resound.training.learner import Examples
from resound.training.settings import Training

if TYPE_CHECKING:
    import torch

    from resound.models.common.torch_learner import TorchLearner


@settings
class Settings(OnCrops):
    """Blocks of convolution 3x3, batch normalisation, ReLU and 2x2 pooling; then LSTM layers.

    A step of the LSTM has all channels and bands of one frame of the pooled maps. The last state
    goes through a linear layer.
    """

    kind: Literal["cnn_lstm"]
    layers: Annotated[list[Positive], MinLen(1)]
    """Number of units of each LSTM layer."""
    bidirectional: bool = False
    """Whether each layer also processes the steps backwards, with as many units again."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Before the LSTM."""


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "TorchLearner":
    """Return the network for `examples`, its initial weights drawn from `seed`.

    Raises UserError if the features have too few bands for the poolings.
    """
    import torch

    from resound.models.common.crops import crop_learner

    bands, poolings = dense_array(examples.inputs["train"]).shape[2], len(model.channels)
    if bands < 2**poolings:
        raise UserError(
            f"{poolings} poolings need features of {2**poolings} values per frame, not {bands};"
            " choose fewer `channels`"
        )
    torch.manual_seed(seed)
    network = build(model, bands, examples.classes)
    return crop_learner(network, model, training, examples, seed, device)


def build(model: Settings, bands: int, classes: int) -> "torch.nn.Module":
    """Return a network from (items, frames, bands) to (items, classes)."""
    from torch import nn

    from resound.models.common.crops import Steps, conv_blocks
    from resound.models.common.recurrent import Recurrent

    width = model.channels[-1] * (bands >> len(model.channels))
    recurrent = Recurrent(width, model.layers, model.bidirectional, [], 0.0, classes)
    return nn.Sequential(conv_blocks(model.channels), Steps(), nn.Dropout(model.dropout), recurrent)
