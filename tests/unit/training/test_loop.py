"""The training loop: history, the kept epoch, and resuming after a kill with equal results."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from resound.io.files import atomic_file
from resound.models import cnn, perceptron
from resound.training.checkpoint import Checkpoint
from resound.training.inputs.dense import Dense
from resound.training.learner import Examples, Learner, Metrics, SavedWeights, Tensors
from resound.training.loop import train
from resound.training.settings import Training
from tests.helpers.examples import examples_of

EPOCHS = 5


class Scripted(SavedWeights):
    """A learner with a given number of correct items per epoch; its weight is the epoch."""

    parameters = 1

    def __init__(self, *correct: int) -> None:
        self._correct = correct
        self._weight = np.zeros(1)
        self.epochs: list[int] = []

    def epoch(self, number: int) -> Metrics:
        self.epochs.append(number)
        self._weight[:] = number
        return {"loss": 1 / number, "accuracy": 0.5}

    def scores(self, inputs: Dense) -> np.ndarray:
        correct = np.arange(len(inputs)) < self._correct[int(self._weight[0]) - 1]
        return np.stack([correct, ~correct], axis=1).astype(np.float32)

    def weights(self) -> Tensors:
        return {"weight": self._weight}

    def load_weights(self, tensors: Tensors) -> None:
        self._weight = tensors["weight"].copy()

    def state(self) -> Tensors:
        return {}

    def load_state(self, tensors: Tensors) -> None:
        pass


def zero_examples() -> Examples:
    """Return four training items and ten validation items, all of class 0."""
    sizes = {"train": 4, "validation": 10}
    return examples_of(
        {part: np.zeros((size, 2), np.float32) for part, size in sizes.items()},
        {part: np.zeros(size, np.int64) for part, size in sizes.items()},
        2,
    )


def training_of(checkpoint: str = "last", epochs: int = EPOCHS, **changes: object) -> Training:
    defaults = {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 1}
    return Training(**(defaults | changes), epochs=epochs, checkpoint=checkpoint)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint(tmp_path / "checkpoint.safetensors", "this run")


@pytest.mark.parametrize(("kept", "epoch"), [("last", 5), ("best_validation", 3)])
def test_kept_weights_are_the_last_or_the_first_best(
    checkpoint: Checkpoint, kept: str, epoch: int
) -> None:
    learner = Scripted(2, 5, 8, 8, 1)
    history = train(learner, training_of(kept), zero_examples(), checkpoint)
    assert learner.weights()["weight"].tolist() == [epoch]
    assert [metrics["epoch"] for metrics in history] == [1, 2, 3, 4, 5]
    assert [metrics["validation_accuracy"] for metrics in history] == [0.2, 0.5, 0.8, 0.8, 0.1]
    assert [metrics["loss"] for metrics in history] == [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]


def test_no_validation_accuracy_without_validation_part(checkpoint: Checkpoint) -> None:
    examples = zero_examples()
    del examples.inputs["validation"]
    history = train(Scripted(), training_of(), examples, checkpoint)
    assert list(history[0]) == ["epoch", "loss", "accuracy"]


def test_each_epoch_is_reported(checkpoint: Checkpoint) -> None:
    lines: list[str] = []
    train(Scripted(2, 5), training_of(epochs=2), zero_examples(), checkpoint, lines.append)
    assert lines == [
        "epoch 1/2: loss 1.0000, accuracy 0.5000, validation accuracy 0.2000",
        "epoch 2/2: loss 0.5000, accuracy 0.5000, validation accuracy 0.5000",
    ]


def test_divergence_is_reported_and_survives_a_kill(checkpoint: Checkpoint) -> None:
    class Diverging(Scripted):
        def epoch(self, number: int) -> Metrics:
            return super().epoch(number) | {"loss": float("nan")}

    lines: list[str] = []
    train(Diverging(1, 1), training_of(epochs=1), zero_examples(), checkpoint, lines.append)
    assert "loss diverged" in lines[0]
    history = train(Diverging(1, 1), training_of(epochs=2), zero_examples(), checkpoint)
    assert [np.isnan(metrics["loss"]) for metrics in history] == [True, True]


class Killed(Exception):
    """Ends a run early."""


def kill_after(epoch: int) -> Callable[[str], None]:
    def progress(line: str) -> None:
        if line.startswith(f"epoch {epoch}/"):
            raise Killed

    return progress


def test_killed_run_resumes_after_its_last_epoch(checkpoint: Checkpoint) -> None:
    best, correct = training_of("best_validation"), (9, 1, 1, 2, 1)
    with pytest.raises(Killed):
        train(Scripted(*correct), best, zero_examples(), checkpoint, kill_after(2))
    lines: list[str] = []
    learner = Scripted(*correct)
    history = train(learner, best, zero_examples(), checkpoint, lines.append)
    assert lines[0] == "resumes after epoch 2"
    assert learner.epochs == [3, 4, 5]
    assert [metrics["epoch"] for metrics in history] == [1, 2, 3, 4, 5]
    assert learner.weights()["weight"].tolist() == [1]


def test_finished_run_is_not_trained_again(checkpoint: Checkpoint) -> None:
    best = training_of("best_validation")
    train(Scripted(1, 9, 1, 1, 1), best, zero_examples(), checkpoint)
    learner = Scripted(1, 9, 1, 1, 1)
    assert len(train(learner, best, zero_examples(), checkpoint)) == 5
    assert learner.epochs == []
    assert learner.weights()["weight"].tolist() == [2]


def test_checkpoint_of_another_run_is_ignored(checkpoint: Checkpoint) -> None:
    train(Scripted(1, 1), training_of(epochs=2), zero_examples(), checkpoint)
    learner = Scripted(1, 1)
    other = Checkpoint(checkpoint.path, "another run")
    train(learner, training_of(epochs=2), zero_examples(), other)
    assert learner.epochs == [1, 2]


def test_checkpoint_can_be_discarded(checkpoint: Checkpoint) -> None:
    checkpoint.discard()
    train(Scripted(1), training_of(epochs=1), zero_examples(), checkpoint)
    assert [checkpoint.path] == list(checkpoint.path.parent.iterdir())
    checkpoint.discard()
    assert list(checkpoint.path.parent.iterdir()) == []


def test_partial_checkpoint_of_a_killed_run_is_discarded(checkpoint: Checkpoint) -> None:
    pid = os.fork()
    if pid == 0:
        with atomic_file(checkpoint.path) as draft:
            draft.write_bytes(b"half")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    assert len(list(checkpoint.path.parent.iterdir())) == 1
    checkpoint.discard()
    assert not list(checkpoint.path.parent.iterdir())


def random_examples(*shape: int) -> Examples:
    rng = np.random.default_rng(0)
    sizes = {"train": 12, "validation": 8}
    return examples_of(
        {p: rng.standard_normal((size, *shape)).astype(np.float32) for p, size in sizes.items()},
        {part: rng.integers(3, size=size) for part, size in sizes.items()},
        3,
    )


def make_perceptron(training: Training) -> tuple[Learner, Examples]:
    model = perceptron.Settings(
        kind="perceptron",
        hidden=[5],
        activation="bipolar",
        weights="normal",
        derivative="activation",
    )
    examples = random_examples(4)
    return perceptron.learner(model, training, examples, 7, "cpu"), examples


def make_cnn(training: Training) -> tuple[Learner, Examples]:
    model = cnn.Settings(
        kind="cnn", channels=[3, 4], dropout=0.4, shift_frames=2, mask_frames=3, mask_bands=2
    )
    examples = random_examples(9, 6)
    return cnn.learner(model, training, examples, 7, "cpu"), examples


@pytest.mark.parametrize("killed", [1, 3, 4])
@pytest.mark.parametrize("kept", ["last", "best_validation"])
@pytest.mark.parametrize(
    ("make", "optimizer", "batch_size"),
    [(make_perceptron, "sgd", 1), (make_cnn, "sgd", 5), (make_cnn, "adam", 5)],
)
def test_killed_run_ends_like_an_uninterrupted_one(
    tmp_path: Path,
    make: Callable[[Training], tuple[Learner, Examples]],
    optimizer: str,
    batch_size: int,
    kept: str,
    killed: int,
) -> None:
    training = training_of(kept, optimizer=optimizer, batch_size=batch_size)

    def run(name: str, progress: Callable[[str], None] = lambda line: None) -> tuple[object, ...]:
        learner, examples = make(training)
        checkpoint = Checkpoint(tmp_path / name, "a run")
        history = train(learner, training, examples, checkpoint, progress)
        scores = learner.scores(examples.inputs["train"]).tobytes()
        return history, {n: t.tobytes() for n, t in learner.weights().items()}, scores

    uninterrupted = run("uninterrupted")
    with pytest.raises(Killed):
        run("killed", kill_after(killed))
    assert run("killed") == uninterrupted
