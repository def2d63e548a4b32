"""The emotions experiments against their report: parts, copies, training, reported figures."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from resound.config.experiments import Classification
from resound.config.load import load, read, shipped_files
from resound.config.schema import Config
from resound.data.assignment import split_corpus
from resound.models.encoder import learner as encoder
from resound.models.encoder.settings import Head, Settings
from resound.report.published import is_comparable
from resound.training.inputs.ragged import Ragged
from resound.training.learner import Examples
from resound.training.settings import Training
from tests.helpers.encoders import make_waves, save_hubert
from tests.helpers.examples import features_of

RECORDINGS = [1059, 38, 201, 1028, 449, 225]
"""Recordings of each class in ShEMO: anger, fear, happiness, neutral, sadness, surprise."""
CHUNKS = [1315, 44, 253, 1520, 667, 235]
"""Chunks of each class that fit both the report's test part of chunks and that with copies."""
SUPPORTS = {
    "emotions_full_length": [212, 7, 40, 206, 90, 45],
    "emotions_chunks": [263, 9, 51, 304, 133, 47],
    "emotions_oversampled": [263, 132, 152, 304, 134, 141],
}
"""Test items of each class in the report."""
FAITHFUL = list(SUPPORTS)


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load(read(shipped_files()), shipped_files())


def experiment_of(config: Config, name: str) -> Classification:
    return config.classifications()[name]


def divide(config: Config, name: str, counts: list[int]) -> dict[str, list[str]]:
    """Return the ids in each part of the only fold, for a number of items of each class."""
    experiment = experiment_of(config, name)
    classes = config.corpora[experiment.corpus].labels
    labels = np.repeat(classes, counts).tolist()
    count = len(labels)
    index = {
        "id": [f"{label}{n}" for n, label in enumerate(labels)],
        "label": labels,
        "speaker": [f"s{n % 87}" for n in range(count)],
        "path": [""] * count,
    }
    assignment = split_corpus(config.splits[experiment.split], index, classes)
    (fold,) = assignment.folds.values()
    parts: dict[str, list[str]] = {}
    for item, part in zip(assignment.items, fold, strict=True):
        parts.setdefault(str(part), []).append(index["id"][item])
    return parts


def count_labels(ids: list[str], classes: list[str]) -> list[int]:
    return [sum(item.startswith(label) for item in ids) for label in classes]


@pytest.mark.parametrize("name", FAITHFUL)
def test_the_test_part_has_as_many_items_of_each_class_as_the_report(
    shipped: Config, name: str
) -> None:
    counts = RECORDINGS if name == "emotions_full_length" else CHUNKS
    parts = divide(shipped, name, counts)
    assert count_labels(parts["test"], shipped.corpora["emotions"].labels) == SUPPORTS[name]


def test_copies_are_on_both_sides_only_in_the_reported_protocol(shipped: Config) -> None:
    reported = divide(shipped, "emotions_oversampled", CHUNKS)
    assert set(reported["train"]) & set(reported["test"])
    factors = {"anger": 1, "fear": 15, "happiness": 3, "neutral": 1, "sadness": 1, "surprise": 3}
    occurrences = Counter(item for part in reported.values() for item in part)
    assert {(item.rstrip("0123456789"), n) for item, n in occurrences.items()} == set(
        factors.items()
    )
    corrected = divide(shipped, "emotions_oversampled_corrected", CHUNKS)
    for part in ("validation", "test"):
        assert not set(corrected["train"]) & set(corrected[part])
        assert len(set(corrected[part])) == len(corrected[part])
    fear = [item for item in corrected["train"] if item.startswith("fear")]
    assert len(fear) == 15 * len(set(fear)) > 0


@pytest.mark.parametrize(
    ("items", "comparable"),
    [(4030, False), (4031, True), (4034, True), (4035, True), (4036, False)],
)
def test_chunks_are_comparable_when_a_fifth_of_them_is_807(
    shipped: Config, items: int, comparable: bool
) -> None:
    assert is_comparable("real", items, shipped.corpora["emotions_chunks"].reported_items) == (
        comparable
    )
    assert (-(-items // 5) == 807) == comparable  # scikit-learn rounds the test part up
    assert sum(SUPPORTS["emotions_chunks"]) == 807


@pytest.mark.parametrize("name", FAITHFUL)
def test_recalls_in_the_order_of_our_classes_give_the_reported_accuracy(
    shipped: Config, name: str
) -> None:
    reported = experiment_of(shipped, name).reported
    assert reported and reported.per_class and reported.test_accuracy
    accuracy = np.average(reported.per_class, weights=SUPPORTS[name])
    assert accuracy == pytest.approx(reported.test_accuracy, abs=0.005)


def test_reported_figures(shipped: Config) -> None:
    figures = {}
    for name in FAITHFUL:
        reported = experiment_of(shipped, name).reported
        assert reported
        figures[name] = (reported.test_accuracy, reported.macro_f1, reported.weighted_f1)
    assert figures == {
        "emotions_full_length": (0.74, 0.52, 0.73),
        "emotions_chunks": (0.7299, 0.47, 0.70),
        "emotions_oversampled": (0.69, 0.66, 0.68),
    }
    recalls = [experiment_of(shipped, name).reported for name in FAITHFUL]
    assert [r and r.per_class for r in recalls] == [
        [0.75, 0, 0.23, 0.95, 0.64, 0.49],
        [0.84, 0, 0.06, 0.87, 0.59, 0.43],
        [0.71, 0.92, 0.57, 0.83, 0.37, 0.57],
    ]


def test_the_reported_protocols_have_no_modern_additions(shipped: Config) -> None:
    for name in FAITHFUL:
        faithful, corrected = (experiment_of(shipped, n) for n in (name, f"{name}_corrected"))
        train = faithful.train
        assert (train.optimizer, train.learning_rate) == ("adamw", 1e-5)
        assert (train.schedule, train.warm_up, train.checkpoint) == ("constant", 0, "last")
        assert (train.precision, train.label_smoothing) == ("single", 0)
        assert (faithful.model.padding, faithful.model.head.normalise) == ("unmasked", "batch")
        train = corrected.train
        assert (train.schedule, train.warm_up, train.checkpoint) == (
            "linear",
            0.1,
            "best_validation",
        )
        assert (corrected.model.padding, corrected.model.head.normalise) == ("masked", "layer")
        assert "inferred" in faithful.note
    balances = [experiment_of(shipped, name).train.balance for name in FAITHFUL]
    assert balances == ["weights", "none", "none"]


def test_training_equals_a_plain_loop_in_torch_and_transformers(
    tmp_path: Path, shipped: Config
) -> None:
    """Zeros after each clip are averaged in, batches normalise the head, AdamW has a fixed rate."""
    from transformers import HubertModel

    model = experiment_of(shipped, "emotions_full_length").model
    assert isinstance(model, Settings)
    off = ("hidden_dropout", "attention_dropout", "activation_dropout", "feat_proj_dropout")
    folder = save_hubert(
        tmp_path, **dict.fromkeys(off, 0.0), layerdrop=0.0, apply_spec_augment=False
    )
    clips, targets = make_waves(900, 400, 655, 700, 505, 820), np.array([0, 1, 2, 0, 1, 2])
    training = Training(optimizer="adamw", learning_rate=0.001, epochs=3, batch_size=3)
    head = Head(normalise=model.head.normalise, hidden=8, dropout=0)
    settings = Settings(kind="encoder", pretrained="any", padding=model.padding, head=head)
    examples = Examples({"train": Ragged(features_of(clips), np.arange(6))}, {"train": targets}, 3)
    learner = encoder.learner(settings, training, examples, 7, "cpu", folder)

    hubert = HubertModel.from_pretrained(folder).train()
    classifier = nn.Sequential(nn.BatchNorm1d(16), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3))
    own = learner.network.head.state_dict()
    names = classifier.state_dict()
    classifier.load_state_dict(dict(zip(names, own.values(), strict=True)))
    optimizer = torch.optim.AdamW([*hubert.parameters(), *classifier.parameters()], lr=0.001)
    waves = np.zeros((6, 900), np.float32)
    for wave, clip in zip(waves, clips, strict=True):
        wave[: len(clip)] = clip[:, 0]
    for epoch in (1, 2, 3):
        losses = []
        for batch, _ in learner.steps(epoch):
            states = hubert(torch.from_numpy(waves[batch.numpy()])).last_hidden_state
            loss = nn.functional.cross_entropy(
                classifier(states.mean(1)), torch.from_numpy(targets[batch.numpy()])
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        assert learner.epoch(epoch)["loss"] == pytest.approx(np.mean(losses), abs=1e-4)
    last, expected = learner.network.head[-1], classifier[-1]
    torch.testing.assert_close(last.weight, expected.weight, atol=1e-4, rtol=1e-3)


def test_surveyed_variants_differ_in_one_setting(shipped: Config) -> None:
    settings = {
        "emotions_max_pooling": ("model", {"pool"}),
        "emotions_mfcc_undersampled": ("train", {"balance"}),
        "emotions_mfcc_smote": ("train", {"balance"}),
        "emotions_mfcc_svm": ("model", {"solver"}),
    }
    for name, (section, different) in settings.items():
        variant = experiment_of(shipped, name)
        assert variant.variant_of and variant.reported is None
        base = experiment_of(shipped, variant.variant_of)
        assert (variant.split, variant.features) == (base.split, base.features)
        one, other = vars(getattr(variant, section)), vars(getattr(base, section))
        assert {key for key in one if one[key] != other[key]} == different
