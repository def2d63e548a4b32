"""Run folders and the page of one experiment and its corrected protocol."""

from pathlib import Path
from typing import Any

import numpy as np

from resound.io.csv_table import write_table
from resound.io.files import write_json, write_text
from resound.metrics.classification import classification_metrics
from resound.report.audio_examples import AudioExample
from resound.report.content import Content
from resound.report.page import render_page
from resound.report.results import PLOTS, read_classification_results, result_rows

EVIL = "<script>alert('x')</script>&"
CLASSES = ["no", EVIL]
ITEMS = 200

SETTINGS: dict[str, Any] = {
    "corpus": "digits",
    "features": "mfcc",
    "split": "random",
    "input": {"arrange": "pooled", "standardise": "none"},
    "model": {"kind": "perceptron", "hidden": ["mean", 3]},
    "train": {"epochs": 2, "learning_rate": 0.001},
    "configuration": {"kind": "mfcc", "mels": 24},
    "split_settings": {"kind": "random", "group_by": None, "test": 0.2},
    "reported": {"source": "a report", "test_accuracy": 0.1234, "train_accuracy": None},
    "corrected": "fair",
    "note": EVIL,
}
EXPERIMENTS = {"faithful": SETTINGS, "fair": {**SETTINGS, "corrected": None, "reported": None}}


def write_run(folder: Path, correct: int, items: int = 100, loss: float = 0.5) -> None:
    """Write the files of a run that predicts its first `correct` test items correctly."""
    true = np.arange(items) % 2
    predicted = np.where(np.arange(items) < correct, true, 1 - true)
    metrics = classification_metrics(true, predicted, 2, None)
    parts = {"test": metrics, "train": metrics}
    write_json(folder / "metrics.json", {"classes": CLASSES, "parts": parts})
    epochs = [(1, 1.0, 0.25), (2, loss, 0.5)]
    write_table(folder / "history.csv", ("epoch", "loss", "accuracy"), epochs)
    cost = {"parameters": 1234, "seconds": 2.5 + correct, "peak_memory_mb": 300.0 + correct}
    versions = {
        "commit": "abc123",
        "python": "3.11",
        "platform": "here",
        "versions": {"numpy": "2"},
    }
    write_json(folder / "provenance.json", {**cost, **versions, "device": "cpu"})
    for name in PLOTS:
        write_text(folder / "plots" / f"{name}.svg", f"<svg>{name}</svg>")


def write_runs(folder: Path, seeds: list[int]) -> None:
    """Write the runs of both experiments."""
    for n, seed in enumerate(seeds):
        write_run(folder / "faithful" / str(seed), correct=80 + n)
        write_run(folder / "fair" / str(seed), correct=60 + n)


def corpora(kind: str, reported_items: int | None = ITEMS) -> dict[str, dict[str, Any]]:
    """Return the settings and the summary of the corpus."""
    return {
        "digits": {
            "title": f"Digits {EVIL}",
            "licence": "CC0",
            "reported_items": reported_items,
            "kind": kind,
            "classes": CLASSES,
            "items": ITEMS,
            "unknown": 0,
            "rejected": 1,
            "ignored": 0,
            "speakers": 5,
            "seconds": 100.0,
            "rates_hz": [16000],
            "rejected_items": [{"path": f"{EVIL}.wav", "reason": "holds no samples"}],
        }
    }


def render_experiments(
    folder: Path,
    data: str = "demo",
    seeds: list[int] | None = None,
    reported_items: int | None = ITEMS,
    **settings: Any,
) -> str:
    """Return the page of both experiments; `settings` change those of the first."""
    seeds = seeds or [42]
    write_runs(folder, seeds)
    digits = corpora("demo" if data == "demo" else "folder", reported_items)
    experiments = {**EXPERIMENTS, "faithful": {**SETTINGS, **settings}}
    results = read_classification_results(experiments, seeds, folder)
    examples = {
        "faithful": [AudioExample(f"{EVIL}/1", EVIL, "no", "data:audio/mpeg;base64,AAAA")],
        "fair": [],
    }
    rows = result_rows(results, digits, data)
    content = Content(digits, results=results, rows=rows, audio_examples=examples)
    return render_page({"data": data, "seeds": seeds}, content)
