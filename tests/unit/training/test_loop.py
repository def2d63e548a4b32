"""Training: history, the epoch that is kept, and going on after a kill as if nothing was."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from resound.io.files import atomic_file
from resound.models import cnn, perceptron
from resound.training.loop import Checkpoint, Examples, Figures, Learner, Tensors, Training, train

EPOCHS = 5


class Scripted:
    """A learner whose accuracy in each epoch is written down; its weight is the epoch."""

    parameters = 1

    def __init__(self, *hits: int) -> None:
        self._hits = hits
        self._weight = np.zeros(1)
        self.epochs: list[int] = []

    def epoch(self, number: int) -> Figures:
        self.epochs.append(number)
        self._weight[:] = number
        return {"loss": 1 / number, "accuracy": 0.5}

    def scores(self, inputs: np.ndarray) -> np.ndarray:
        right = np.arange(len(inputs)) < self._hits[int(self._weight[0]) - 1]
        return np.stack([right, ~right], axis=1).astype(np.float32)

    def weights(self) -> Tensors:
        return {"weight": self._weight}

    def load_weights(self, tensors: Tensors) -> None:
        self._weight = tensors["weight"].copy()

    def state(self) -> Tensors:
        return {}

    def load_state(self, tensors: Tensors) -> None:
        pass


def some_examples() -> Examples:
    """Four items to train on, ten to validate on; all of class 0."""
    sizes = {"train": 4, "validation": 10}
    return Examples(
        {part: np.zeros((size, 2), np.float32) for part, size in sizes.items()},
        {part: np.zeros(size, np.int64) for part, size in sizes.items()},
        2,
    )


def training(keep: str = "last", epochs: int = EPOCHS, **changes: object) -> Training:
    plain = {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 1}
    return Training(**(plain | changes), epochs=epochs, checkpoint=keep)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint(tmp_path / "checkpoint.safetensors", "this run")


@pytest.mark.parametrize(("keep", "kept"), [("last", 5), ("best_validation", 3)])
def test_kept_weights_are_the_last_or_the_first_best(
    checkpoint: Checkpoint, keep: str, kept: int
) -> None:
    learner = Scripted(2, 5, 8, 8, 1)
    history = train(learner, training(keep), some_examples(), checkpoint)
    assert learner.weights()["weight"].tolist() == [kept]
    assert [figures["epoch"] for figures in history] == [1, 2, 3, 4, 5]
    assert [figures["validation_accuracy"] for figures in history] == [0.2, 0.5, 0.8, 0.8, 0.1]
    assert [figures["loss"] for figures in history] == [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]


def test_without_a_validation_part_there_is_no_such_figure(checkpoint: Checkpoint) -> None:
    examples = some_examples()
    del examples.inputs["validation"]
    history = train(Scripted(), training(), examples, checkpoint)
    assert list(history[0]) == ["epoch", "loss", "accuracy"]


def test_each_epoch_is_announced(checkpoint: Checkpoint) -> None:
    told: list[str] = []
    train(Scripted(2, 5), training(epochs=2), some_examples(), checkpoint, told.append)
    assert told == [
        "epoch 1/2: loss 1.0000, accuracy 0.5000, validation accuracy 0.2000",
        "epoch 2/2: loss 0.5000, accuracy 0.5000, validation accuracy 0.5000",
    ]


def test_divergence_is_announced_and_survives_a_kill(checkpoint: Checkpoint) -> None:
    class Diverging(Scripted):
        def epoch(self, number: int) -> Figures:
            return super().epoch(number) | {"loss": float("nan")}

    told: list[str] = []
    train(Diverging(1, 1), training(epochs=1), some_examples(), checkpoint, told.append)
    assert "loss diverged" in told[0]
    history = train(Diverging(1, 1), training(epochs=2), some_examples(), checkpoint)
    assert [np.isnan(figures["loss"]) for figures in history] == [True, True]


class Killed(Exception):
    """What ends a run before its time."""


def killed_after(epoch: int) -> Callable[[str], None]:
    def progress(line: str) -> None:
        if line.startswith(f"epoch {epoch}/"):
            raise Killed

    return progress


def test_killed_run_goes_on_after_its_last_epoch(checkpoint: Checkpoint) -> None:
    best, hits = training("best_validation"), (9, 1, 1, 2, 1)
    with pytest.raises(Killed):
        train(Scripted(*hits), best, some_examples(), checkpoint, killed_after(2))
    told: list[str] = []
    learner = Scripted(*hits)
    history = train(learner, best, some_examples(), checkpoint, told.append)
    assert told[0] == "goes on after epoch 2"
    assert learner.epochs == [3, 4, 5]
    assert [figures["epoch"] for figures in history] == [1, 2, 3, 4, 5]
    assert learner.weights()["weight"].tolist() == [1]


def test_finished_run_is_not_trained_again(checkpoint: Checkpoint) -> None:
    best = training("best_validation")
    train(Scripted(1, 9, 1, 1, 1), best, some_examples(), checkpoint)
    learner = Scripted(1, 9, 1, 1, 1)
    assert len(train(learner, best, some_examples(), checkpoint)) == 5
    assert learner.epochs == []
    assert learner.weights()["weight"].tolist() == [2]


def test_checkpoint_of_another_run_is_not_taken_up(checkpoint: Checkpoint) -> None:
    train(Scripted(1, 1), training(epochs=2), some_examples(), checkpoint)
    learner = Scripted(1, 1)
    other = Checkpoint(checkpoint.path, "another run")
    train(learner, training(epochs=2), some_examples(), other)
    assert learner.epochs == [1, 2]


def test_checkpoint_can_be_discarded(checkpoint: Checkpoint) -> None:
    checkpoint.discard()
    train(Scripted(1), training(epochs=1), some_examples(), checkpoint)
    assert [checkpoint.path] == list(checkpoint.path.parent.iterdir())
    checkpoint.discard()
    assert list(checkpoint.path.parent.iterdir()) == []


def test_what_a_killed_run_wrote_of_its_checkpoint_goes_with_it(checkpoint: Checkpoint) -> None:
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
    return Examples(
        {p: rng.standard_normal((size, *shape)).astype(np.float32) for p, size in sizes.items()},
        {part: rng.integers(3, size=size) for part, size in sizes.items()},
        3,
    )


def a_perceptron(how: Training) -> tuple[Learner, Examples]:
    model = perceptron.Settings(
        kind="perceptron",
        hidden=[5],
        activation="bipolar",
        weights="normal",
        derivative="activation",
    )
    examples = random_examples(4)
    return perceptron.learner(model, how, examples, 7, "cpu"), examples


def a_cnn(how: Training) -> tuple[Learner, Examples]:
    model = cnn.Settings(
        kind="cnn", channels=[3, 4], dropout=0.4, shift_frames=2, mask_frames=3, mask_bands=2
    )
    examples = random_examples(9, 6)
    return cnn.learner(model, how, examples, 7, "cpu"), examples


@pytest.mark.parametrize("killed", [1, 3, 4])
@pytest.mark.parametrize("keep", ["last", "best_validation"])
@pytest.mark.parametrize(
    ("make", "optimizer", "batch_size"),
    [(a_perceptron, "sgd", 1), (a_cnn, "sgd", 5), (a_cnn, "adam", 5)],
)
def test_killed_run_ends_like_an_unbroken_one(
    tmp_path: Path,
    make: Callable[[Training], tuple[Learner, Examples]],
    optimizer: str,
    batch_size: int,
    keep: str,
    killed: int,
) -> None:
    how = training(keep, optimizer=optimizer, batch_size=batch_size)

    def run(name: str, progress: Callable[[str], None] = lambda line: None) -> tuple[object, ...]:
        learner, examples = make(how)
        history = train(learner, how, examples, Checkpoint(tmp_path / name, "a run"), progress)
        scores = learner.scores(examples.inputs["train"]).tobytes()
        return history, {n: t.tobytes() for n, t in learner.weights().items()}, scores

    unbroken = run("unbroken")
    with pytest.raises(Killed):
        run("broken", killed_after(killed))
    assert run("broken") == unbroken
