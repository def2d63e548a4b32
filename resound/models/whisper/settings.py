"""Recognising speech with a pretrained model: how it is tuned and how it is asked."""

from typing import Annotated, Literal

from annotated_types import MinLen

from resound.settings import Positive, PositiveNumber, Share, settings


@settings
class Adapters:
    """Low-rank adapters (Hu et al. 2021): the model stays, small products beside it learn."""

    rank: Positive = 16
    alpha: Positive = 32
    """Their output is scaled by alpha / rank."""
    dropout: Share | None = 0.05
    modules: Annotated[list[str], MinLen(1)]
    """The layers that get one, by the end of their names, such as `q_proj`."""


@settings
class Whisper:
    """A Whisper model."""

    kind: Literal["whisper"]
    """A Whisper model."""
    pretrained: str
    """Which of `pretrained` it begins as."""
    freeze: Literal["nothing", "encoder"] = "nothing"
    """What fine-tuning leaves as it is."""
    adapters: Adapters | None = None
    """Fine-tune these alone; they are merged into the model at the end."""

    def problem(self) -> str | None:
        """What is wrong with these settings together, if anything."""
        if self.adapters and self.freeze != "nothing":
            return "`adapters` leave all of the model as it is: drop `freeze`"
        return None


@settings
class Decode:
    """What is asked of the model."""

    task: Literal["transcribe", "translate", "identify"]
    """`transcribe` writes what is said, `translate` says it in English, `identify` only tells the
    language, which is the label of an item."""
    language: str | None = None
    """The language that is spoken (`fa`); left out, the model detects it for each recording."""
    batch_size: Positive = 16
    """Recordings heard together; of like length, so none waits for a longer one."""
    precision: Literal["single", "half"] = "single"
    """On a GPU `single` is IEEE single precision, without TF32, and `half` is bfloat16; on a CPU,
    or a GPU that has none, `half` changes nothing."""


@settings
class OnDemo:
    """What a demo corpus and a small demo model need otherwise."""

    epochs: Positive | None = None
    learning_rate: PositiveNumber | None = None
    batch_size: Positive | None = None
    evaluate_every: Positive | None = None


@settings
class FineTuning:
    """How a pretrained model is tuned: AdamW, its rate falling to zero in a line.

    The model that is kept is the one of the lowest word error rate on the validation part.
    """

    learning_rate: PositiveNumber
    epochs: Positive
    batch_size: Positive
    evaluate_every: Positive | None = None
    """Steps between looks at the validation part; left out, once an epoch."""
    precision: Literal["single", "half"] = "single"
    """On a GPU `single` is IEEE single precision, without TF32; `half` multiplies in bfloat16
    (float16 where it has none), what is left in TF32. On a CPU `half` changes nothing."""
    deterministic: bool = True
    """On a GPU, whether a second run gives the same bytes; `false` lets cuDNN try its algorithms
    and take the fastest."""
    gradient_checkpointing: bool = False
    """On a GPU, reckon activations twice instead of keeping them."""
    threads: Positive = 1
    """CPU threads; another number may change results in their last digits."""
    demo: OnDemo | None = None
    """What is set otherwise on demo data."""
