"""What a pretrained encoder, left as it is, makes of a clip or a text: the mean of its states.

The third kind of transfer, beside tuning all of a model or some of its layers: its states are
features like any others.
"""

from typing import Literal

from resound.settings import Positive, settings


@settings
class Settings:
    """The mean over the valid steps of one layer's states, or of each layer's."""

    kind: Literal["hidden_states"]
    """A pretrained encoder's states."""
    pretrained: str
    """Which of `pretrained`."""
    of: str
    """The features that it is given: of kind `waveform`, or `tokens` of the same model."""
    layers: Literal["last", "each"] = "last"
    """`last`: one row a clip. `each`: a row a layer, the first what enters the first layer."""
    batch_size: Positive = 16
    """Clips of like length that are heard together."""
    precision: Literal["single", "half"] = "single"
    """On a GPU `single` is IEEE single precision, without TF32; `half` multiplies in bfloat16, what
    is left in TF32. On a CPU, or a GPU that has no bfloat16, `half` changes nothing."""

    least_seconds = 0.025

    @property
    def pooled(self) -> bool:
        """Whether a clip has one row."""
        return self.layers == "last"

    def problem(self) -> str | None:
        """Nothing can be wrong with these settings together."""
        return None
