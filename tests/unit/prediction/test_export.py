"""Models as folders of their own: open formats that predict the same, and model cards."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

import resound
from resound.io.files import read_json, write_json
from resound.models.whisper.model import Recogniser
from resound.prediction.export import export_model
from scripts import export_model as export_stage
from tests.helpers.trained import CASES, CLASSES, PARTS, Trained, Write, make_trained
from tests.helpers.whisper import save_untrained

SETTINGS = {
    "experiment": "mine",
    "data": "real",
    "corpus": "digits",
    "title": "AudioMNIST",
    "licence": "MIT",
    "note": "Inferred: everything.",
    "pretrained": None,
    "pretrained_licence": None,
    "split": {"kind": "grouped", "group_by": "speaker"},
}
METRICS = {
    "parts": {
        "test": {
            "items": 1200,
            "accuracy": 0.87654,
            "interval": [0.85, 0.9],
            "interval_method": "Wilson",
            "macro_f1": 0.75,
        }
    }
}


def export(trained: Trained, folder: Path, metrics: Any = METRICS, **settings: Any) -> str:
    """Run the stage; return the model card."""
    write_json(trained.folder / "metrics.json", metrics)
    write_json(folder.parent / "source.json", {"path": str(trained.pretrained)})
    export_stage.main(
        trained.folder,
        trained.folder / "metrics.json",
        trained.folder / "provenance.json",
        folder.parent / "source.json",
        json.dumps(SETTINGS | settings),
        folder,
    )
    return (folder / "README.md").read_text()


def test_a_text_classifier_is_loaded_by_the_pipeline(tmp_path: Path, write_clip: Write) -> None:
    from transformers import pipeline

    trained = make_trained(tmp_path, CASES["encoder of tokens"], write_clip)
    card = export(trained, tmp_path / "exported")
    assert 'pipeline("text-classification", "<this folder>")' in card
    classify = pipeline("text-classification", str(tmp_path / "exported"), top_k=None)
    texts = {name: [column[n] for n in PARTS["test"]] for name, column in trained.texts.items()}
    pairs = [
        {"text": premise, "text_pair": hypothesis}
        for premise, hypothesis in zip(texts["premise"], texts["hypothesis"])
    ]
    by_transformers = [
        {score["label"]: score["score"] for score in scores}
        for scores in classify(pairs, truncation=True)
    ]
    folders = (trained.folder, tmp_path / "exported")
    for folder, pretrained in zip(folders, (trained.pretrained, tmp_path / "exported")):
        ours = list(resound.load(folder, pretrained=pretrained).predict_texts(texts))
        for one, other in zip(ours, by_transformers, strict=True):
            expected = [other[label] for label in CLASSES]
            np.testing.assert_allclose(one.scores, expected, atol=1e-5)


@pytest.mark.parametrize("changes", [{"pool": "mean"}, {"head": {"hidden": 4}}])
def test_other_heads_remain_as_they_are(
    tmp_path: Path, write_clip: Write, changes: dict[str, Any]
) -> None:
    case = CASES["encoder of tokens"]
    trained = make_trained(
        tmp_path, type(case)(case.model | changes, case.features, case.input), write_clip
    )
    assert export_model(trained.folder / "model", tmp_path / "exported", trained.pretrained) == []
    assert read_json(tmp_path / "exported/config.json")["architectures"] == ["BertModel"]


def test_a_network_is_added_as_onnx(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["cnn"], write_clip)
    card = export(trained, tmp_path / "exported")
    assert "`model.onnx` maps `inputs`" in card and "predict(" in card
    session = onnxruntime.InferenceSession(tmp_path / "exported/model.onnx")
    assert session.get_inputs()[0].name == "inputs"
    before, after = (
        trained.predict(resound.load(folder)) for folder in (trained.folder, tmp_path / "exported")
    )
    assert before == after


def test_a_whisper_model_is_copied(tmp_path: Path) -> None:
    model = save_untrained(tmp_path / "model")
    assert export_model(model, tmp_path / "exported", None) == ["whisper"]
    assert Recogniser(tmp_path / "exported").languages == Recogniser(model).languages


def test_the_model_card_is_read_by_the_hub(tmp_path: Path, write_clip: Write) -> None:
    from huggingface_hub import ModelCard

    trained = make_trained(tmp_path, CASES["mlp"], write_clip)
    text = export(trained, tmp_path / "exported")
    data = ModelCard.load(tmp_path / "exported/README.md").data
    metadata = data.to_dict()
    assert metadata["library_name"] == "resound" and metadata["license_name"] == "corpus: MIT"
    assert metadata["pipeline_tag"] == "audio-classification"
    assert metadata["metrics"] == ["accuracy", "macro_f1"]
    assert "| accuracy | 0.8765 |" in text and "| macro F1 | 0.75 |" in text
    assert (
        "On the 1,200 items of the test part (split: `kind: grouped`, `group_by: speaker`)" in text
    )
    assert "95 % interval of the accuracy: 0.85 to 0.9 (Wilson)" in text
    assert "Trained on **AudioMNIST**" in text and "Inferred: everything." in text
    assert all(f"`{name}`" in text for name in CLASSES)


def test_a_demo_model_says_so(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["linear"], write_clip)
    text = export(trained, tmp_path / "exported", data="demo")
    assert "**A demonstration**" in text and "in the layout of AudioMNIST" in text
    assert "model.onnx" not in text


def test_a_card_of_texts_names_the_normaliser(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["linear"], write_clip)
    metrics = {
        "normaliser": "persian-1",
        "parts": {"test": {"items": 9, "raw": {"wer": 0.9}, "normalised": {"wer": 0.5}}},
    }
    text = export(trained, tmp_path / "exported", metrics)
    assert "normalised by `persian-1`" in text and "| word error rate | 0.5 |" in text
