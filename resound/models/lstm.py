"""The recurrent classifier of the genres report: LSTM layers, a dense head, as Keras makes them."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import Ge, Lt, MinLen

from resound.models.common.base import Network
from resound.settings import Positive, settings
from resound.training.inputs.arrange import Arrange
from resound.training.loop import Examples, Training

if TYPE_CHECKING:
    from resound.models.common.torch_learner import TorchLearner


@settings
class Settings(Network):
    """LSTM layers whose last state goes through dense layers with ReLU and dropout."""

    kind: Literal["lstm"]
    layers: Annotated[list[Positive], MinLen(1)]
    """Units of each LSTM layer."""
    bidirectional: bool = False
    """Whether each layer also reads backwards, with as many units again."""
    head: list[Positive]
    """Units of each dense layer before the last."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    """After each layer of the head."""

    inputs: ClassVar[tuple[Arrange, ...]] = ("pooled", "sequences")


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "TorchLearner":
    """The network for `examples`; a pooled row of n values is fed as n steps of one."""
    import torch

    from resound.models.common.recurrent import Recurrent
    from resound.models.common.torch_learner import TorchLearner

    torch.manual_seed(seed)
    inputs = examples.inputs["train"]
    width = inputs.shape[2] if inputs.ndim == 3 else 1
    network = Recurrent(
        width, model.layers, model.bidirectional, model.head, model.dropout, examples.classes
    )
    return TorchLearner(network, training, examples, seed, device)
