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

    normalise: Literal["none", "layer", "batch"] = "none"
    """Whether it begins with layer normalisation or with batch normalisation."""
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
    weights: Literal["pretrained", "random"] = "pretrained"
    """Initial weights of the encoder: `random` draws them from the seed, to train an encoder of the
    same architecture from scratch."""
    pool: Literal["mean", "max", "pooler"] = "mean"
    """Input of the head: the mean or the greatest value of the last layer over valid steps, or the
    output of BERT's own pooler for the first token."""
    padding: Literal["masked", "unmasked"] = "masked"
    """`masked`: clips are padded to the longest of their batch, and the padding influences nothing.
    `unmasked`: every clip is padded with zeros to the longest training clip, or truncated there,
    and the padding counts like the clip itself: in attention, normalisation and mean (as in the
    emotions report)."""
    positions: Positive | None = None
    """Of a Whisper encoder, how many positions its window has, each of 20 ms; omitted, 1,500.
    Recordings are truncated there."""
    layers: Positive | None = None
    """Number of layers that are kept, from the first on; omitted, all."""
    freeze: Natural | Literal["nothing", "encoder"] = "nothing"
    """What is not trained: this many layers from the first on and everything before them, or all
    but the head (`encoder`)."""
    freeze_embeddings: bool = True
    """Whether what precedes the first layer (embeddings, convolutions) is frozen with the layers
    that `freeze` counts."""
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
        if not self.freeze_embeddings and not isinstance(self.freeze, int):
            return "`freeze_embeddings: false` needs a number of layers to `freeze`"
        if any(layer < 1 or layer > (self.layers or layer) for layer in self.prune_heads):
            return "`prune_heads` names a layer that does not exist; the first is 1"
        return None

    def as_saved(self) -> Self:
        """Return the settings that leave a saved encoder unchanged.

        Its layers are cut already, and the length to which it pads clips is saved with it.
        """
        return replace(
            self,
            weights="pretrained",
            positions=None,
            layers=None,
            freeze="nothing",
            freeze_embeddings=True,
            prune_heads={},
            padding="masked",
        )
