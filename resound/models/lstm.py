"""The recurrent classifier of the genres report: LSTM or GRU and dense layers, as in Keras."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import Ge, Lt, MinLen

from resound.models.common.base import Network
from resound.settings import Positive, settings
from resound.training.inputs.dense import dense_array
from resound.training.inputs.settings import Arrange
from resound.training.learner import Examples
from resound.training.settings import Training

if TYPE_CHECKING:
    from resound.models.common.torch_learner import TorchLearner


@settings
class Settings(Network):
    """Recurrent layers whose last state goes through dense layers with ReLU and dropout."""

    kind: Literal["lstm"]
    layers: Annotated[list[Positive], MinLen(1)]
    """Number of units of each recurrent layer."""
    bidirectional: bool = False
    """Whether each layer also processes the sequence backwards, with as many units again."""
    head: list[Positive]
    """Number of units of each dense layer before the last."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    """After each layer of the head."""
    cell: Literal["lstm", "gru"] = "lstm"
    """The recurrent unit: long short-term memory, or a gated recurrent unit (Cho et al. 2014)."""

    inputs: ClassVar[tuple[Arrange, ...]] = ("pooled", "sequences")


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "TorchLearner":
    """Return the network for `examples`; a pooled row of n values is a sequence of n steps."""
    import torch

    from resound.models.common.recurrent import Recurrent
    from resound.models.common.torch_learner import TorchLearner

    torch.manual_seed(seed)
    inputs = dense_array(examples.inputs["train"])
    width = inputs.shape[2] if inputs.ndim == 3 else 1
    network = Recurrent(
        width,
        model.layers,
        model.bidirectional,
        model.head,
        model.dropout,
        examples.classes,
        model.cell,
    )
    return TorchLearner(network, training, examples, seed, device)
