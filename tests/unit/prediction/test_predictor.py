"""Prediction for recordings and texts: equal to the predictions of the run itself."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import resound
from resound.data import run_length
from resound.data.clips import Clip
from resound.data.dataset import Dataset
from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.features.common.extraction import extract
from resound.features.common.kinds import configuration_of, feature_module
from resound.io.csv_table import read_table, rows_of
from resound.io.files import write_json
from resound.models.encoder.backbone import open_encoder, open_tokenizer
from resound.models.encoder.hidden_states import mean_hidden_states
from resound.prediction.predictor import Prediction, Predictor
from resound.prediction.recordings import find_recordings
from resound.runtime.pool import Pool
from resound.runtime.progress import silent
from resound.training.inputs.ragged import Ragged
from resound.training.run import Run
from scripts import predict as predict_stage
from scripts import train as train_stage
from scripts import write_textgrids
from tests.helpers.encoders import WORDS, save_bert, save_hubert

Write = Callable[..., Path]

CLASSES = ["high", "low", "noise"]
CLIPS = 24
PARTS = {"train": range(12), "validation": range(12, 16), "test": range(16, CLIPS)}
ADAM = {"optimizer": "adam", "learning_rate": 0.01, "epochs": 2, "batch_size": 5}
SOLVER = {"optimizer": "solver"}
MEAN = {"kind": "mfcc", "mels": 24, "pool": "mean"}
FRAMES = {"kind": "logmel", "mels": 24}
WAVES = {"kind": "waveform"}
TOKENS = {"kind": "tokens", "pretrained": "small", "longest": 16}
LETTERS = {"kind": "characters", "fields": ["hypothesis"]}


@dataclass(frozen=True)
class Case:
    """Settings of a small experiment; `of` are the features whose hidden states it uses."""

    model: dict[str, Any]
    features: dict[str, Any]
    input: dict[str, Any] = field(default_factory=lambda: {"arrange": "pooled"})
    train: dict[str, Any] = field(default_factory=lambda: ADAM)
    of: dict[str, Any] | None = None


STATES = {"kind": "hidden_states", "pretrained": "small", "of": "features"}
ENCODER = {"kind": "encoder", "pretrained": "small"}
POOLED = {"arrange": "pooled", "standardise": "train"}
PERCEPTRON = {
    "kind": "perceptron",
    "hidden": [4],
    "activation": "relu",
    "weights": "xavier",
    "derivative": "activation",
}
CASES = {
    "linear": Case({"kind": "linear", "solver": "sag"}, MEAN, POOLED, SOLVER),
    "gaussian": Case({"kind": "gaussian"}, MEAN, POOLED, SOLVER),
    "perceptron": Case(
        PERCEPTRON, MEAN, POOLED, {"optimizer": "sgd", "learning_rate": 0.01, "epochs": 2}
    ),
    "mlp": Case({"kind": "mlp", "hidden": [5]}, MEAN, POOLED),
    "kan": Case({"kind": "kan", "hidden": [3]}, MEAN, POOLED),
    "cnn": Case({"kind": "cnn", "channels": [3, 4]}, FRAMES, {"arrange": "padded"}),
    "single_conv": Case({"kind": "single_conv", "channels": 3}, FRAMES, {"arrange": "padded"}),
    "lstm": Case({"kind": "lstm", "layers": [4], "head": [5]}, FRAMES, {"arrange": "sequences"}),
    "crop_cnn": Case(
        {"kind": "crop_cnn", "channels": [3], "crop_frames": 4, "crops": 2},
        FRAMES,
        {"arrange": "sequences"},
    ),
    "frame_mlp": Case(
        {"kind": "frame_mlp", "hidden": [6]}, FRAMES, {"arrange": "windows", "context": 2}
    ),
    "encoder of waves": Case(ENCODER, WAVES, {"arrange": "ragged"}),
    "encoder of tokens": Case(ENCODER | {"pool": "pooler"}, TOKENS, {"arrange": "ragged"}),
    "hidden states": Case({"kind": "linear", "solver": "sag"}, STATES, POOLED, SOLVER, WAVES),
    "layers": Case(
        {"kind": "linear_probe"},
        STATES | {"layers": "each"},
        {"arrange": "padded"},
        SOLVER | {"epochs": 13, "checkpoint": "best_validation"},
        TOKENS,
    ),
    "tfidf": Case(
        {"kind": "tfidf", "analyzer": "char_wb", "longest": 3},
        LETTERS,
        {"arrange": "ragged"},
        SOLVER,
    ),
}


@dataclass(frozen=True)
class Trained:
    """A run and what it was trained on."""

    folder: Path
    paths: list[Path]
    texts: dict[str, list[str]]
    pretrained: Path

    @property
    def expected(self) -> list[dict[str, str]]:
        """The run's own predictions for its test items."""
        rows = rows_of(read_table(self.folder / "predictions.csv"))
        return [row for row in rows if row["part"] == "test"]

    def predict(self, predictor: Predictor, **options: Any) -> list[Prediction]:
        """Return the predictions for the test items."""
        if predictor.takes_texts:
            texts = {
                name: [column[n] for n in PARTS["test"]] for name, column in self.texts.items()
            }
            return list(predictor.predict_texts(texts))
        return list(predictor.predict([self.paths[n] for n in PARTS["test"]], **options))


def make_trained(folder: Path, case: Case, write_clip: Write) -> Trained:
    """Extract the features of a few recordings or texts and train a model on them."""
    random = np.random.default_rng(0)
    paths = [write_recording(folder / "clips" / f"{n}.wav", n, write_clip) for n in range(CLIPS)]
    words = [[" ".join(random.choice(WORDS[5:], 4)) for _ in range(CLIPS)] for _ in range(2)]
    texts = dict(zip(("premise", "hypothesis"), words))
    save = save_bert if TOKENS in (case.features, case.of) else save_hubert
    pretrained = save(folder / "pretrained")
    write_json(folder / "source.json", {"path": str(pretrained)})
    features = make_features(folder, case, paths, texts, pretrained)
    labels = [CLASSES[n % 3] for n in range(CLIPS)]
    frames = np.arange(len(features.matrix), dtype=np.int16) // 7 % 3
    dataset = Dataset(
        items={"id": [str(n) for n in range(CLIPS)], "label": labels},
        classes=CLASSES,
        folds={"all": {part: np.array(items) for part, items in PARTS.items()}},  # type: ignore[misc]
        features=features,
        frame_labels=frames if case.input["arrange"] == "windows" else None,
        split=folder / "source.json",
        arrays=[],
    )
    settings = {
        "configuration": case.features,
        "of": case.of,
        "input": case.input,
        "model": case.model,
        "train": case.train,
        "exclude_classes": [],
    }
    run = Run(folder / "run", json.dumps(settings), "code", 7, "cpu")
    origin = folder / "source.json" if case.model["kind"] == "encoder" else None
    train_stage.main(dataset, origin, run, silent)
    return Trained(folder / "run", paths, texts, pretrained)


def write_recording(path: Path, number: int, write_clip: Write) -> Path:
    random = np.random.default_rng(number)
    seconds = np.arange(2000 + 200 * (number % 5)) / 16000
    pitch = (1500, 300, 0)[number % 3]
    samples = 0.3 * np.sin(2 * np.pi * pitch * seconds) + random.normal(0, 0.05, len(seconds))
    return write_clip(path, samples.astype(np.float32))


def make_features(
    folder: Path, case: Case, paths: list[Path], texts: dict[str, list[str]], pretrained: Path
) -> Features:
    """Extract features as the stages do."""
    configuration = configuration_of(case.of or case.features)
    if configuration.kind in ("tokens", "characters"):
        tokenizer = open_tokenizer(pretrained) if configuration.kind == "tokens" else None
        pairs = list(zip(*(texts[name] for name in configuration.fields)))
        rows = feature_module(configuration.kind).extract(configuration, pairs, tokenizer)
        features = Features(np.concatenate(rows), np.cumsum([0, *map(len, rows)]))
    else:
        lengths = [2000 + 200 * (n % 5) for n in range(CLIPS)]
        clips = [Clip(path, length, 16000) for path, length in zip(paths, lengths)]
        extract(clips, configuration, folder / "m.npy", folder / "o.npy", "none")
        features = Features.open(folder / "m.npy", folder / "o.npy")
    if not case.of:
        return features
    hidden: Any = configuration_of(case.features)
    inputs = Ragged(features, np.arange(CLIPS))
    states = mean_hidden_states(open_encoder(pretrained), inputs, hidden, "cpu", silent)
    offsets = np.arange(CLIPS + 1) * states.shape[1]
    return Features(states.reshape(-1, states.shape[2]), offsets)


@pytest.mark.parametrize("name", CASES)
def test_predictions_equal_those_of_the_run(tmp_path: Path, write_clip: Write, name: str) -> None:
    case = CASES[name]
    trained = make_trained(tmp_path, case, write_clip)
    predictor = resound.load(trained.folder, pretrained=trained.pretrained)
    predictions = trained.predict(predictor)
    for prediction, row in zip(predictions, trained.expected, strict=True):
        assert not prediction.rejected
        if predictor.predicts_frames:
            assert prediction.frames is not None
            assert run_length.encode(prediction.frames, CLASSES) == row["predicted"]
        else:
            assert prediction.label == row["predicted"]
            own = [float(row[f"score_{label}"]) for label in CLASSES]
            np.testing.assert_allclose(prediction.scores, own, rtol=2e-4, atol=1e-6)
    if not predictor.takes_texts:
        pools: list[tuple[Pool, int]] = [("process", 2), ("thread", 2)]
        for pool, workers in pools:
            again = trained.predict(predictor, pool=pool, workers=workers)
            assert [p.label for p in again] == [p.label for p in predictions]


def test_probabilities_sum_to_one(tmp_path: Path, write_clip: Write) -> None:
    for name, prefix in (("mlp", "probability_"), ("linear", "score_")):
        trained = make_trained(tmp_path / name, CASES[name], write_clip)
        predictor = resound.load(trained.folder / "model")
        assert predictor.score_columns == [f"{prefix}{label}" for label in CLASSES]
        if prefix == "probability_":
            sums = [sum(prediction.scores) for prediction in trained.predict(predictor)]
            np.testing.assert_allclose(sums, 1, rtol=1e-6)


def test_unusable_recordings_are_rejected_with_a_reason(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["mlp"], write_clip)
    (tmp_path / "text.wav").write_text("not a recording")
    paths = [tmp_path / "text.wav", trained.paths[16], tmp_path / "gone.wav"]
    first, second, third = resound.load(trained.folder).predict(paths)
    assert first.rejected == "cannot be read: Format not recognised" and not first.label
    assert second.label == trained.expected[0]["predicted"]
    assert third.rejected == "cannot be read: No such file or directory"


def test_items_below_the_threshold_of_an_open_set_are_unknown(
    tmp_path: Path, write_clip: Write
) -> None:
    trained = make_trained(tmp_path, CASES["mlp"], write_clip)
    highest = sorted(max(float(row[f"score_{c}"]) for c in CLASSES) for row in trained.expected)
    threshold = highest[4]
    metrics = {"open_set": {"folds": {"all": {"threshold": threshold}}}}
    write_json(trained.folder / "metrics.json", metrics)
    predictions = trained.predict(resound.load(trained.folder))
    unknown = [p for p in predictions if p.rejected]
    assert len(unknown) == 4
    assert unknown[0].rejected.startswith("unknown: its highest score is below the threshold")
    assert not unknown[0].label and len(unknown[0].scores) == 3
    # Without the metrics of the run there is no threshold.
    assert not any(p.rejected for p in trained.predict(resound.load(trained.folder / "model")))


def test_a_model_that_needs_a_pretrained_one_says_so(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["hidden states"], write_clip)
    with pytest.raises(UserError, match="need the pretrained model 'small'"):
        resound.load(trained.folder)
    with pytest.raises(UserError, match="holds no model"):
        resound.load(tmp_path / "nowhere")


def test_recordings_and_texts_are_not_mixed_up(tmp_path: Path, write_clip: Write) -> None:
    texts = resound.load(make_trained(tmp_path / "a", CASES["tfidf"], write_clip).folder)
    recordings = resound.load(make_trained(tmp_path / "b", CASES["linear"], write_clip).folder)
    with pytest.raises(UserError, match="takes texts: use `predict_texts`"):
        list(texts.predict(["a.wav"]))
    with pytest.raises(UserError, match="takes recordings: use `predict`"):
        list(recordings.predict_texts({"hypothesis": ["a"]}))
    with pytest.raises(UserError, match="with the field 'hypothesis'"):
        list(texts.predict_texts({"premise": ["a"]}))


def test_files_folders_and_lists_are_found(tmp_path: Path) -> None:
    for name in ("b/2.wav", "a/1.MP3", "a/notes.md", "__MACOSX/3.wav", ".4.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    folder = [tmp_path / "a/1.MP3", tmp_path / "b/2.wav"]
    assert find_recordings(tmp_path) == folder
    assert find_recordings(tmp_path / "b/2.wav") == folder[1:]
    (tmp_path / "list.txt").write_text("b/2.wav\n\na/1.MP3\n")
    assert find_recordings(tmp_path / "list.txt") == folder[::-1]
    with pytest.raises(UserError, match="no recording, folder or list"):
        find_recordings(tmp_path / "c")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="contains no recordings"):
        find_recordings(tmp_path / "empty")


def test_the_stage_writes_a_row_for_each_recording(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["mlp"], write_clip)
    (tmp_path / "clips/x.wav").write_text("not a recording")
    output = tmp_path / "p.csv"
    predict_stage.main(
        trained.folder, tmp_path / "clips", None, output, "cpu", "process", 2, silent
    )
    rows = rows_of(read_table(output))
    assert len(rows) == CLIPS + 1
    by_path = {Path(row["path"]).stem: row for row in rows}
    assert by_path["x"]["rejected"] and not by_path["x"]["label"]
    for own in trained.expected:
        row = by_path[own["id"]]
        assert row["label"] == own["predicted"]
        assert [row[f"probability_{c}"] for c in CLASSES] == [own[f"score_{c}"] for c in CLASSES]


def test_the_stage_writes_segments_and_textgrids(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["frame_mlp"], write_clip)
    output = tmp_path / "p.csv"
    predict_stage.main(
        trained.folder, tmp_path / "clips/16.wav", None, output, "cpu", "none", 1, silent
    )
    rows = rows_of(read_table(output))
    hop_s = configuration_of(FRAMES).hop / 16000
    frames = [
        label
        for row in rows
        for label in [row["label"]] * round((float(row["end"]) - float(row["start"])) / hop_s)
    ]
    expected = run_length.decode(trained.expected[0]["predicted"], CLASSES)
    assert frames == [CLASSES[n] for n in expected]
    write_textgrids.main(output, tmp_path / "grids")
    text = (tmp_path / "grids/16.TextGrid").read_text()
    assert text.startswith('File type = "ooTextFile"\nObject class = "TextGrid"\n')
    assert text.count("        intervals [") == len(rows)
    assert f'text = "{rows[0]["label"]}"' in text


def test_the_stage_writes_a_row_for_each_text(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["encoder of tokens"], write_clip)
    lines = zip(trained.texts["premise"], trained.texts["hypothesis"])
    (tmp_path / "t.csv").write_text("premise,hypothesis\n" + "\n".join(map(",".join, lines)))
    manifest, output = tmp_path / "source.json", tmp_path / "p.csv"
    predict_stage.main(
        trained.folder, tmp_path / "t.csv", manifest, output, "cpu", "none", 1, silent
    )
    rows = rows_of(read_table(output))
    assert [row["label"] for row in rows[16:]] == [row["predicted"] for row in trained.expected]
