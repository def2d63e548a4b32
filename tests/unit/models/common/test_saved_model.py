"""Saved models: a loaded model of every kind gives the bytes of the model that was trained."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from safetensors.numpy import load_file

from resound.arrays import Array
from resound.config import registry
from resound.data.dataset import Dataset
from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.features import characters
from resound.io.csv_table import read_table, rows_of, write_table
from resound.io.files import write_json
from resound.models.common.kinds import kind_module
from resound.models.common.saved_model import load_model, save_description, save_fold
from resound.settings import typed
from resound.training.checkpoint import Checkpoint
from resound.training.inputs.arrangement import Arrangement
from resound.training.inputs.settings import Input
from resound.training.learner import Examples, Learner
from resound.training.loop import train
from resound.training.run import Run
from resound.training.settings import Training
from resound.training.targets import targets_of
from scripts import train as stage
from tests.helpers.encoders import make_sentences, make_waves, save_bert, save_hubert
from tests.helpers.examples import features_of

CLASSES = ["a", "b", "c"]
CLIPS = 30
PARTS = {"train": range(18), "validation": range(18, 24), "test": range(24, CLIPS)}
OTHER_PARTS = {"train": range(8, CLIPS), "test": range(8)}
CONFIGURATION = {"kind": "mfcc", "mels": 24, "deltas": 1}
TEXTS = ["علی به خانه رفت", "باران می‌بارد", "هوا گرم است", "او نیست", "خانه گرم است"]


@dataclass(frozen=True)
class Case:
    """Settings of a small experiment and the form of its features."""

    model: dict[str, Any]
    input: dict[str, Any]
    features: str = "frames"
    train: dict[str, Any] = field(default_factory=dict)


ADAM = {"optimizer": "adam", "learning_rate": 0.01, "epochs": 2, "batch_size": 5}
SOLVER = {"optimizer": "solver"}
PERCEPTRON = {
    "kind": "perceptron",
    "hidden": [4],
    "activation": "bipolar",
    "weights": "normal",
    "derivative": "activation",
}
CNN = {"kind": "cnn", "channels": [3, 4], "dropout": 0.2, "shift_frames": 1, "mask_frames": 2}
CROP_CNN = {"kind": "crop_cnn", "channels": [3], "crop_frames": 4, "crops": 2}
CNN_LSTM = CROP_CNN | {"kind": "cnn_lstm", "layers": [4], "bidirectional": True}
LSTM = {"kind": "lstm", "layers": [4, 3], "bidirectional": True, "head": [5]}
MLP = {"kind": "mlp", "hidden": [5], "activation": "gelu", "dropout": 0.1}
FRAME_MLP = {"kind": "frame_mlp", "hidden": [6], "normalise": True, "mask_frames": 2}
ENCODER = {"kind": "encoder", "pretrained": "small"}
PRUNED = ENCODER | {"pool": "pooler", "layers": 2, "prune_heads": {1: 0.5}, "freeze": 1}
HEAD = ENCODER | {"head": {"normalise": "batch", "hidden": 6, "dropout": 0.2}}
SGD = {"optimizer": "sgd", "learning_rate": 0.01, "epochs": 2}

CASES = {
    "perceptron, each part": Case(
        PERCEPTRON, {"arrange": "flatten_then_pad", "standardise": "each_part"}, train=SGD
    ),
    "perceptron": Case(
        PERCEPTRON | {"activation": "relu", "weights": "xavier", "hidden": ["1/2", "mean"]},
        {"arrange": "pooled", "standardise": "train"},
        "pooled",
        SGD,
    ),
    "perceptron, columns, components": Case(
        PERCEPTRON | {"biases": "normal", "order": "fixed"},
        {
            "arrange": "flatten_then_pad",
            "standardise": "train",
            "standardise_by": "column",
            "components": 4,
        },
        train=SGD,
    ),
    "cnn": Case(CNN, {"arrange": "padded", "standardise": "train"}),
    "cnn, dense layer": Case(CNN | {"hidden": [5]}, {"arrange": "padded"}),
    "cnn, each part, two threads": Case(
        CNN, {"arrange": "padded", "standardise": "each_part"}, train=ADAM | {"threads": 2}
    ),
    "crop_cnn": Case(CROP_CNN, {"arrange": "sequences", "standardise": "train"}),
    "cnn_lstm": Case(CNN_LSTM, {"arrange": "sequences", "standardise": "train"}),
    "single_conv": Case({"kind": "single_conv", "channels": 3}, {"arrange": "padded"}),
    "lstm, pooled": Case(LSTM, {"arrange": "pooled", "standardise": "all_parts"}, "pooled"),
    "lstm, sequences": Case(LSTM, {"arrange": "sequences", "standardise": "all_parts"}),
    "gru, sequences": Case(LSTM | {"cell": "gru"}, {"arrange": "sequences"}),
    "frame_mlp": Case(FRAME_MLP, {"arrange": "windows", "context": 2}, "labelled frames"),
    "frame_mlp, across utterances": Case(
        FRAME_MLP,
        {"arrange": "windows", "context": 3, "border": "corpus"},
        "labelled frames",
        ADAM | {"evaluations_per_epoch": 2},
    ),
    "mlp, best": Case(
        MLP,
        {"arrange": "pad_then_flatten", "standardise": "train"},
        train=ADAM | {"checkpoint": "best_validation", "balance": "weights"},
    ),
    "mlp, oversampled": Case(
        MLP,
        {"arrange": "flatten_then_pad", "standardise": "train"},
        train=ADAM | {"balance": "oversample"},
    ),
    "kan": Case(
        {"kind": "kan", "hidden": [3]}, {"arrange": "pooled", "standardise": "train"}, "pooled"
    ),
    "linear, sgd": Case(
        {"kind": "linear", "solver": "sgd"},
        {"arrange": "pooled", "standardise": "train"},
        "pooled",
        SOLVER | {"balance": "weights"},
    ),
    "linear, sag": Case(
        {"kind": "linear", "solver": "sag"}, {"arrange": "pad_then_flatten"}, train=SOLVER
    ),
    "linear, svm": Case(
        {"kind": "linear", "solver": "svm"},
        {"arrange": "pooled", "standardise": "train"},
        "pooled",
        SOLVER | {"balance": "smote"},
    ),
    "gaussian": Case({"kind": "gaussian"}, {"arrange": "pooled"}, "pooled", SOLVER),
    "linear_probe": Case(
        {"kind": "linear_probe"},
        {"arrange": "padded"},
        "layers",
        SOLVER | {"epochs": 3, "checkpoint": "best_validation", "balance": "weights"},
    ),
    "tfidf": Case(
        {"kind": "tfidf", "analyzer": "char_wb", "longest": 3},
        {"arrange": "ragged"},
        "texts",
        SOLVER,
    ),
    "encoder of waves": Case(HEAD, {"arrange": "ragged"}, "waves"),
    "encoder of waves, unmasked": Case(
        HEAD | {"padding": "unmasked", "pool": "max"}, {"arrange": "ragged"}, "waves"
    ),
    "encoder of tokens": Case(
        ENCODER | {"pool": "pooler", "freeze": "encoder", "head_learning_rate": 0.1},
        {"arrange": "ragged"},
        "tokens",
    ),
    "pruned encoder of tokens": Case(PRUNED, {"arrange": "ragged"}, "tokens"),
}


def make_features(form: str) -> Features:
    """Return clips of any length; the last ones, of the test part, are the longest."""
    random = np.random.default_rng(0)
    lengths = [*random.integers(6, 10, CLIPS - 2), 5, 12]
    if form == "waves":
        return features_of(make_waves(*(60 * n for n in lengths)))
    if form == "tokens":
        return features_of(make_sentences(*lengths))
    if form == "texts":
        configuration = characters.Settings(kind="characters", fields=["hypothesis"])
        texts = [(TEXTS[n % len(TEXTS)],) for n in range(CLIPS)]
        return features_of(characters.extract(configuration, texts, None))
    rows = {"pooled": 1, "layers": 3}
    clips = [random.normal(3, 2, (rows.get(form, n), 6)).astype(np.float32) for n in lengths]
    for n, clip in enumerate(clips):
        clip[:, n % len(CLASSES)] += 2
    return features_of(clips)


def make_dataset(folder: Path, form: str, folds: Mapping[str, Mapping[str, range]]) -> Dataset:
    """Write the files of a dataset and open them."""
    features = make_features(form)
    np.save(folder / "matrix.npy", features.matrix)
    np.save(folder / "offsets.npy", features.offsets)
    ids = [f"clip{n}" for n in range(CLIPS)]
    labels = [CLASSES[n % len(CLASSES)] for n in range(CLIPS)]
    write_table(folder / "index.csv", ("id", "label"), zip(ids, labels))
    write_json(folder / "summary.json", {"classes": CLASSES})
    rows = [
        (fold, ids[n], part)
        for fold, parts in folds.items()
        for part, items in parts.items()
        for n in items
    ]
    write_table(folder / "split.csv", ("fold", "id", "part"), rows)
    names = ["index.csv", "summary.json", "split.csv", "matrix.npy", "offsets.npy"]
    if form == "labelled frames":
        frame_labels = np.random.default_rng(1).integers(0, 3, len(features.matrix))
        np.save(folder / "labels.npy", frame_labels.astype(np.int16))
        names.append("labels.npy")
    return Dataset.open({Path(name).stem: str(folder / name) for name in names})


def save_pretrained(folder: Path, form: str) -> Path | None:
    """Return the manifest of the pretrained encoder of a form of features, if there is one."""
    if form not in ("waves", "tokens"):
        return None
    model = save_hubert(folder / "hubert") if form == "waves" else save_bert(folder / "bert", 3)
    write_json(folder / "pretrained.json", {"path": str(model)})
    return folder / "pretrained.json"


def settings_of(case: Case) -> dict[str, Any]:
    """Return the settings of an experiment as a job gets them, from JSON."""
    settings = {
        "configuration": CONFIGURATION,
        "model": case.model,
        "input": case.input,
        "train": case.train or ADAM,
        "exclude_classes": [],
    }
    parsed: dict[str, Any] = json.loads(json.dumps(settings))
    return parsed


def train_fold(
    folder: Path, case: Case, dataset: Dataset, fold: str, pretrained: Path | None
) -> tuple[Learner, Arrangement]:
    """Train and save one fold; return the learner and the arrangement that it was trained with."""
    settings, clips = settings_of(case), dataset.folds[fold]
    training = typed(Training, settings["train"])
    arrangement = Arrangement.fit(Input(**settings["input"]), dataset.features, clips)
    inputs = {p: arrangement.apply(dataset.features, n, p) for p, n in clips.items()}
    targets = {part: targets_of(dataset).of(items) for part, items in clips.items()}
    examples = Examples(inputs, targets, len(dataset.classes))
    kind = kind_module(settings["model"]["kind"])
    factory = partial(kind.learner, typed(kind.Settings, settings["model"]))
    if pretrained:
        factory = partial(factory, origin=Path(json.loads(pretrained.read_text())["path"]))
    learner: Learner = factory(training, examples, 7, "cpu")
    train(learner, training, examples, Checkpoint(folder / f"{fold}.checkpoint", "test"))
    save_fold(folder / "model", fold, learner, arrangement, inputs["train"].item_shape)
    return learner, arrangement


def scores_of(
    learner: Learner, arrangement: Arrangement, dataset: Dataset, fold: str, part: Any
) -> Array:
    """Return the scores of a part as training computes them, all items at once."""
    inputs = arrangement.apply(dataset.features, dataset.folds[fold][part], part)
    return learner.scores(inputs)


def total_parameters(learner: Any) -> int:
    """Return the number of parameters, including frozen ones."""
    return int(getattr(learner, "total_parameters", learner.parameters))


def test_every_kind_of_model_is_tested() -> None:
    union = get_args(registry.Model)[0]
    kinds = {get_args(settings.__annotations__["kind"])[0] for settings in get_args(union)}
    assert {case.model["kind"] for case in CASES.values()} == kinds


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_loaded_model_gives_the_scores_of_the_trained_one(tmp_path: Path, case: Case) -> None:
    dataset = make_dataset(tmp_path, case.features, {"all": PARTS})
    pretrained = save_pretrained(tmp_path, case.features)
    learner, arrangement = train_fold(tmp_path, case, dataset, "all", pretrained)
    save_description(tmp_path / "model", ["all"], CLASSES, CONFIGURATION, settings_of(case))
    expected = {
        part: scores_of(learner, arrangement, dataset, "all", part) for part in ("train", "test")
    }
    assert len(np.unique(expected["test"], axis=0)) > 1

    saved = load_model(tmp_path / "model")
    assert (saved.classes, saved.configuration) == (CLASSES, CONFIGURATION)
    assert total_parameters(saved.learner) == total_parameters(learner)
    for part, scores in expected.items():
        loaded = scores_of(saved.learner, saved.arrangement, dataset, "all", part)
        assert (loaded.dtype, loaded.tobytes()) == (scores.dtype, scores.tobytes())
    # New recordings belong to no part, so they are standardised like the training part.
    part = "train" if case.input.get("standardise") == "each_part" else "test"
    items = dataset.folds["all"][part]
    assert saved.scores(dataset.features, items).tobytes() == expected[part].tobytes()


@pytest.mark.parametrize(
    "name", ["perceptron, each part", "perceptron, columns, components", "crop_cnn", "frame_mlp",
             "tfidf"]
)  # fmt: skip
def test_a_loaded_model_scores_recordings_of_another_corpus(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    dataset = make_dataset(tmp_path, case.features, {"all": PARTS})
    train_fold(tmp_path, case, dataset, "all", None)
    save_description(tmp_path / "model", ["all"], CLASSES, CONFIGURATION, settings_of(case))
    saved = load_model(tmp_path / "model")
    features = dataset.features
    other = features_of([features.clip(n) for n in (29, 3, 28)])
    rows = features.lengths(np.array([29, 3, 28])) if name == "frame_mlp" else np.ones(3, int)
    scores = np.split(saved.scores(other, np.arange(3)), np.cumsum(rows)[:-1])
    for clip, own in zip((29, 3, 28), scores, strict=True):
        alone = saved.scores(features, np.array([clip]))
        np.testing.assert_allclose(own, alone, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "name", ["perceptron, each part", "lstm, sequences", "frame_mlp", "encoder of waves",
             "pruned encoder of tokens", "tfidf"]
)  # fmt: skip
def test_the_stage_saves_a_model_of_each_fold(tmp_path: Path, name: str) -> None:
    case, folds = CASES[name], {"1": PARTS, "2": OTHER_PARTS}
    dataset = make_dataset(tmp_path, case.features, folds)
    pretrained = save_pretrained(tmp_path, case.features)
    run = Run(tmp_path / "run", json.dumps(settings_of(case)), "code", 7, "cpu")
    stage.main(dataset, pretrained, run, lambda line: None)

    written = rows_of(read_table(tmp_path / "run" / "predictions.csv"))
    for fold in folds:
        saved = load_model(tmp_path / "run" / "model", fold)
        targets, items = targets_of(dataset), dataset.folds[fold]["test"]
        inputs = saved.arrangement.apply(dataset.features, items, "test")
        predictions = targets.predictions(saved.learner, "test", items, inputs)
        ids = [dataset.items["id"][n] for n in items]
        header = targets.header
        expected = [
            dict(zip(header, (fold, name, "test", *row))) for name, row in zip(ids, predictions)
        ]
        own = [row for row in written if row["fold"] == fold and row["part"] == "test"]
        assert own == expected
    first = load_model(tmp_path / "run" / "model")
    inputs = first.arrangement.apply(dataset.features, dataset.folds["1"]["test"], "test")
    by_name = load_model(tmp_path / "run" / "model", "1")
    np.testing.assert_array_equal(first.learner.scores(inputs), by_name.learner.scores(inputs))
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "model", "history.csv", "predictions.csv", "provenance.json"
    }  # fmt: skip


def test_the_stage_trains_without_excluded_classes(tmp_path: Path) -> None:
    case = CASES["linear, sgd"]
    parts = {part: [n for n in items if n % 3 != 1] for part, items in PARTS.items()}
    dataset = make_dataset(tmp_path, case.features, {"all": parts})  # type: ignore[dict-item]
    settings = settings_of(case) | {"exclude_classes": ["b"]}
    run = Run(tmp_path / "run", json.dumps(settings), "code", 7, "cpu")
    stage.main(dataset, None, run, lambda line: None)
    saved = load_model(tmp_path / "run" / "model")
    assert saved.classes == ["a", "c"]
    assert saved.scores(dataset.features, np.arange(4)).shape == (4, 2)
    assert set(read_table(tmp_path / "run" / "predictions.csv")["predicted"]) <= {"a", "c"}


def test_a_folder_without_a_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no model: there is no model\.json"):
        load_model(tmp_path)
    with pytest.raises(UserError, match=r"holds no model"):
        load_model(tmp_path / "missing")


def test_a_fold_without_a_model_is_an_error(tmp_path: Path) -> None:
    case = CASES["gaussian"]
    dataset = make_dataset(tmp_path, case.features, {"1": PARTS, "2": OTHER_PARTS})
    for fold in dataset.folds:
        train_fold(tmp_path, case, dataset, fold, None)
    save_description(tmp_path / "model", ["1", "2"], CLASSES, CONFIGURATION, settings_of(case))
    with pytest.raises(UserError, match=r"no model of fold '3'; it has 1, 2"):
        load_model(tmp_path / "model", "3")
    first, second = (load_model(tmp_path / "model", fold) for fold in ("1", "2"))
    items = np.arange(3)
    assert not np.array_equal(
        first.scores(dataset.features, items), second.scores(dataset.features, items)
    )


@pytest.mark.parametrize("standardise", ["none", "train", "each_part", "all_parts"])
@pytest.mark.parametrize("how", ["flatten_then_pad", "padded", "sequences"])
def test_moments_and_length_are_saved(tmp_path: Path, how: str, standardise: str) -> None:
    model = {"flatten_then_pad": MLP, "padded": CNN, "sequences": CROP_CNN}[how]
    case = Case(model, {"arrange": how, "standardise": standardise}, train=ADAM | {"epochs": 1})
    dataset = make_dataset(tmp_path, case.features, {"all": PARTS})
    _, arrangement = train_fold(tmp_path, case, dataset, "all", None)
    save_description(tmp_path / "model", ["all"], CLASSES, CONFIGURATION, settings_of(case))
    loaded = load_model(tmp_path / "model").arrangement
    assert (loaded.settings, loaded.length) == (arrangement.settings, arrangement.length)
    assert set(loaded.moments) == set(PARTS)
    for part, moments in arrangement.moments.items():
        for own, expected in zip(loaded.moments[part], moments, strict=True):
            assert (own.dtype, own.tolist()) == (expected.dtype, expected.tolist())
    files = load_file(tmp_path / "model" / "inputs.safetensors")
    assert set(files) == {f"{part}/{name}" for part in PARTS for name in ("mean", "deviation")}
