"""A perceptron on windows of frames: one class per frame, from the frame and its neighbours."""

from math import prod
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
    """Dense layers over all values of a window."""

    kind: Literal["frame_mlp"]
    hidden: Annotated[list[Positive], MinLen(1)]
    """Number of units of each hidden layer."""
    activation: Literal["relu", "gelu"] = "relu"
    normalise: bool = False
    """Whether batch normalisation comes before each activation."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    """After each activation."""
    mask_frames: Natural = 0
    """In training up to this many consecutive frames of a window are masked."""
    mask_bands: Natural = 0
    """In training up to this many adjacent values of each frame are masked."""

    inputs: ClassVar[tuple[Arrange, ...]] = ("windows",)


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "TorchLearner":
    """Return the network for `examples`, its initial weights drawn from `seed`."""
    import torch

    from resound.models.common.augmentation import mask_frames_and_bands
    from resound.models.common.torch_learner import TorchLearner

    torch.manual_seed(seed)
    network = build(
        model, prod(size or 0 for size in examples.inputs["train"].item_shape), examples.classes
    )

    def augment(batch: torch.Tensor) -> torch.Tensor:
        return mask_frames_and_bands(batch, model.mask_frames, model.mask_bands)

    return TorchLearner(network, training, examples, seed, device, augment)


def build(model: Settings, values: int, classes: int) -> "torch.nn.Module":
    """Return a network from windows of `values` values to (items, classes)."""
    from resound.models import mlp

    sizes = [values, *model.hidden, classes]
    return mlp.build(sizes, model.activation, model.normalise, model.dropout)
