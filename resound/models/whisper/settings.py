"""Settings of Whisper models: fine-tuning and decoding."""

from dataclasses import field
from typing import Annotated, Literal

from annotated_types import Ge, Le, Lt, MinLen

from resound.data.folds import ScoredPart
from resound.settings import Positive, PositiveNumber, Share, settings
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
class Fallback:
    """Decoding with timestamps that is repeated at higher temperatures where it seems to fail.

    This is what `transcribe` of the package openai-whisper does (Radford et al. 2022, section
    4.5); the defaults are those of the package.
    """

    temperatures: Annotated[list[Annotated[float, Ge(0)]], MinLen(1)] = field(
        default_factory=lambda: [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    )
    """Temperatures in the order in which they are tried; at 0 decoding is greedy, above it tokens
    are sampled."""
    max_compression_ratio: PositiveNumber = 2.4
    """A text that zlib compresses by more than this factor repeats itself: it is decoded again."""
    min_log_probability: Annotated[float, Le(0)] = -1.0
    """A text whose tokens have a lower mean log-probability is decoded again."""
    max_no_speech: Share = 0.6
    """A text of too low a log-probability is dropped instead if the probability of the token for
    silence is higher than this."""
    condition_on_previous: bool = True
    """Whether the rest of a recording is decoded after the text of its beginning, where the model's
    timestamps end before the recording."""
    when_all_fail: Literal["last", "most_probable"] = "last"
    """Which text counts if decoding seems to fail at every temperature: the last, as in
    openai-whisper, or the most probable of those that do not repeat themselves, as in
    faster-whisper."""


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
    parts: Annotated[list[ScoredPart], MinLen(1)] | None = None
    """The parts that are decoded; omitted, all of them."""
    margin_s: PositiveNumber | None = None
    """Greedy decoding only: the window of a recording ends so many seconds after it instead of
    after 30 s, which takes less time; texts that repeat themselves are decoded again in the whole
    window. 5 is enough for Whisper base, 2 is not (`benchmarks/README.md`)."""
    fallback: Fallback | None = None
    """How decoding is repeated where it seems to fail, clip by clip; omitted, decoding is greedy,
    without timestamps, in batches. `{}` has the defaults of openai-whisper."""

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, if anything."""
        if self.parts is not None and "test" not in self.parts:
            return "`parts` needs `test`, which the report shows"
        if (self.fallback or self.margin_s) and self.task == "identify":
            return "`task: identify` writes no text: drop `fallback` and `margin_s`"
        if self.margin_s and (self.fallback or not self.language):
            return "`margin_s` is of greedy decoding in a given `language`, without `fallback`"
        return None


@settings
class Transcription:
    """How any recording is transcribed, translated, or its language identified."""

    language: str | None = None
    """The spoken language (`fa`); omitted, the model detects it for each recording."""
    method: Literal["long_form", "greedy"] = "long_form"
    """`long_form` is Whisper's own: windows with timestamps, one after the other, each decoded
    again where it seems to fail. `greedy` decodes segments of speech in batches, without
    timestamps: faster, and without a check for failure."""
    fallback: Fallback = field(default_factory=lambda: Fallback(when_all_fail="most_probable"))
    """How the long form is decoded again."""
    find_speech: bool = True
    """Whether only what Silero VAD finds to be speech is decoded, or the whole recording."""
    batch_size: Positive = 8
    """Segments that are decoded together where decoding is greedy."""


@settings
class FineTuning:
    """How a pretrained model is fine-tuned: AdamW, its learning rate falling linearly to zero."""

    learning_rate: PositiveNumber
    epochs: Positive
    batch_size: Positive
    evaluate_every: Positive | None = None
    """Steps between evaluations on the validation part; omitted, once per epoch."""
    checkpoint: Literal["last", "best_validation"] = "best_validation"
    """The model that is kept: that of the last step, or that of the lowest word error rate among
    the evaluations on the validation part."""
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
