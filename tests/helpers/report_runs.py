"""Run folders of two families: emotions heard in pieces of recordings, inference on texts."""

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
RECORDINGS, PAIRS, TRAINED = 12, 120, 20

_SETTINGS: dict[str, Any] = {
    "features": "tokens",
    "input": None,
    "model": {"kind": "bert", "pretrained": "parsbert"},
    "train": {"epochs": 2, "learning_rate": 2e-5},
    "configuration": {"kind": "tokens", "length": 128},
    "protocol": {"kind": "partitions", "group_by": None},
    "reported": None,
    "twin": None,
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
    "hubert": {**_EMOTION, "split": "oversampled", "twin": "hubert_honest"},
    "hubert_honest": {**_EMOTION, "split": "by_speaker"},
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
    "timings": {},
    "studies": [],
}
HITS = {"hubert": 5, "hubert_honest": 4, "bert_full": 80, "bert_lora": 79, "bert_frozen": 55}
"""Test items that each has right with seed 1, one more with each further seed."""
HARD = 40
"""Test pairs of the subset, the last ones."""


def write_corpora(results: Path) -> None:
    """Twelve recordings of four speakers, in two pieces each; pairs of texts."""
    columns = ("id", "path", "label", "speaker", "group", "start", "samples", "rate_hz")
    rows = [
        (f"r{n}@{k}", f"r{n}.wav", EMOTIONS[n % 2], f"s{n // 3}", "", 4000 * k, 4000, 8000)
        for n in range(RECORDINGS)
        for k in range(2)
    ]
    write_table(results / "corpora" / "shemo.csv", columns, rows)
    (results / "sound").mkdir(parents=True)
    for n in range(RECORDINGS):
        tone = np.sin(np.arange(8000) * (0.1 + 0.02 * n))
        soundfile.write(results / "sound" / f"r{n}.wav", tone, 8000)
    facts = {"kind": "folder", "unknown": 0, "rejected": 0, "ignored": 0}
    of_sound = {"speakers": 4, "seconds": 12.0, "rates_hz": [8000], "items": 24}
    root = {"root": str(results / "sound"), "classes": EMOTIONS}
    write_json(results / "corpora" / "shemo.json", {**facts, **of_sound, **root})

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
    """Recordings by their speaker; with a recording and a copy on both sides; pairs as listed."""
    ids = [f"r{n}@{k}" for n in range(RECORDINGS) for k in range(2)]
    clean = [("all", item, "train" if n < 18 else "test") for n, item in enumerate(ids)]
    # The pieces of r9 stand on both sides, as the very copy of r0@0 does.
    mixed = [("all", i, "train" if n < 19 else "test") for n, i in enumerate(ids)]
    mixed += [("all", "r0@0", "train"), ("all", "r0@0", "test")]
    parts = ["train"] * TRAINED + ["test"] * (PAIRS - TRAINED)
    listed = [("all", f"p{n}", part) for n, part in enumerate(parts)]
    folder, columns = results / "splits", ("fold", "id", "part")
    write_table(folder / "shemo" / "by_speaker.csv", columns, clean)
    write_table(folder / "shemo" / "oversampled.csv", columns, mixed)
    write_table(folder / "farstail" / "partitions.csv", columns, listed)


def write_run(results: Path, name: str, seed: int) -> None:
    """A run whose first test items are right; the variants are compared with `bert_full`."""
    folder, emotional = results / "runs" / name / str(seed), name.startswith("hubert")
    classes = EMOTIONS if emotional else RELATIONS
    ids = [f"r{9 + n // 2}@{n % 2}" for n in range(6)]
    if not emotional:
        ids = [f"p{n}" for n in range(TRAINED, PAIRS)]
    true = np.array([int(i[1:].split("@")[0]) % len(classes) for i in ids])
    right = _right(name, seed)
    predicted = np.where(right, true, (true + 1) % len(classes))
    test = classification_metrics(true, predicted, len(classes), None)
    judged: dict[str, Any] = {"classes": classes, "parts": {"test": test, "train": test}}
    if emotional:
        judged["scored"] = "recordings"
    else:
        hard = classification_metrics(true[-HARD:], predicted[-HARD:], 3, None)
        judged["subsets"] = {"hard(hypothesis)": hard}
    write_json(folder / "metrics.json", judged)
    columns = ("fold", "id", "part", "label", "predicted", *(f"score_{c}" for c in classes))
    rows = []
    for n, (item, t, p) in enumerate(zip(ids, true, predicted)):
        sure = 0.9 - 0.004 * n
        scores = np.full(len(classes), (1 - sure) / (len(classes) - 1))
        scores[p] = sure
        rows.append(("all", item, "test", classes[t], classes[p], *np.round(scores, 4)))
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
    """McNemar's exact test of an experiment and `bert_full`, by SciPy's binomial test."""
    this, other = _right(name, seed), _right("bert_full", seed)
    only_this, only_other = int((this & ~other).sum()), int((other & ~this).sum())
    return {
        "variant_of": "bert_full",
        "items": len(this),
        "only_variant_correct": only_this,
        "only_baseline_correct": only_other,
        "difference": (only_this - only_other) / len(this),
        "p_value": float(scipy.stats.binomtest(only_this, only_this + only_other).pvalue),
    }


def _right(name: str, seed: int) -> np.ndarray:
    """Which test items are right; of `bert_lora` not the first ten that `bert_full` has."""
    items = 6 if name.startswith("hubert") else PAIRS - TRAINED
    shift = 10 if name == "bert_lora" else 0
    places = np.arange(items)
    return (places >= shift) & (places < shift + HITS[name] + seed - 1)


def write_results(results: Path, seeds: tuple[int, ...] = (1,)) -> None:
    """Everything that the report on these experiments reads."""
    write_corpora(results)
    write_splits(results)
    for seed in seeds:
        for name in EXPERIMENTS:
            write_run(results, name, seed)


def made(results: Path, **changes: Any) -> str:
    """The page of all that lies in `results`."""
    settings = {**SETTINGS, **changes}
    report.main(json.dumps(settings), results, results / "report.html", results / "summary.csv")
    return (results / "report.html").read_text(encoding="utf-8")
