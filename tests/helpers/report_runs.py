"""Run folders of emotion classifiers on chunks of recordings and of inference models on texts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import scipy.stats
import soundfile

from resound.io.csv_table import write_table
from resound.io.files import write_json, write_text
from resound.metrics.classification import classification_metrics
from resound.report.results import PLOTS
from scripts import report

EVIL = "<script>alert('x')</script>&"
PREMISE = "تیم ملی فوتبال ایران در سال ۱۹۹۸ آمریکا را با نتیجهٔ ۲ بر ۱ شکست داد."
HYPOTHESIS = "ایران در سال ۱۹۹۸ از آمریکا شکست خورد."
EMOTIONS = ["anger", "neutral"]
RELATIONS = ["contradiction", "entailment", "neutral"]
RECORDINGS, PAIRS, TRAIN_PAIRS = 12, 120, 20

_SETTINGS: dict[str, Any] = {
    "features": "tokens",
    "input": None,
    "model": {"kind": "bert", "pretrained": "parsbert"},
    "train": {"epochs": 2, "learning_rate": 2e-5},
    "configuration": {"kind": "tokens", "length": 128},
    "split_settings": {"kind": "partitions", "group_by": None},
    "reported": None,
    "corrected": None,
    "variant_of": None,
    "note": "",
}
_EMOTION = {**_SETTINGS, "corpus": "shemo", "model": {"kind": "hubert"}}
_PAIR = {**_SETTINGS, "corpus": "farstail", "split": "partitions"}
_REPORTED = {
    "source": "a report",
    "test_accuracy": 0.7654,
    "train_accuracy": None,
    "macro_f1": 0.7543,
    "weighted_f1": None,
    "uar": 0.7432,
    "f1": None,
    "validation_by_epoch": [0.6123, 0.6234],
}
EXPERIMENTS: dict[str, dict[str, Any]] = {
    "hubert": {**_EMOTION, "split": "oversampled", "corrected": "hubert_corrected"},
    "hubert_corrected": {**_EMOTION, "split": "by_speaker"},
    "bert_full": {**_PAIR, "reported": _REPORTED},
    "bert_lora": {**_PAIR, "variant_of": "bert_full"},
    "bert_frozen": {**_PAIR, "variant_of": "bert_full"},
}
SETTINGS: dict[str, Any] = {
    "data": "real",
    "seeds": [1],
    "order": list(EXPERIMENTS),
    "experiments": EXPERIMENTS,
    "corpora": {
        "shemo": {"title": "Emotions", "licence": "CC0", "reported_items": 24},
        "farstail": {"title": "Inference", "licence": "CC0", "reported_items": PAIRS},
    },
    "extraction_benchmarks": {},
    "studies": [],
}
HITS = {"hubert": 5, "hubert_corrected": 4, "bert_full": 80, "bert_lora": 79, "bert_frozen": 55}
"""Test items that each predicts correctly with seed 1; one more with each further seed."""
HARD = 40
"""The number of test pairs in the subset; they are the last ones."""


def write_corpora(results: Path) -> None:
    """Write the indexes of twelve recordings (four speakers, two chunks each) and of the pairs."""
    of_chunks = ("id", "path", "label", "speaker", "start", "samples", "rate_hz", "sha256")
    chunks = [
        (f"r{n}@{k}", f"r{n}.wav", EMOTIONS[n % 2], f"s{n // 3}", 4000 * k, 4000, 8000, f"{n}")
        for n in range(RECORDINGS)
        for k in range(2)
    ]
    write_table(results / "corpora" / "shemo.csv", of_chunks, chunks)
    (results / "audio").mkdir(parents=True)
    for n in range(RECORDINGS):
        tone = np.sin(np.arange(8000) * (0.1 + 0.02 * n))
        soundfile.write(results / "audio" / f"r{n}.wav", tone, 8000)
    facts = {"kind": "folder", "unknown": 0, "rejected": 0, "ignored": 0}
    of_audio = {"speakers": 4, "seconds": 12.0, "rates_hz": [8000], "items": 24}
    root = {"root": str(results / "audio"), "classes": EMOTIONS}
    write_json(results / "corpora" / "shemo.json", {**facts, **of_audio, **root})

    columns = ("id", "path", "label", "partition", "premise", "hypothesis", "subsets", "sha256")
    rows = [
        (f"p{n}", "t.csv", RELATIONS[n % 3], "", f"{PREMISE} {n}", HYPOTHESIS + EVIL, "", "")
        for n in range(PAIRS)
    ]
    write_table(results / "corpora" / "farstail.csv", columns, rows)
    of_texts = {"speakers": 0, "seconds": 0, "rates_hz": [], "items": PAIRS, "texts": True}
    root = {"root": str(results), "classes": RELATIONS}
    write_json(results / "corpora" / "farstail.json", {**facts, **of_texts, **root})
    for corpus in ("shemo", "farstail"):
        write_table(results / "corpora" / f"{corpus}.rejected.csv", ("path", "reason"), [])


def write_splits(results: Path) -> None:
    """Write a split by speaker, one that shares a recording and a copy, and one of the pairs."""
    ids = [f"r{n}@{k}" for n in range(RECORDINGS) for k in range(2)]
    by_speaker = [("all", item, "train" if n < 18 else "test") for n, item in enumerate(ids)]
    # Both parts hold a chunk of r9, and the same copy of r0@0.
    oversampled = [("all", i, "train" if n < 19 else "test") for n, i in enumerate(ids)]
    oversampled += [("all", "r0@0", "train"), ("all", "r0@0", "test")]
    parts = ["train"] * TRAIN_PAIRS + ["test"] * (PAIRS - TRAIN_PAIRS)
    partitions = [("all", f"p{n}", part) for n, part in enumerate(parts)]
    folder, columns = results / "splits", ("fold", "id", "part")
    write_table(folder / "shemo" / "by_speaker.csv", columns, by_speaker)
    write_table(folder / "shemo" / "oversampled.csv", columns, oversampled)
    write_table(folder / "farstail" / "partitions.csv", columns, partitions)
    for corpus in ("shemo", "farstail"):
        write_text(folder / f"{corpus}.svg", f"<svg>{corpus}</svg>")


def write_run(results: Path, name: str, seed: int) -> None:
    """Write a run that predicts its first test items correctly, and the comparison of a variant."""
    folder, emotional = results / "runs" / name / str(seed), name.startswith("hubert")
    classes = EMOTIONS if emotional else RELATIONS
    ids = [f"r{9 + n // 2}@{n % 2}" for n in range(6)]
    if not emotional:
        ids = [f"p{n}" for n in range(TRAIN_PAIRS, PAIRS)]
    true = np.array([int(i[1:].split("@")[0]) % len(classes) for i in ids])
    correct = _correct(name, seed)
    predicted = np.where(correct, true, (true + 1) % len(classes))
    test = classification_metrics(true, predicted, len(classes), None)
    metrics: dict[str, Any] = {"classes": classes, "parts": {"test": test, "train": test}}
    if emotional:
        metrics["scored"] = "recordings"
    else:
        hard = classification_metrics(true[-HARD:], predicted[-HARD:], 3, None)
        metrics["subsets"] = {"hard(hypothesis)": hard}
    write_json(folder / "metrics.json", metrics)
    columns = ("fold", "id", "part", "label", "predicted", *(f"score_{c}" for c in classes))
    rows = []
    for n, (item, label, guess) in enumerate(zip(ids, true, predicted)):
        confidence = 0.9 - 0.004 * n
        scores = np.full(len(classes), (1 - confidence) / (len(classes) - 1))
        scores[guess] = confidence
        rows.append(("all", item, "test", classes[label], classes[guess], *np.round(scores, 4)))
    write_table(folder / "predictions.csv", columns, rows)
    history = [(1, 1.0, 0.6012), (2, 0.5, 0.6361)]
    write_table(folder / "history.csv", ("epoch", "loss", "validation_accuracy"), history)
    small = name in ("bert_lora", "bert_frozen")
    sizes = {"parameters": 590_592 if small else 118_299_651, "total_parameters": 118_299_651}
    cost = {"seconds": 60.0, "peak_memory_mb": 300.0, "device": "cpu"}
    code = {"commit": "abc", "python": "3.11", "platform": "here", "versions": {"numpy": "2"}}
    write_json(folder / "provenance.json", {**sizes, **cost, **code})
    for plot in PLOTS:
        image = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"/>'
        write_text(folder / "plots" / f"{plot}.svg", image)
    if small:
        write_json(folder / "comparison.json", comparison(name, seed))


def comparison(name: str, seed: int) -> dict[str, Any]:
    """Return McNemar's exact test of a variant of `bert_full`, by SciPy's binomial test."""
    variant, base = _correct(name, seed), _correct("bert_full", seed)
    only_variant, only_base = int((variant & ~base).sum()), int((base & ~variant).sum())
    return {
        "variant_of": "bert_full",
        "items": len(variant),
        "only_variant_correct": only_variant,
        "only_baseline_correct": only_base,
        "difference": (only_variant - only_base) / len(variant),
        "p_value": float(scipy.stats.binomtest(only_variant, only_variant + only_base).pvalue),
    }


def _correct(name: str, seed: int) -> np.ndarray:
    """Return which test items are predicted correctly; `bert_lora` misses the first ten."""
    items = 6 if name.startswith("hubert") else PAIRS - TRAIN_PAIRS
    shift = 10 if name == "bert_lora" else 0
    positions = np.arange(items)
    return (positions >= shift) & (positions < shift + HITS[name] + seed - 1)


def write_results(results: Path, seeds: tuple[int, ...] = (1,)) -> None:
    """Write everything that the report on these experiments reads."""
    write_corpora(results)
    write_splits(results)
    for seed in seeds:
        for name in EXPERIMENTS:
            write_run(results, name, seed)


def render_report(results: Path, **changes: Any) -> str:
    """Run the stage on the folder `results` and return the page."""
    settings = {**SETTINGS, **changes}
    report.main(json.dumps(settings), results, results / "report.html", results / "summary.csv")
    return (results / "report.html").read_text(encoding="utf-8")
