"""Encoders in training: frozen weights, rare classes, resuming after a kill."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight

from resound.models.common.torch_learner import _balanced_weights
from resound.models.encoder import learner as encoder
from resound.models.encoder.learner import EncoderLearner
from resound.models.encoder.settings import Head, Settings
from resound.training.checkpoint import Checkpoint
from resound.training.inputs.ragged import Ragged
from resound.training.learner import Examples
from resound.training.loop import train
from resound.training.settings import Training
from tests.helpers.encoders import make_sentences, make_waves, save_bert, save_hubert
from tests.helpers.examples import features_of

LABELS = np.array([0, 1, 2, 0, 0, 0, 1, 0])


def make_examples(kind: str) -> Examples:
    lengths = np.random.default_rng(1).integers(6, 20, 12)
    rows = make_sentences(*lengths) if kind == "texts" else make_waves(*(30 * lengths))
    features = features_of(rows)
    return Examples(
        {
            "train": Ragged(features, np.arange(8)),
            "validation": Ragged(features, np.arange(8, 12)),
        },
        {"train": LABELS, "validation": np.array([0, 1, 2, 0])},
        3,
    )


def training_of(**changes: object) -> Training:
    return Training(optimizer="adamw", learning_rate=0.01, epochs=2, batch_size=3, **changes)


def learner_of(folder: Path, kind: str, training: Training, **changes: object) -> EncoderLearner:
    model = Settings(kind="encoder", pretrained="any", **changes)
    return encoder.learner(model, training, make_examples(kind), 7, "cpu", folder)


def train_from(
    folder: Path, kind: str, training: Training, checkpoint: Path, **changes: object
) -> EncoderLearner:
    learner = learner_of(folder, kind, training, **changes)
    train(learner, training, make_examples(kind), Checkpoint(checkpoint, "test"))
    return learner


@pytest.mark.parametrize(
    ("changes", "frozen"),
    [
        ({"freeze": 9}, [f"encoder.layer.{n}." for n in range(9)] + ["embeddings."]),
        ({"freeze": 11, "freeze_embeddings": False}, [f"encoder.layer.{n}." for n in range(11)]),
        ({"freeze": "encoder"}, [""]),
    ],
)
def test_only_frozen_weights_stay_equal_to_the_bit(
    tmp_path: Path, changes: dict[str, object], frozen: list[str]
) -> None:
    folder = save_bert(tmp_path / "pretrained")
    before = learner_of(folder, "texts", training_of(), pool="pooler", **changes).weights()
    learner = train_from(folder, "texts", training_of(), tmp_path / "c", pool="pooler", **changes)
    for name, tensor in learner.weights().items():
        stays = any(name.startswith(f"encoder.{part}") for part in frozen)
        # A key's bias changes no attention, so it may stay too.
        if stays or not name.endswith("key.bias"):
            assert np.array_equal(tensor, before[name]) == stays, name
    assert learner.parameters < learner.total_parameters


def test_pruned_heads_are_neither_trained_nor_saved(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    folder = save_bert(tmp_path / "pretrained", layers=2)
    pruned = {"pool": "pooler", "prune_heads": {1: 0.5}}
    learner = train_from(folder, "texts", training_of(), tmp_path / "c", **pruned)
    (tmp_path / "model").mkdir()
    learner.save(tmp_path / "model")
    saved = load_file(tmp_path / "model" / "model.safetensors")
    for layer, rows in [(0, 8), (1, 16)]:
        assert saved[f"encoder.layer.{layer}.attention.self.query.weight"].shape == (rows, 16)
    unpruned = learner_of(folder, "texts", training_of(), pool="pooler")
    assert unpruned.parameters - learner.parameters == 3 * (8 * 16 + 8) + 8 * 16


@pytest.mark.parametrize("kind", ["texts", "waves"])
def test_a_killed_run_resumes_to_the_same_weights(tmp_path: Path, kind: str) -> None:
    folder = save_bert(tmp_path / "t", layers=2) if kind == "texts" else save_hubert(tmp_path / "t")
    training = training_of(checkpoint="best_validation", schedule="linear", warm_up=0.2)
    uninterrupted = train_from(folder, kind, training, tmp_path / "uninterrupted")
    killed = learner_of(folder, kind, training)

    def kill(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(killed, training, make_examples(kind), Checkpoint(tmp_path / "killed", "test"), kill)
    resumed = train_from(folder, kind, training, tmp_path / "killed")
    for name, tensor in uninterrupted.weights().items():
        np.testing.assert_array_equal(resumed.weights()[name], tensor)


def test_the_head_has_its_own_learning_rate(tmp_path: Path) -> None:
    folder = save_bert(tmp_path / "pretrained", layers=2)
    slow = replace(training_of(), learning_rate=1e-12)
    before = learner_of(folder, "texts", slow, head_learning_rate=0.01).weights()
    learner = train_from(folder, "texts", slow, tmp_path / "c", head_learning_rate=0.01)
    change = {
        name: float(np.abs(tensor - before[name]).max())
        for name, tensor in learner.weights().items()
    }
    head = [value for name, value in change.items() if name.startswith("head.")]
    rest = [value for name, value in change.items() if name.startswith("encoder.")]
    assert min(head) > 1e-3
    assert max(rest) < 1e-6


def test_class_weights_equal_those_of_scikit_learn() -> None:
    weights = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    np.testing.assert_allclose(_balanced_weights(LABELS, 3), weights, rtol=1e-6)


def test_the_weighted_loss_equals_that_of_torch(tmp_path: Path) -> None:
    folder = save_bert(tmp_path, layers=2)
    training = Training(optimizer="adamw", epochs=1, batch_size=8, balance="weights")
    learner = learner_of(folder, "texts", training, head=Head(dropout=0))
    learner.network.encoder.config.hidden_dropout_prob = 0
    for module in learner.network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    learner.network.eval()
    batch = torch.from_numpy(make_examples("texts").inputs["train"].padded(np.arange(8)))
    weights = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    expected = torch.nn.functional.cross_entropy(
        learner.network(batch), torch.from_numpy(LABELS), torch.tensor(weights, dtype=torch.float32)
    )
    assert learner.epoch(1)["loss"] == pytest.approx(expected.item(), rel=1e-4)


def test_oversampling_balances_classes_and_draws_again_in_each_epoch(tmp_path: Path) -> None:
    learner = learner_of(save_bert(tmp_path, layers=2), "texts", training_of(balance="oversample"))
    epochs = [torch.cat([batch for batch, _ in learner.steps(n)]).numpy() for n in (1, 2)]
    for items in epochs:
        assert np.bincount(LABELS[items]).tolist() == [5, 5, 5]
        assert set(items) == set(range(8))
    assert sorted(epochs[0]) != sorted(epochs[1]) or list(epochs[0]) != list(epochs[1])


def test_learning_rates_rise_and_fall_linearly(tmp_path: Path) -> None:
    folder = save_bert(tmp_path, layers=2)
    training = Training(
        optimizer="adamw",
        learning_rate=1.0,
        epochs=5,
        batch_size=4,
        schedule="linear",
        warm_up=0.2,
    )
    learner = learner_of(folder, "texts", training)
    rates = [rate for epoch in range(1, 6) for _, rate in learner.steps(epoch)]
    assert rates == pytest.approx([0, 0.5, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8])


def lengths_of_batches(folder: Path, model: Settings) -> list[np.ndarray]:
    """Return the lengths in each batch of an epoch over 64 texts of 1 to 64 tokens."""
    rows = make_sentences(*np.random.default_rng(0).permutation(np.arange(1, 65)))
    inputs = Ragged(features_of(rows), np.arange(64))
    examples = Examples({"train": inputs}, {"train": np.zeros(64, np.int64)}, 2)
    training = Training(optimizer="adamw", epochs=1, batch_size=8)
    learner = encoder.learner(model, training, examples, 0, "cpu", save_bert(folder, 2))
    return [inputs.lengths[batch.numpy()] for batch, _ in learner.steps(1)]


def test_batches_hold_items_of_similar_length(tmp_path: Path) -> None:
    batches = lengths_of_batches(tmp_path, Settings(kind="encoder", pretrained="any"))
    assert all(lengths.max() - lengths.min() < 8 for lengths in batches)
    assert sorted(np.concatenate(batches)) == list(range(1, 65))


def test_batches_are_not_sorted_where_clips_are_padded_to_one_length(tmp_path: Path) -> None:
    model = Settings(kind="encoder", pretrained="any", padding="unmasked")
    batches = lengths_of_batches(tmp_path, model)
    assert min(lengths.max() - lengths.min() for lengths in batches) > 8
    assert sorted(np.concatenate(batches)) == list(range(1, 65))


def test_the_length_of_unmasked_clips_is_that_of_the_longest_training_clip(
    tmp_path: Path,
) -> None:
    learner = learner_of(save_hubert(tmp_path), "waves", training_of(), padding="unmasked")
    examples = make_examples("waves")
    assert learner.network.length == examples.inputs["train"].lengths.max()
    (tmp_path / "model").mkdir()
    learner.save(tmp_path / "model")
    other = learner_of(save_hubert(tmp_path), "waves", training_of())
    other.load(tmp_path / "model")
    expected = learner.scores(examples.inputs["validation"])
    np.testing.assert_allclose(other.scores(examples.inputs["validation"]), expected, atol=1e-6)
