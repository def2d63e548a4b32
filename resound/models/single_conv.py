"""The convolutional network of the genres report: one convolution, one pooling, one dense layer."""

from typing import TYPE_CHECKING, ClassVar, Literal

from resound.models.common.base import Network
from resound.settings import Positive, settings
from resound.training.inputs.arrange import Arrange
from resound.training.loop import Examples, Training

if TYPE_CHECKING:
    import torch

    from resound.models.common.torch_learner import TorchLearner


@settings
class Settings(Network):
    """Convolution 3x3 with ReLU, the maximum of 3x3 in steps of 2, batch normalisation, classes."""

    kind: Literal["single_conv"]
    channels: Positive
    """Channels of the convolution."""

    inputs: ClassVar[tuple[Arrange, ...]] = ("padded",)


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "TorchLearner":
    """The network for `examples`, its first weights drawn from `seed`."""
    import torch

    from resound.models.common.torch_learner import TorchLearner

    torch.manual_seed(seed)
    rows, columns = examples.inputs["train"].shape[1:]
    network = build(model.channels, rows, columns, examples.classes)
    return TorchLearner(network, training, examples, seed, device)


def build(channels: int, rows: int, columns: int, classes: int) -> "torch.nn.Module":
    """A network from (items, rows, columns) to (items, classes), beginning as Keras' does."""
    from torch import nn

    def pooled(size: int) -> int:
        return (size - 2 - 3) // 2 + 1

    convolution = nn.Conv2d(1, channels, 3)
    dense = nn.Linear(channels * pooled(rows) * pooled(columns), classes)
    for layer in (convolution, dense):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(dict(layer.named_parameters())["bias"])
    # Keras' constants of batch normalisation: 0.001 and 1 - 0.99.
    normal = nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)
    pool = nn.MaxPool2d(3, stride=2)
    front = [nn.Unflatten(1, (1, rows)), convolution, nn.ReLU(), pool, normal]
    return nn.Sequential(*front, nn.Flatten(), dense)
