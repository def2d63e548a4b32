"""Frame classification: the reported size, resuming, metrics equal to scikit-learn's."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix

from resound.data import run_length
from resound.data.feature_cache import Features
from resound.features import precomputed
from resound.metrics.frames import frame_metrics
from resound.models import frame_mlp
from resound.models.common.torch_learner import TorchLearner
from resound.training.checkpoint import Checkpoint
from resound.training.inputs.arrangement import arrange
from resound.training.inputs.settings import Input
from resound.training.learner import Examples, predict_classes
from resound.training.loop import train
from resound.training.settings import Training
from resound.training.targets import FrameTargets

CLASSES = ["SIL", "A", "B", "never"]
LENGTHS = [40, 25, 60, 33, 50]


def make_corpus() -> tuple[Features, np.ndarray]:
    """Return utterances of noise whose frames show the class of the frame two later."""
    random = np.random.default_rng(0)
    offsets = np.concatenate([[0], np.cumsum(LENGTHS)])
    labels = np.repeat(random.integers(0, 3, 60), 4)[: offsets[-1]].astype(np.int16)
    rows = random.standard_normal((offsets[-1], 4)).astype(np.float32) * 0.3
    rows[np.arange(len(rows)), np.roll(labels, -2)] += 2
    return Features(rows, offsets), labels


def learner_of(training: Training, **model: object) -> tuple[TorchLearner, Examples]:
    features, labels = make_corpus()
    clips = {"train": np.array([0, 1, 2]), "validation": np.array([3, 4])}
    how = Input(arrange="windows", context=3)
    targets = FrameTargets(labels, features.offsets, CLASSES)
    classes = {part: targets.of(items) for part, items in clips.items()}
    examples = Examples(arrange(features, clips, how), classes, len(CLASSES))
    settings = frame_mlp.Settings(kind="frame_mlp", hidden=[16], **model)
    return frame_mlp.learner(settings, training, examples, 0, "cpu"), examples


def test_the_network_has_the_reported_parameters() -> None:
    network = frame_mlp.build(frame_mlp.Settings(kind="frame_mlp", hidden=[512]), 41 * 28, 42)
    assert sum(p.numel() for p in network.parameters()) == 609834


def test_it_learns_from_neighbouring_frames() -> None:
    training = Training(optimizer="adam", learning_rate=0.01, epochs=30, batch_size=16)
    learner, examples = learner_of(training, normalise=True, dropout=0.1, mask_bands=1)
    for number in range(1, 31):
        learner.epoch(number)
    predicted = predict_classes(learner, examples.inputs["validation"])
    assert (predicted == examples.targets["validation"]).mean() > 0.8


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_killed_run_resumes_after_its_last_evaluation(tmp_path: Path, schedule: str) -> None:
    training = Training(
        optimizer="adam",
        epochs=3,
        evaluations_per_epoch=4,
        batch_size=8,
        schedule=schedule,
        label_smoothing=0.1,
    )
    options = {"dropout": 0.3, "mask_frames": 2}
    uninterrupted, examples = learner_of(training, **options)
    history = train(uninterrupted, training, examples, Checkpoint(tmp_path / "uninterrupted", "x"))
    assert [metrics["epoch"] for metrics in history] == [n / 4 for n in range(1, 13)]

    class Killed(Exception):
        pass

    lines: list[str] = []

    def kill(line: str) -> None:
        lines.append(line)
        if len(lines) == 6:
            raise Killed

    killed, examples = learner_of(training, **options)
    with pytest.raises(Killed):
        train(killed, training, examples, Checkpoint(tmp_path / "killed", "x"), kill)
    resumed, examples = learner_of(training, **options)
    assert train(resumed, training, examples, Checkpoint(tmp_path / "killed", "x")) == history
    for name, tensor in uninterrupted.weights().items():
        np.testing.assert_array_equal(resumed.weights()[name], tensor)


def test_evaluations_of_an_epoch_divide_its_frames() -> None:
    training = Training(optimizer="adam", epochs=2, evaluations_per_epoch=3, batch_size=7)
    learner, examples = learner_of(training)
    for epoch in range(2):
        numbers = range(3 * epoch + 1, 3 * epoch + 4)
        items = torch.cat([batch for number in numbers for batch, _ in learner.steps(number)])
        assert sorted(items.tolist()) == list(range(len(examples.inputs["train"])))


def test_the_learning_rate_falls_along_a_cosine() -> None:
    training = Training(
        optimizer="adam", learning_rate=0.5, epochs=2, batch_size=25, schedule="cosine"
    )
    learner, _ = learner_of(training)
    rates = [rate for number in (1, 2) for _, rate in learner.steps(number)]
    steps = np.arange(len(rates)) / len(rates)
    np.testing.assert_allclose(rates, 0.25 * (1 + np.cos(np.pi * steps)))


def test_metrics_equal_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    true = [random.integers(0, 3, n) for n in (300, 200, 250)]
    predicted = [
        np.where(random.random(len(t)) < 0.7, t, random.integers(0, 3, len(t))) for t in true
    ]
    table = {
        "id": np.array(["a", "b", "c"]),
        "part": np.array(["test"] * 3),
        "label": np.array([run_length.encode(t, CLASSES) for t in true]),
        "predicted": np.array([run_length.encode(p, CLASSES) for p in predicted]),
    }
    metrics = frame_metrics(table, CLASSES, "SIL", None)["test"]
    all_true, all_predicted = np.concatenate(true), np.concatenate(predicted)
    assert metrics["items"] == 750 and metrics["utterances"] == 3
    assert metrics["interval_groups"] == 3
    assert metrics["accuracy"] == pytest.approx(accuracy_score(all_true, all_predicted))
    assert metrics["uar"] == pytest.approx(balanced_accuracy_score(all_true, all_predicted))
    spoken = all_true != 0
    without = accuracy_score(all_true[spoken], all_predicted[spoken])
    assert metrics["accuracy_without_silence"] == pytest.approx(without)
    confusion = confusion_matrix(all_true, all_predicted, labels=range(4))
    worst = metrics["confused"][0]
    pair = CLASSES.index(worst["true"]), CLASSES.index(worst["predicted"])
    np.fill_diagonal(confusion, 0)
    assert worst["frames"] == confusion[pair] == confusion.max()


def test_precomputed_frames_are_normalised_by_utterance() -> None:
    configuration = precomputed.Settings(kind="precomputed", width=3, normalise=True)
    random = np.random.default_rng(0)
    clips = [random.normal(5, 3, (n, 3)).astype(np.float32) for n in (20, 1, 7)]
    clips[2][:, 1] = 4  # a constant column
    rows = np.split(precomputed.extract(configuration, clips), [20, 21])
    for clip, row in zip(clips, rows, strict=True):
        deviation = clip.std(axis=0)
        expected = (clip - clip.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
        np.testing.assert_allclose(row, expected, atol=1e-5)
