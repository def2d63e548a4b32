"""What the configuration says of an experiment: classifications and recognitions."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from resound.config.registry import Model
from resound.models.whisper.settings import Decode, FineTuning, Whisper
from resound.settings import PositiveNumber, Share, settings
from resound.training.inputs.arrange import Input
from resound.training.loop import Training


@settings
class Reported:
    """The figures that a source report gives for a classification, as fractions."""

    source: str
    """Where the figures stand."""
    test_accuracy: Share | None = None
    train_accuracy: Share | None = None
    macro_f1: Share | None = None
    weighted_f1: Share | None = None
    f1: Share | None = None
    """One whose average over classes the report does not tell."""
    validation_by_epoch: list[Share] | None = None
    """Accuracy on the validation part after each epoch."""
    per_class: list[Annotated[float, Field(ge=0, le=1)]] | None = None
    """Recall of each class, in the order of the labels."""
    note: str = ""


@settings
class ReportedText:
    """The figures that a source report gives for a recognition, as fractions."""

    source: str
    """Where the figures stand."""
    test_wer: PositiveNumber | None = None
    train_wer: PositiveNumber | None = None
    validation_wer: PositiveNumber | None = None
    all_wer: PositiveNumber | None = None
    note: str = ""


@settings
class Classification:
    """One model on one corpus: features, split, input, model, training."""

    corpus: str
    features: str
    split: str
    input: Input
    model: Model
    train: Training
    vote: bool = False
    """Whether the pieces of a recording (`chunk_seconds`) are judged as one, by their mean scores."""
    variant_of: str | None = None
    """The experiment that it differs from in little; the report compares them item by item."""
    reported: Reported | None = None
    """What the source report measured."""
    twin: str | None = None
    """The same model under an honest protocol; the report shows it beside this one."""
    note: str = ""
    """What a reader of the report should know about it."""


@settings
class Recognition:
    """What a pretrained model hears in a corpus, as it came or fine-tuned."""

    corpus: str
    features: str
    split: str
    model: Whisper
    decode: Decode
    train: FineTuning | None = None
    """How it is fine-tuned; left out, it stays as it came."""
    normaliser: Literal["persian"] | None = None
    """Under which writing errors are counted once more."""
    reported: ReportedText | None = None
    """What the source report measured."""
    baseline: str | None = None
    """The experiment that shows what the same model heard before; the report compares."""
    twin: str | None = None
    """The same model under an honest protocol; the report shows it beside this one."""
    note: str = ""
    """What a reader of the report should know about it."""


def _form(experiment: Any) -> str:
    """Whether an experiment is a classification or a recognition: its model tells."""
    if not isinstance(experiment, dict):
        return "recognition" if isinstance(experiment, Recognition) else "classification"
    model = experiment.get("model")
    is_whisper = isinstance(model, dict) and model.get("kind") == "whisper"
    return "recognition" if is_whisper else "classification"


Experiment = Annotated[
    Annotated[Classification, Tag("classification")] | Annotated[Recognition, Tag("recognition")],
    Discriminator(_form),
]
