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
    write_index(folder, rows, speaker=lambda item: "", group=lambda item: "")
    return evaluate_with_index(folder, **changes)


def write_index(folder: Path, rows: Sequence[tuple[str, ...]], **columns: Any) -> None:
    """Write an index with these columns, as functions of the id."""
    items = [(row[0], *(value(row[0]) for value in columns.values())) for row in rows]
    write_table(folder / "index.csv", ("id", *columns), items)


def evaluate_with_index(folder: Path, **changes: Any) -> dict[str, Any]:
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


def first_letter(item: str) -> str:
    return item[0]


@pytest.mark.parametrize(
    ("columns", "group_by", "groups"),
    [
        ({"speaker": first_letter, "group": lambda item: "g"}, None, {"test": 2, "all": 3}),
        ({"speaker": lambda item: "", "group": first_letter}, None, {"test": 2, "all": 3}),
        ({"group": first_letter}, None, {"test": 2, "all": 3}),
        ({"speaker": lambda item: item, "group": first_letter}, "group", {"test": 2, "all": 3}),
        ({"speaker": lambda item: "s", "group": first_letter}, None, {"test": 1, "all": 1}),
        ({"speaker": lambda item: "", "group": lambda item: ""}, None, {"test": None, "all": None}),
        # A clip of an unknown speaker is one by itself.
        ({"speaker": lambda item: "" if "b" in item else item[0]}, None, {"test": 3, "all": 4}),
    ],
)
def test_error_rates_are_over_the_speakers_or_groups_that_the_corpus_knows(
    tmp_path: Path, columns: dict[str, Any], group_by: str | None, groups: dict[str, int | None]
) -> None:
    evaluate(tmp_path)
    write_index(tmp_path, ROWS, **columns)
    metrics = evaluate_with_index(tmp_path, group_by=group_by)
    test, total = metrics["parts"]["test"]["normalised"], metrics["all"]["raw"]
    counted = {"test": test["interval_groups"], "all": total["interval_groups"]}
    assert counted == groups
    by_clip = (groups["test"] or 1) == 1
    assert (test["interval_method"] == "bootstrap by clip") == by_clip


def test_translations_have_scores_and_no_error_rates(tmp_path: Path) -> None:
    rows = [
        ("a", "test", "fa", "the cat sat on the mat", "the cat sat on a mat"),
        ("b", "test", "fa", "hello, world", ""),
    ]
    metrics = evaluate(tmp_path, rows, task="translate", normaliser=None)
    assert set(metrics) == {"task", "parts"}
    scores = translation_metrics([row[3] for row in rows], [row[4] for row in rows], None)
    assert metrics["parts"] == {"test": {"items": 2, "languages": {"fa": 2}, **scores}}


def test_parts_that_are_not_scored_are_left_out(tmp_path: Path) -> None:
    rows = [*ROWS, ("d/1", "unlabelled", "fa", "", "چیزی")]
    metrics = evaluate(tmp_path, rows)
    assert metrics == evaluate(tmp_path)
    assert "unlabelled" not in metrics["parts"]


def test_evaluation_is_reproducible_to_the_byte(tmp_path: Path) -> None:
    evaluate(tmp_path)
    write_index(tmp_path, ROWS, speaker=first_letter)
    evaluate_with_index(tmp_path)
    first = (tmp_path / "metrics.json").read_bytes()
    evaluate_with_index(tmp_path)
    assert (tmp_path / "metrics.json").read_bytes() == first
