"""Settings of training."""

from typing import Annotated, Literal

from annotated_types import Ge, Lt

from resound.settings import Positive, PositiveNumber, settings


@settings
class OnDemo:
    """What is different on demo data, which is so small that as many epochs are too few steps."""

    epochs: Positive | None = None
    learning_rate: PositiveNumber | None = None
    batch_size: Positive | None = None
    evaluate_every: Positive | None = None
    """For fine-tuning: steps between evaluations on the validation part."""


@settings
class Training:
    """How a model is trained."""

    optimizer: Literal["sgd", "adam", "adamw", "solver"]
    """`adamw` decays weights by 0.01 (Loshchilov and Hutter 2019); `solver` is the model's own
    solver, which makes all its passes in one epoch."""
    learning_rate: PositiveNumber = 0.001
    """Learning rate of all optimizers but `solver`."""
    epochs: Positive = 1
    batch_size: Positive = 1
    evaluations_per_epoch: Positive = 1
    """Number of checkpoints, and of evaluations on the validation part, in each epoch."""
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    """Whether the learning rate falls to zero linearly, or along half a cosine (Loshchilov and
    Hutter 2017)."""
    warm_up: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Fraction of all steps during which the learning rate first rises from zero."""
    balance: Literal["none", "weights", "oversample", "undersample", "smote"] = "none"
    """How rare classes are treated, in training alone: `weights` gives every class the same total
    weight in the loss; `oversample` repeats items of rarer classes, drawn again in each epoch,
    until every class has as many as the largest; `undersample` draws as many items of each class as
    the smallest has; `smote` adds points between neighbouring items of rarer classes until every
    class has as many as the largest (Chawla et al. 2002)."""
    label_smoothing: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Fraction of each target that is spread over all classes (Szegedy et al. 2016)."""
    precision: Literal["single", "mixed"] = "single"
    """On a GPU, `single` is IEEE single precision without TF32, so results compare with those of a
    CPU; `mixed` multiplies in bfloat16, and what remains in single precision in TF32. On a CPU, or
    a GPU without bfloat16, `mixed` changes nothing."""
    deterministic: bool = True
    """On a GPU, whether a second run gives the same bytes; `false` lets cuDNN benchmark its
    algorithms and choose the fastest."""
    checkpoint: Literal["last", "best_validation"] = "last"
    """The epoch whose weights are kept: the last, or the most accurate on the validation part."""
    record_test: bool = False
    """Whether loss and accuracy on the test part are recorded in the history too, as some source
    reports plot them; nothing is chosen by them."""
    threads: Positive = 1
    """CPU threads; another number may change the last digits of results."""
    demo: OnDemo | None = None
    """What is different on demo data."""
