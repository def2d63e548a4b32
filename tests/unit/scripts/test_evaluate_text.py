"""Texts are evaluated: the metrics of each part, from predictions alone."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from resound.io.csv_table import write_table
from resound.io.files import read_json
from resound.metrics.text import transcription_metrics, translation_metrics
from scripts.evaluate_text import main

# id, part, language, reference, hypothesis
ROWS = [
    ("a/1", "train", "fa", "كتاب من", "کتاب من"),
    ("a/2", "validation", "fa", "سلام، دنیا", "سلام دنیا"),
    ("b/1", "test", "fa", "«می‌روم» خانه", "می روم خانه"),
    ("b/2", "test", "ar", 'او گفت: "نه"', ""),
    ("c/1", "test", "fa", "آب, نان", "آب نان"),
]


def evaluate(
    folder: Path, rows: Sequence[tuple[str, ...]] = ROWS, **changes: Any
) -> dict[str, Any]:
    write_table(
        folder / "predictions.csv", ("id", "part", "language", "reference", "hypothesis"), rows
    )
    items = [(row[0], row[0][0], "g") for row in rows]
    write_table(folder / "index.csv", ("id", "speaker", "group"), items)
    config = {"task": "transcribe", "normaliser": "persian", "group_by": None, **changes}
    main(
        folder / "predictions.csv",
        folder / "index.csv",
        json.dumps(config),
        folder / "metrics.json",
    )
    metrics: dict[str, Any] = read_json(folder / "metrics.json")
    return metrics


def test_each_part_is_scored_raw_and_normalised(tmp_path: Path) -> None:
    metrics = evaluate(tmp_path)
    assert (metrics["task"], metrics["normaliser"]) == ("transcribe", "persian-1")
    assert list(metrics["parts"]) == ["train", "validation", "test"]
    train, test = metrics["parts"]["train"], metrics["parts"]["test"]
    assert train["raw"]["wer"] == 0.5
    assert train["normalised"]["wer"] == 0
    assert (test["items"], test["languages"]) == (3, {"fa": 2, "ar": 1})
    references, hypotheses = [row[3] for row in ROWS[2:]], [row[4] for row in ROWS[2:]]
    assert test["raw"] == transcription_metrics(references, hypotheses, None)
    assert test["normalised"]["words"] == 3 + 3 + 2
    assert test["normalised"]["deletions"] == 3
    assert test["normalised"]["wer"] == pytest.approx(3 / 8)


def test_the_rate_of_all_parts_is_no_mean_of_rates(tmp_path: Path) -> None:
    metrics = evaluate(tmp_path)
    total = metrics["all"]
    assert (total["items"], total["languages"]) == (5, {"fa": 4, "ar": 1})
    assert total["normalised"]["words"] == 12
    assert total["normalised"]["wer"] == pytest.approx(3 / 12)
    assert total["raw"] == transcription_metrics([r[3] for r in ROWS], [r[4] for r in ROWS], None)


def test_without_a_normaliser_only_raw_texts_are_scored(tmp_path: Path) -> None:
    metrics = evaluate(tmp_path, normaliser=None)
    assert metrics["normaliser"] is None
    assert "normalised" not in metrics["parts"]["test"]
    assert "normalised" not in metrics["all"]
    assert metrics["parts"]["test"]["raw"] == evaluate(tmp_path)["parts"]["test"]["raw"]


def test_speakers_are_resampled_if_the_split_keeps_them_apart(tmp_path: Path) -> None:
    metrics = evaluate(tmp_path, group_by="speaker")
    test = metrics["parts"]["test"]["normalised"]
    assert test["interval_method"] == "bootstrap by group"
    assert test["interval"] == [0.0, 0.5]  # b: 3 of 6 words wrong; c: none of 2
    assert metrics["parts"]["train"]["raw"]["interval_method"] == "bootstrap by clip"
    assert metrics["all"]["raw"]["interval_method"] == "bootstrap by group"
    one_group = evaluate(tmp_path, group_by="group")
    assert one_group["all"]["raw"]["interval_method"] == "bootstrap by clip"


def test_translations_have_scores_and_no_error_rates(tmp_path: Path) -> None:
    rows = [
        ("a", "test", "fa", "the cat sat on the mat", "the cat sat on a mat"),
        ("b", "test", "fa", "hello, world", ""),
    ]
    metrics = evaluate(tmp_path, rows, task="translate", normaliser=None)
    assert set(metrics) == {"task", "parts"}
    scores = translation_metrics([row[3] for row in rows], [row[4] for row in rows])
    assert metrics["parts"] == {"test": {"items": 2, "languages": {"fa": 2}, **scores}}


def test_parts_that_are_not_scored_are_left_out(tmp_path: Path) -> None:
    rows = [*ROWS, ("d/1", "unlabelled", "fa", "", "چیزی")]
    metrics = evaluate(tmp_path, rows)
    assert metrics == evaluate(tmp_path)
    assert "unlabelled" not in metrics["parts"]


def test_evaluation_is_reproducible_to_the_byte(tmp_path: Path) -> None:
    evaluate(tmp_path, group_by="speaker")
    first = (tmp_path / "metrics.json").read_bytes()
    evaluate(tmp_path, group_by="speaker")
    assert (tmp_path / "metrics.json").read_bytes() == first
