"""Judging texts: the metrics of each part, from predictions alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from resound.io.csv_table import write_table
from resound.io.files import read_json
from resound.metrics.text import translation_figures, word_figures
from scripts.evaluate_text import main

# id, part, language, text, said
ROWS = [
    ("a/1", "train", "fa", "كتاب من", "کتاب من"),
    ("a/2", "validation", "fa", "سلام، دنیا", "سلام دنیا"),
    ("b/1", "test", "fa", "«می‌روم» خانه", "می روم خانه"),
    ("b/2", "test", "ar", 'او گفت: "نه"', ""),
    ("c/1", "test", "fa", "آب, نان", "آب نان"),
]


def score(folder: Path, rows: list[tuple[str, ...]] = ROWS, **changes: Any) -> dict[str, Any]:
    write_table(folder / "predictions.csv", ("id", "part", "language", "text", "said"), rows)
    items = [(row[0], row[0][0], "g") for row in rows]
    write_table(folder / "index.csv", ("id", "speaker", "group"), items)
    config = {"task": "transcribe", "normaliser": "persian", "group_by": None, **changes}
    main(
        folder / "predictions.csv",
        folder / "index.csv",
        json.dumps(config),
        folder / "metrics.json",
    )
    made: dict[str, Any] = read_json(folder / "metrics.json")
    return made


def test_each_part_is_judged_raw_and_normalised(tmp_path: Path) -> None:
    made = score(tmp_path)
    assert (made["task"], made["normaliser"]) == ("transcribe", "persian-1")
    assert list(made["parts"]) == ["train", "validation", "test"]
    train, test = made["parts"]["train"], made["parts"]["test"]
    assert train["raw"]["wer"] == 0.5
    assert train["normalised"]["wer"] == 0
    assert (test["items"], test["languages"]) == (3, {"fa": 2, "ar": 1})
    said, heard = [row[3] for row in ROWS[2:]], [row[4] for row in ROWS[2:]]
    assert test["raw"] == word_figures(said, heard, None)
    assert test["normalised"]["words"] == 3 + 3 + 2
    assert test["normalised"]["deletions"] == 3
    assert test["normalised"]["wer"] == pytest.approx(3 / 8)


def test_all_parts_together_are_no_mean_of_rates(tmp_path: Path) -> None:
    made = score(tmp_path)
    everything = made["all"]
    assert (everything["items"], everything["languages"]) == (5, {"fa": 4, "ar": 1})
    assert everything["normalised"]["words"] == 12
    assert everything["normalised"]["wer"] == pytest.approx(3 / 12)
    assert everything["raw"] == word_figures([r[3] for r in ROWS], [r[4] for r in ROWS], None)


def test_without_a_normaliser_texts_are_judged_as_they_are(tmp_path: Path) -> None:
    made = score(tmp_path, normaliser=None)
    assert made["normaliser"] is None
    assert "normalised" not in made["parts"]["test"]
    assert "normalised" not in made["all"]
    assert made["parts"]["test"]["raw"] == score(tmp_path)["parts"]["test"]["raw"]


def test_speakers_are_resampled_where_they_are_kept_apart(tmp_path: Path) -> None:
    made = score(tmp_path, group_by="speaker")
    test = made["parts"]["test"]["normalised"]
    assert test["interval_method"] == "bootstrap by group"
    assert test["interval"] == [0.0, 0.5]  # b: 3 of 6 words wrong; c: none of 2
    assert made["parts"]["train"]["raw"]["interval_method"] == "bootstrap by clip"
    assert made["all"]["raw"]["interval_method"] == "bootstrap by group"
    alone = score(tmp_path, group_by="group")
    assert alone["all"]["raw"]["interval_method"] == "bootstrap by clip"


def test_translations_have_scores_and_no_rates(tmp_path: Path) -> None:
    rows = [
        ("a", "test", "fa", "the cat sat on the mat", "the cat sat on a mat"),
        ("b", "test", "fa", "hello, world", ""),
    ]
    made = score(tmp_path, rows, task="translate", normaliser=None)
    assert set(made) == {"task", "parts"}
    figures = translation_figures([row[3] for row in rows], [row[4] for row in rows])
    assert made["parts"] == {"test": {"items": 2, "languages": {"fa": 2}, **figures}}


def test_parts_that_are_not_judged_are_left_out(tmp_path: Path) -> None:
    rows = [*ROWS, ("d/1", "unlabelled", "fa", "", "چیزی")]
    made = score(tmp_path, rows)
    assert made == score(tmp_path)
    assert "unlabelled" not in made["parts"]


def test_a_second_run_gives_the_same_bytes(tmp_path: Path) -> None:
    score(tmp_path, group_by="speaker")
    first = (tmp_path / "metrics.json").read_bytes()
    score(tmp_path, group_by="speaker")
    assert (tmp_path / "metrics.json").read_bytes() == first
