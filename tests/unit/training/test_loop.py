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

    def evaluate(self, inputs: Dense, targets: np.ndarray) -> Metrics:
        accuracy = float((self.scores(inputs).argmax(axis=1) == targets).mean())
        return {"loss": 1 - accuracy, "accuracy": accuracy}

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
    """Return four training items, ten validation items and five test items, all of class 0."""
    sizes = {"train": 4, "validation": 10, "test": 5}
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
    losses = [metrics["validation_loss"] for metrics in history]
    np.testing.assert_allclose(losses, [0.8, 0.5, 0.2, 0.2, 0.9])
    assert [metrics["loss"] for metrics in history] == [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]


@pytest.mark.parametrize("part", ["validation", "test"])
@pytest.mark.parametrize("record_test", [False, True])
def test_the_history_has_the_parts_that_are_recorded(
    checkpoint: Checkpoint, part: str, record_test: bool
) -> None:
    examples = zero_examples()
    del examples.inputs["test" if part == "validation" else "validation"]
    training = training_of(record_test=record_test)
    history = train(Scripted(1, 1, 1, 1, 1), training, examples, checkpoint)
    recorded = part == "validation" or record_test
    columns = [f"{part}_loss", f"{part}_accuracy"] if recorded else []
    assert list(history[0]) == ["epoch", "loss", "accuracy", *columns]


def test_the_test_part_chooses_nothing(checkpoint: Checkpoint) -> None:
    learner = Scripted(2, 8, 5, 1, 1)
    examples = zero_examples()
    # The fewer items are of class 0, the better is the test part: its best epoch is another one.
    examples.targets["test"][:] = 1
    train(learner, training_of("best_validation", record_test=True), examples, checkpoint)
    assert learner.weights()["weight"].tolist() == [2]


def test_each_epoch_is_reported(checkpoint: Checkpoint) -> None:
    lines: list[str] = []
    train(Scripted(2, 5), training_of(epochs=2), zero_examples(), checkpoint, lines.append)
    assert lines == [
        f"epoch {epoch}/2: loss {loss}, accuracy 0.5000, validation loss {validation_loss}, "
        f"validation accuracy {accuracy}"
        for epoch, loss, validation_loss, accuracy in [
            (1, "1.0000", "0.8000", "0.2000"),
            (2, "0.5000", "0.5000", "0.5000"),
        ]
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
    sizes = {"train": 12, "validation": 8, "test": 7}
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
    training = training_of(kept, optimizer=optimizer, batch_size=batch_size, record_test=True)

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


@pytest.mark.parametrize("make", [make_perceptron, make_cnn])
def test_recording_the_test_part_changes_nothing_else(
    tmp_path: Path, make: Callable[[Training], tuple[Learner, Examples]]
) -> None:
    runs = []
    for record_test in (False, True):
        optimizer = "sgd" if make is make_perceptron else "adam"
        training = training_of("best_validation", optimizer=optimizer, record_test=record_test)
        learner, examples = make(training)
        checkpoint = Checkpoint(tmp_path / str(record_test), "a run")
        history = train(learner, training, examples, checkpoint)
        weights = {name: tensor.tobytes() for name, tensor in learner.weights().items()}
        rest = [{k: v for k, v in row.items() if not k.startswith("test_")} for row in history]
        assert ("test_loss" in history[0]) == record_test
        runs.append((weights, rest))
    assert runs[0] == runs[1]
