"""Training: epochs over a learner, with a history, a checkpoint each, and a choice of the best.

A learner is what a module of `resound.models` gives. All randomness of an epoch comes from
the seed and the epoch's number, so a killed run that goes on from its last epoch ends with the
same bytes as an unbroken one.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import numpy as np
from annotated_types import Ge, Lt
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from resound.arrays import Array
from resound.data.folds import Part
from resound.io.files import atomic_file, leftover_drafts
from resound.settings import Positive, PositiveNumber, settings

Tensors = dict[str, NDArray[np.generic]]
Figures = dict[str, float]


@settings
class OnDemo:
    """What a demo corpus needs otherwise: it is so small that as many epochs are too few steps."""

    epochs: Positive | None = None
    learning_rate: PositiveNumber | None = None
    batch_size: Positive | None = None


@settings
class Training:
    """How a model is trained."""

    optimizer: Literal["sgd", "adam", "adamw", "solver"]
    """`adamw` lets weights decay by 0.01 (Loshchilov and Hutter 2019); `solver` is the model's own,
    which makes all its passes in one epoch."""
    learning_rate: PositiveNumber = 0.001
    """The step of all but `solver`."""
    epochs: Positive = 1
    batch_size: Positive = 1
    evaluations_per_epoch: Positive = 1
    """Checkpoints (and looks at the validation part) in an epoch."""
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    """Whether the learning rate falls to zero in a line, or along half a cosine (Loshchilov and
    Hutter 2017)."""
    warm_up: Annotated[float, Ge(0), Lt(1)] = 0.0
    """The share of all steps in which the rate first rises from zero."""
    balance: Literal["none", "weights", "oversample"] = "none"
    """What is done about rare classes, in training alone: `weights` makes every class count alike
    in the loss, `oversample` shows items of rarer classes more often, drawn anew each epoch, until
    each class has as many as the largest."""
    label_smoothing: Annotated[float, Ge(0), Lt(1)] = 0.0
    """The share of each target that is spread over all classes (Szegedy et al. 2016)."""
    precision: Literal["single", "mixed"] = "single"
    """On a GPU `single` is IEEE single precision, without TF32, so that its figures compare with a
    CPU's; `mixed` multiplies in bfloat16, what is left in TF32. On a CPU, or a GPU that has no
    bfloat16, `mixed` changes nothing."""
    deterministic: bool = True
    """On a GPU, whether a second run gives the same bytes; `false` lets cuDNN try its algorithms
    and take the fastest."""
    checkpoint: Literal["last", "best_validation"] = "last"
    """The epoch whose weights are kept: the last, or the most accurate on the validation part."""
    threads: Positive = 1
    """CPU threads; another number may change results in their last digits."""
    demo: OnDemo | None = None
    """What is set otherwise on demo data."""


@dataclass(frozen=True)
class Examples:
    """What a model learns from and is judged on: inputs and class numbers of each part."""

    inputs: dict[Part, Any]
    """Each of shape (items, ...), or ragged, or windows of frames."""
    targets: Mapping[Part, NDArray[np.integer]]
    """Each of shape (items,)."""
    classes: int


class Learner(Protocol):
    """A model in training."""

    parameters: int
    """Trainable numbers."""

    def epoch(self, number: int) -> Figures:
        """Train for a round: every example once, or an epoch's share where it has rounds.

        Gives `loss` and `accuracy` as seen on the way.
        """

    def scores(self, inputs: Array) -> Array:
        """A score for each item and class, shape (items, classes); the highest wins."""

    def weights(self) -> Tensors:
        """The model itself."""

    def load_weights(self, tensors: Tensors) -> None:
        """Become the model of `weights()`."""

    def state(self) -> Tensors:
        """What the optimiser carries from epoch to epoch besides the weights."""

    def load_state(self, tensors: Tensors) -> None:
        """Take up an optimiser's state again."""


@dataclass
class TrainingState:
    """How far a training has come."""

    history: list[Figures] = field(default_factory=list)
    best: Tensors = field(default_factory=dict)
    """The weights of the best epoch so far, where the best is to be kept."""


def train(
    learner: Learner,
    training: Training,
    examples: Examples,
    checkpoint: "Checkpoint",
    progress: Callable[[str], None] = lambda line: None,
) -> list[Figures]:
    """Train to the last epoch and return the history; the learner ends with the kept weights."""
    state = checkpoint.resume(learner)
    if state.history:
        progress(f"goes on after epoch {state.history[-1]['epoch']:g}")
    for number in range(
        len(state.history) + 1, training.epochs * training.evaluations_per_epoch + 1
    ):
        epoch = (
            number
            if training.evaluations_per_epoch == 1
            else number / training.evaluations_per_epoch
        )
        figures = {"epoch": epoch, **learner.epoch(number)}
        if "validation" in examples.inputs:
            figures["validation_accuracy"] = _accuracy(learner, examples, "validation")
        if training.checkpoint == "best_validation" and _is_best(figures, state.history):
            state.best = {name: tensor.copy() for name, tensor in learner.weights().items()}
        state.history.append(figures)
        checkpoint.save(learner, state)
        progress(_line(figures, training.epochs))
    if state.best:
        learner.load_weights(state.best)
    return state.history


@dataclass(frozen=True)
class Checkpoint:
    """A training's state after its last whole epoch, in a safetensors file."""

    path: Path
    fingerprint: str
    """What the run is (code, settings, data): the checkpoint of another run is not taken up."""

    def save(self, learner: Learner, state: TrainingState) -> None:
        """Replace the file by the present state."""
        groups = {"weights": learner.weights(), "state": learner.state(), "best": state.best}
        tensors = {
            f"{group}/{name}": np.ascontiguousarray(tensor)
            for group, members in groups.items()
            for name, tensor in members.items()
        }
        notes = {"fingerprint": self.fingerprint, "history": json.dumps(state.history)}
        with atomic_file(self.path) as draft:
            save_file(tensors, draft, metadata=notes)

    def resume(self, learner: Learner) -> TrainingState:
        """Bring `learner` to where the file left off; an empty state where there is none."""
        if not self.path.exists():
            return TrainingState()
        with safe_open(self.path, framework="numpy") as file:
            notes = file.metadata()
            if notes["fingerprint"] != self.fingerprint:
                return TrainingState()
            groups: dict[str, Tensors] = {"weights": {}, "state": {}, "best": {}}
            for key in file.keys():  # noqa: SIM118 (no mapping)
                group, name = key.split("/", 1)
                groups[group][name] = file.get_tensor(key)
        learner.load_weights(groups["weights"])
        learner.load_state(groups["state"])
        return TrainingState(json.loads(notes["history"]), groups["best"])

    def discard(self) -> None:
        """Remove the file, once the run's results are written, and what killed runs left of it."""
        for file in (self.path, *leftover_drafts(self.path)):
            file.unlink(missing_ok=True)


def _accuracy(learner: Learner, examples: Examples, part: Part) -> float:
    right = predictions(learner, examples.inputs[part]) == examples.targets[part]
    return float(right.mean())


def predictions(learner: Learner, inputs: Any) -> NDArray[np.int64]:
    """The class of each item; of windows, which are many, some utterances at a time."""
    chunks = inputs.chunks() if hasattr(inputs, "chunks") else [inputs]
    return np.concatenate([learner.scores(chunk).argmax(axis=1) for chunk in chunks])


def _is_best(figures: Figures, history: list[Figures]) -> bool:
    now = figures["validation_accuracy"]
    return all(now > earlier["validation_accuracy"] for earlier in history)


def _line(figures: Figures, epochs: int) -> str:
    rest = ", ".join(
        f"{name.replace('_', ' ')} {value:.4f}" if math.isfinite(value) else f"{name} diverged"
        for name, value in figures.items()
        if name != "epoch"
    )
    return f"epoch {figures['epoch']:g}/{epochs}: {rest}"
