"""Settings of Whisper models: fine-tuning and decoding."""

from typing import Annotated, Literal

from annotated_types import Ge, Lt, MinLen

from resound.settings import Positive, PositiveNumber, settings
from resound.training.settings import OnDemo


@settings
class Adapters:
    """Low-rank adapters (Hu et al. 2021), which are trained while the model is frozen."""

    rank: Positive = 16
    alpha: Positive = 32
    """The output of an adapter is scaled by alpha / rank."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.05
    modules: Annotated[list[str], MinLen(1)]
    """The layers that get an adapter, by the end of their names, such as `q_proj`."""


@settings
class Whisper:
    """A Whisper model."""

    kind: Literal["whisper"]
    """A Whisper model."""
    pretrained: str
    """The entry of `pretrained` from which it starts."""
    freeze: Literal["nothing", "encoder"] = "nothing"
    """What fine-tuning does not change."""
    adapters: Adapters | None = None
    """Train only these; they are merged into the model at the end."""

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, if anything."""
        if self.adapters and self.freeze != "nothing":
            return "`adapters` leave the whole model unchanged: drop `freeze`"
        return None


@settings
class Decode:
    """How the model decodes."""

    task: Literal["transcribe", "translate", "identify"]
    """`transcribe` writes the spoken words, `translate` writes them in English, `identify` predicts
    only the language, which is the label of an item."""
    language: str | None = None
    """The spoken language (`fa`); omitted, the model detects it for each recording."""
    batch_size: Positive = 16
    """Number of recordings decoded together; they are of similar length."""
    precision: Literal["single", "half"] = "single"
    """On a GPU `single` is IEEE single precision without TF32, and `half` is bfloat16; on a CPU, or
    a GPU without bfloat16, `half` changes nothing."""


@settings
class FineTuning:
    """How a pretrained model is fine-tuned: AdamW, its learning rate falling linearly to zero.

    The model of the lowest word error rate on the validation part is kept.
    """

    learning_rate: PositiveNumber
    epochs: Positive
    batch_size: Positive
    evaluate_every: Positive | None = None
    """Steps between evaluations on the validation part; omitted, once per epoch."""
    precision: Literal["single", "half"] = "single"
    """On a GPU `single` is IEEE single precision without TF32; `half` multiplies in bfloat16
    (float16 on GPUs without it), and what remains in single precision in TF32. On a CPU `half`
    changes nothing."""
    deterministic: bool = True
    """On a GPU, whether a second run gives the same bytes; `false` lets cuDNN benchmark its
    algorithms and choose the fastest."""
    gradient_checkpointing: bool = False
    """On a GPU, recompute activations instead of storing them."""
    threads: Positive = 1
    """CPU threads; another number may change the last digits of results."""
    demo: OnDemo | None = None
    """What is different on demo data."""
