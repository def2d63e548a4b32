"""Small trained models of every kind, on recordings and texts that are made for them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from resound.data.clips import Clip
from resound.data.dataset import Dataset
from resound.data.feature_cache import Features
from resound.features.common.extraction import extract
from resound.features.common.kinds import configuration_of, feature_module
from resound.io.csv_table import read_table, rows_of
from resound.io.files import write_json
from resound.models.encoder.backbone import open_encoder, open_tokenizer
from resound.models.encoder.hidden_states import mean_hidden_states
from resound.prediction.predictor import Prediction, Predictor
from resound.runtime.progress import silent
from resound.training.inputs.ragged import Ragged
from resound.training.run import Run
from scripts import train as train_stage
from tests.helpers.encoders import WORDS, save_bert, save_hubert
from tests.helpers.whisper import save_untrained

Write = Callable[..., Path]

CLASSES = ["high", "low", "noise"]
CLIPS = 24
PARTS = {"train": range(12), "validation": range(12, 16), "test": range(16, CLIPS)}
ADAM = {"optimizer": "adam", "learning_rate": 0.01, "epochs": 2, "batch_size": 5}
SOLVER = {"optimizer": "solver"}
MEAN = {"kind": "mfcc", "mels": 24, "pool": "mean"}
FRAMES = {"kind": "logmel", "mels": 24}
WAVES = {"kind": "waveform"}
WHISPER = {"kind": "whisper", "mels": 20, "hop_ms": 40, "window_s": 2}
"""As the untrained Whisper takes it."""
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
    "cnn_lstm": Case(
        {"kind": "cnn_lstm", "channels": [3], "layers": [4], "crop_frames": 4, "crops": 2},
        FRAMES,
        {"arrange": "sequences"},
    ),
    "gru": Case(
        {"kind": "lstm", "cell": "gru", "bidirectional": True, "layers": [4, 3], "head": [5]},
        FRAMES,
        {"arrange": "sequences"},
    ),
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
    "encoder of Whisper": Case(ENCODER, WHISPER, {"arrange": "ragged"}),
    "hidden states of Whisper": Case(
        {"kind": "linear", "solver": "sag"}, STATES | {"positions": 8}, POOLED, SOLVER, WHISPER
    ),
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
    inputs = (case.features, case.of)
    save = save_bert if TOKENS in inputs else save_untrained if WHISPER in inputs else save_hubert
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
    encoder = open_encoder(pretrained, positions=hidden.positions)
    states = mean_hidden_states(encoder, inputs, hidden, "cpu", silent)
    offsets = np.arange(CLIPS + 1) * states.shape[1]
    return Features(states.reshape(-1, states.shape[2]), offsets)
