"""The convolutional network of the genres report: one convolution, one pooling, one dense layer."""

from typing import TYPE_CHECKING, ClassVar, Literal

from resound.models.common.base import Network
from resound.settings import Positive, settings
from resound.training.inputs.dense import dense_array
from resound.training.inputs.settings import Arrange
from resound.training.learner import Examples
from resound.training.settings import Training

if TYPE_CHECKING:
    import torch

    from resound.models.common.torch_learner import TorchLearner


@settings
class Settings(Network):
    """Convolution 3x3 with ReLU, max pooling 3x3 with stride 2, batch normalisation, classes."""

    kind: Literal["single_conv"]
    channels: Positive
    """Number of channels of the convolution."""

    inputs: ClassVar[tuple[Arrange, ...]] = ("padded",)


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "TorchLearner":
    """Return the network for `examples`, its initial weights drawn from `seed`."""
    import torch

    from resound.models.common.torch_learner import TorchLearner

    torch.manual_seed(seed)
    rows, columns = dense_array(examples.inputs["train"]).shape[1:]
    network = build(model.channels, rows, columns, examples.classes)
    return TorchLearner(network, training, examples, seed, device)


def build(channels: int, rows: int, columns: int, classes: int) -> "torch.nn.Module":
    """Return a network from (items, rows, columns) to (items, classes), initialised as in Keras."""
    from torch import nn

    def pooled(size: int) -> int:
        return (size - 2 - 3) // 2 + 1

    convolution = nn.Conv2d(1, channels, 3)
    dense = nn.Linear(channels * pooled(rows) * pooled(columns), classes)
    for layer in (convolution, dense):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(dict(layer.named_parameters())["bias"])
    # Keras's constants of batch normalisation: 0.001 and 1 - 0.99.
    normal = nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)
    pool = nn.MaxPool2d(3, stride=2)
    front = [nn.Unflatten(1, (1, rows)), convolution, nn.ReLU(), pool, normal]
    return nn.Sequential(*front, nn.Flatten(), dense)
