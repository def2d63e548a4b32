"""Settings of a pretrained encoder of sound or text with a new classification head."""

from dataclasses import field, replace
from typing import Annotated, ClassVar, Literal, Self

from annotated_types import Ge, Lt

from resound.models.common.base import Network
from resound.settings import Natural, Positive, PositiveNumber, Share, settings
from resound.training.inputs.settings import Arrange


@settings
class Head:
    """The layers from an encoder's states to the classes."""

    normalise: bool = False
    """Whether it begins with layer normalisation."""
    hidden: Positive | None = None
    """Number of units of a dense layer with ReLU before the last; omitted, only the last."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.1
    """Before the last layer."""


@settings
class Settings(Network):
    """A pretrained encoder with a new head."""

    kind: Literal["encoder"]
    """A pretrained encoder with a new head."""
    pretrained: str
    """The entry of `pretrained` from which it starts."""
    pool: Literal["mean", "pooler"] = "mean"
    """Input of the head: the mean of the last layer over valid steps, or the output of BERT's own
    pooler for the first token."""
    layers: Positive | None = None
    """Number of layers that are kept, from the first on; omitted, all."""
    freeze: Natural | Literal["nothing", "encoder"] = "nothing"
    """What is not trained: this many layers from the first on and everything before them, or all
    but the head (`encoder`)."""
    prune_heads: dict[int, Share] = field(default_factory=dict)
    """Fraction of attention heads that is removed from a layer, drawn from the seed; layers are
    counted from 1: `{1: 0.5}`."""
    head: Head = field(default_factory=Head)
    """The classification head."""
    head_learning_rate: PositiveNumber | None = None
    """Learning rate of the head; omitted, that of everything."""

    inputs: ClassVar[tuple[Arrange, ...]] = ("ragged",)

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, if anything."""
        if isinstance(self.freeze, int) and self.layers and self.freeze > self.layers:
            return f"`freeze: {self.freeze}` is more than the {self.layers} layers that are kept"
        if any(layer < 1 or layer > (self.layers or layer) for layer in self.prune_heads):
            return "`prune_heads` names a layer that does not exist; the first is 1"
        return None

    def as_saved(self) -> Self:
        """Return the settings that leave a saved encoder unchanged: its layers are cut already."""
        return replace(self, layers=None, freeze="nothing", prune_heads={})
