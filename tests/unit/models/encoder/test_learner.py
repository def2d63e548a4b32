"""Encoders in training: frozen weights stay, rare classes count, a broken run goes on."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight

from resound.data.feature_cache import Features
from resound.models.common.torch_learner import _balanced
from resound.models.encoder import settings
from resound.models.encoder.learner import EncoderLearner
from resound.training.inputs.arrange import Ragged
from resound.training.loop import Checkpoint, Examples, Training, train
from tests.helpers.encoders import bert, hubert, sentences, waves

LABELS = np.array([0, 1, 2, 0, 0, 0, 1, 0])


def examples(kind: str) -> Examples:
    lengths = np.random.default_rng(1).integers(6, 20, 12)
    rows = sentences(*lengths) if kind == "texts" else waves(*(30 * lengths))
    features = Features(np.concatenate(rows), np.cumsum([0, *map(len, rows)]))
    return Examples(
        {
            "train": Ragged(features, np.arange(8)),
            "validation": Ragged(features, np.arange(8, 12)),
        },
        {"train": LABELS, "validation": np.array([0, 1, 2, 0])},
        3,
    )


def training(**changes: object) -> Training:
    return Training(optimizer="adamw", learning_rate=0.01, epochs=2, batch_size=3, **changes)


def learner(folder: Path, kind: str, how: Training, **changes: object) -> EncoderLearner:
    model = settings.Settings(kind="encoder", pretrained="any", **changes)
    return settings.learner(model, how, examples(kind), 7, "cpu", folder)


def trained(
    folder: Path, kind: str, how: Training, checkpoint: Path, **changes: object
) -> EncoderLearner:
    made = learner(folder, kind, how, **changes)
    train(made, how, examples(kind), Checkpoint(checkpoint, "test"))
    return made


@pytest.mark.parametrize(
    ("changes", "frozen"),
    [
        ({"freeze": 9}, [f"encoder.layer.{n}." for n in range(9)] + ["embeddings."]),
        ({"freeze": "encoder"}, [""]),
    ],
)
def test_frozen_weights_stay_bit_equal_and_others_do_not(
    tmp_path: Path, changes: dict[str, object], frozen: list[str]
) -> None:
    folder = bert(tmp_path / "came")
    before = learner(folder, "texts", training(), pool="pooler", **changes).weights()
    made = trained(folder, "texts", training(), tmp_path / "c", pool="pooler", **changes)
    for name, tensor in made.weights().items():
        stays = any(name.startswith(f"encoder.{part}") for part in frozen)
        # A key's bias changes no attention, so it may stay too.
        if stays or not name.endswith("key.bias"):
            assert np.array_equal(tensor, before[name]) == stays, name
    assert made.parameters < made.total_parameters


def test_pruned_heads_are_gone_from_what_is_trained_and_saved(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    folder = bert(tmp_path / "came", layers=2)
    pruned = {"pool": "pooler", "prune_heads": {1: 0.5}}
    made = trained(folder, "texts", training(), tmp_path / "c", **pruned)
    made.save(tmp_path / "run" / "model", ["a", "b", "c"])
    saved = load_file(tmp_path / "run" / "model" / "model.safetensors")
    for layer, rows in [(0, 8), (1, 16)]:
        assert saved[f"encoder.layer.{layer}.attention.self.query.weight"].shape == (rows, 16)
    whole = learner(folder, "texts", training(), pool="pooler")
    assert whole.parameters - made.parameters == 3 * (8 * 16 + 8) + 8 * 16


@pytest.mark.parametrize("kind", ["texts", "waves"])
def test_a_broken_run_goes_on_to_the_same_weights(tmp_path: Path, kind: str) -> None:
    folder = bert(tmp_path / "t", layers=2) if kind == "texts" else hubert(tmp_path / "t")
    how = training(checkpoint="best_validation", schedule="linear", warm_up=0.2)
    whole = trained(folder, kind, how, tmp_path / "whole")
    broken = learner(folder, kind, how)

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(broken, how, examples(kind), Checkpoint(tmp_path / "broken", "test"), stop)
    resumed = trained(folder, kind, how, tmp_path / "broken")
    for name, tensor in whole.weights().items():
        np.testing.assert_array_equal(resumed.weights()[name], tensor)


def test_the_head_has_its_own_rate(tmp_path: Path) -> None:
    folder = bert(tmp_path / "came", layers=2)
    still = training().__class__(**{**training().__dict__, "learning_rate": 1e-12})
    before = learner(folder, "texts", still, head_learning_rate=0.01).weights()
    made = trained(folder, "texts", still, tmp_path / "c", head_learning_rate=0.01)
    moved = {
        name: float(np.abs(tensor - before[name]).max()) for name, tensor in made.weights().items()
    }
    head = [value for name, value in moved.items() if name.startswith("head.")]
    rest = [value for name, value in moved.items() if name.startswith("encoder.")]
    assert min(head) > 1e-3
    assert max(rest) < 1e-6


def test_class_weights_are_those_of_scikit_learn() -> None:
    weights = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    np.testing.assert_allclose(_balanced(LABELS, 3), weights, rtol=1e-6)


def test_weights_make_the_loss_that_of_torch(tmp_path: Path) -> None:
    folder = bert(tmp_path, layers=2)
    how = Training(optimizer="adamw", epochs=1, batch_size=8, balance="weights")
    made = learner(folder, "texts", how, head=settings.Head(dropout=0))
    made.network.encoder.config.hidden_dropout_prob = 0
    for module in made.network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    made.network.eval()
    batch = torch.from_numpy(examples("texts").inputs["train"].padded(np.arange(8)))
    weights = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    wanted = torch.nn.functional.cross_entropy(
        made.network(batch), torch.from_numpy(LABELS), torch.tensor(weights, dtype=torch.float32)
    )
    assert made.epoch(1)["loss"] == pytest.approx(wanted.item(), rel=1e-4)


def test_oversampling_shows_each_class_alike_and_draws_anew(tmp_path: Path) -> None:
    made = learner(bert(tmp_path, layers=2), "texts", training(balance="oversample"))
    epochs = [torch.cat([batch for batch, _ in made.steps(n)]).numpy() for n in (1, 2)]
    for items in epochs:
        assert np.bincount(LABELS[items]).tolist() == [5, 5, 5]
        assert set(items) == set(range(8))
    assert sorted(epochs[0]) != sorted(epochs[1]) or list(epochs[0]) != list(epochs[1])


def test_rates_rise_and_fall_in_lines(tmp_path: Path) -> None:
    folder = bert(tmp_path, layers=2)
    how = Training(
        optimizer="adamw",
        learning_rate=1.0,
        epochs=5,
        batch_size=4,
        schedule="linear",
        warm_up=0.2,
    )
    made = learner(folder, "texts", how)
    rates = [rate for epoch in range(1, 6) for _, rate in made.steps(epoch)]
    assert rates == pytest.approx([0, 0.5, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8])


def test_batches_hold_items_of_like_length(tmp_path: Path) -> None:
    rows = sentences(*np.random.default_rng(0).permutation(np.arange(1, 65)))
    features = Features(np.concatenate(rows), np.cumsum([0, *map(len, rows)]))
    told = {"train": np.zeros(64, np.int64)}
    inputs = {"train": Ragged(features, np.arange(64))}
    how = Training(optimizer="adamw", epochs=1, batch_size=8)
    model = settings.Settings(kind="encoder", pretrained="any")
    made = settings.learner(model, how, Examples(inputs, told, 2), 0, "cpu", bert(tmp_path, 2))
    seen = [inputs["train"].lengths[batch.numpy()] for batch, _ in made.steps(1)]
    assert all(lengths.max() - lengths.min() < 8 for lengths in seen)
    assert sorted(np.concatenate(seen)) == list(range(1, 65))
