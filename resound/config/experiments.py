"""What the configuration says of an experiment: a classification or a recognition."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from resound.config.registry import Model
from resound.data.normalisers import NormaliserName
from resound.models.whisper.settings import Decode, FineTuning, Whisper
from resound.settings import Positive, PositiveNumber, Share, settings
from resound.training.inputs.settings import Input
from resound.training.settings import Training

Rate = Annotated[float, Field(ge=0, le=1)]
"""A fraction that may be 0 or 1."""


@settings
class Reported:
    """The metrics that a source report gives for a classification, as fractions."""

    source: str
    """The report, and where in it."""
    test_accuracy: Share | None = None
    train_accuracy: Rate | None = None
    test_loss: PositiveNumber | None = None
    """Cross-entropy on the test part, in nats per item."""
    train_loss: PositiveNumber | None = None
    after_epochs: Positive | None = None
    """The number of epochs after which accuracies and losses were measured; left out, the last."""
    parameters: Positive | None = None
    """Number of trainable parameters."""
    seconds: PositiveNumber | None = None
    """Duration of training, on the machine of the report."""
    macro_f1: Share | None = None
    weighted_f1: Share | None = None
    uar: Share | None = None
    """Unweighted average recall over the classes, also called balanced accuracy."""
    f1: Share | None = None
    """An F1 score of which the report does not say how it is averaged over classes."""
    printed_accuracy: Share | None = None
    """The test accuracy of the report's printed output, where its table has another."""
    printed_f1: Share | None = None
    validation_by_epoch: list[Share] | None = None
    """Accuracy on the validation part after each epoch."""
    train_accuracy_by_epoch: list[Rate] | None = None
    """Running accuracy on the training part in each epoch, as far as the report shows it."""
    train_loss_by_epoch: list[PositiveNumber] | None = None
    per_class: list[Rate] | None = None
    """Recall of each class, in the order of the labels."""
    note: str = ""


@settings
class ReportedText:
    """The metrics that a source report gives for a recognition, as fractions."""

    source: str
    """The report, and where in it."""
    test_wer: PositiveNumber | None = None
    train_wer: PositiveNumber | None = None
    validation_wer: PositiveNumber | None = None
    all_wer: PositiveNumber | None = None
    train_loss_by_evaluation: list[PositiveNumber] | None = None
    """Training loss up to each evaluation on the validation part: each epoch, or every
    `evaluate_every` steps."""
    validation_loss_by_evaluation: list[PositiveNumber] | None = None
    validation_wer_by_evaluation: list[PositiveNumber] | None = None
    note: str = ""


@settings
class Classification:
    """One model on one corpus: features, split, input, model, training."""

    corpus: str
    """The items: one of `corpora`."""
    features: str
    """What the model gets of each item: one of `features`."""
    split: str
    """Which items train, validate and test: one of `splits`."""
    input: Input
    model: Model
    train: Training
    vote: bool = False
    """Whether the chunks of a recording (`chunk_seconds`) are scored as one item, by the mean of
    their probabilities."""
    variant_of: str | None = None
    """The experiment of which this one is a small change; the report compares them item by item."""
    reported: Reported | None = None
    """What the source report measured."""
    corrected: str | None = None
    """The same model under a corrected protocol; the report shows it beside this one."""
    note: str = ""
    """What a reader of the report should know about it."""


@settings
class Recognition:
    """The texts or languages that a pretrained model recognises in a corpus, fine-tuned or not."""

    corpus: str
    """The recordings: one of `corpora`."""
    features: str
    """What the model gets of each recording: one of `features`, of kind `whisper`."""
    split: str
    """Which recordings train, validate and test: one of `splits`."""
    model: Whisper
    decode: Decode
    train: FineTuning | None = None
    """How the model is fine-tuned; left out, it is used unchanged."""
    normaliser: NormaliserName | None = None
    """How texts are normalised before their errors are counted a second time."""
    reported: ReportedText | None = None
    """What the source report measured."""
    baseline: str | None = None
    """The recognition with the same model before fine-tuning; the report compares them."""
    corrected: str | None = None
    """The same model under a corrected protocol; the report shows it beside this one."""
    note: str = ""
    """What a reader of the report should know about it."""


def _form(experiment: Any) -> str:
    """Return whether an experiment is a classification or a recognition, by its model."""
    if not isinstance(experiment, dict):
        return "recognition" if isinstance(experiment, Recognition) else "classification"
    model = experiment.get("model")
    is_whisper = isinstance(model, dict) and model.get("kind") == "whisper"
    return "recognition" if is_whisper else "classification"


Experiment = Annotated[
    Annotated[Classification, Tag("classification")] | Annotated[Recognition, Tag("recognition")],
    Discriminator(_form),
]
