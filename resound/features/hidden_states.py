"""Hidden states of a pretrained encoder as features: their mean over a clip or a text.

A third form of transfer, beside fine-tuning all of a model or some of its layers. The extraction
is in `resound.models.encoder.hidden_states`.
"""

from typing import Literal

from resound.settings import Positive, settings


@settings
class Settings:
    """The mean over valid steps of the states of one layer, or of each layer."""

    kind: Literal["hidden_states"]
    """Hidden states of a pretrained encoder."""
    pretrained: str
    """The entry of `pretrained`."""
    of: str
    """The features that it takes: of kind `waveform`, `whisper`, or `tokens` of the same model."""
    layers: Literal["last", "each"] = "last"
    """`last`: one row per clip. `each`: one row per layer, the first being the input of the first
    layer."""
    positions: Positive | None = None
    """Of a Whisper encoder, how many positions its window has, each of 20 ms; omitted, 1,500.
    Recordings are truncated there, so it should be as long as most; the time of extraction is
    proportional to it."""
    batch_size: Positive = 16
    """Number of clips of similar length that are processed together."""
    precision: Literal["single", "half"] = "single"
    """On a GPU `single` is IEEE single precision without TF32; `half` multiplies in bfloat16, and
    what remains in single precision in TF32. On a CPU, or a GPU without bfloat16, `half` changes
    nothing."""

    least_seconds = 0.025

    @property
    def pooled(self) -> bool:
        """Whether a clip has one row."""
        return self.layers == "last"

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, if anything."""
        return None
