"""A pretrained encoder, of sound or of text, with a new head: whole, frozen, cut or pruned."""

from dataclasses import field
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Lt

from resound.models.common.base import Network
from resound.settings import Natural, Positive, PositiveNumber, Share, settings
from resound.training.inputs.arrange import Arrange


@settings
class Head:
    """What tells the classes from an encoder's states."""

    normalise: bool = False
    """Whether it begins with layer normalisation."""
    hidden: Positive | None = None
    """Units of a dense layer with ReLU, before the last; left out, there is only the last."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.1
    """Before the last layer."""


@settings
class Settings(Network):
    """A pretrained encoder with a new head."""

    kind: Literal["encoder"]
    """A pretrained encoder with a new head."""
    pretrained: str
    """Which of `pretrained` it begins as."""
    pool: Literal["mean", "pooler"] = "mean"
    """What the head sees: the mean of the last layer over valid steps, or what BERT's own pooler
    makes of the first token."""
    layers: Positive | None = None
    """Only the first so many layers are kept; left out, all."""
    freeze: Natural | Literal["nothing", "encoder"] = "nothing"
    """What stays as it came: the first so many layers and all before them, or all but the head."""
    prune_heads: dict[int, Share] = field(default_factory=dict)
    """Of layers, counted from 1, the share of attention heads that is removed, drawn by the seed:
    `{1: 0.5}`."""
    head: Head = field(default_factory=Head)
    """What tells the classes."""
    head_learning_rate: PositiveNumber | None = None
    """The head's own learning rate; left out, it is that of all."""

    inputs: ClassVar[tuple[Arrange, ...]] = ("ragged",)

    def problem(self) -> str | None:
        """What is wrong with these settings together, if anything."""
        if isinstance(self.freeze, int) and self.layers and self.freeze > self.layers:
            return f"`freeze: {self.freeze}` is more than the {self.layers} layers that are kept"
        if any(layer < 1 or layer > (self.layers or layer) for layer in self.prune_heads):
            return "`prune_heads` names a layer that is not there; the first is 1"
        return None
