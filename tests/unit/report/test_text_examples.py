"""Test pairs of texts to read: which are selected."""

from pathlib import Path

import pytest

from resound.io.csv_table import read_table, rows_of, write_table
from resound.report.text_examples import select_text_examples
from tests.helpers.report_runs import write_results


def test_examples_are_the_most_confident_errors_and_correct_predictions(tmp_path: Path) -> None:
    """The first test items are correct, and scores fall from one item to the next."""
    write_results(tmp_path)
    index = rows_of(read_table(tmp_path / "corpora" / "farstail.csv"))
    pairs = select_text_examples(tmp_path / "runs/bert_frozen/1/predictions.csv", index)
    assert [pair.id for pair in pairs] == ["p75", "p76", "p77", "p78", "p79", "p20", "p21", "p22"]
    assert [pair.label == pair.predicted for pair in pairs] == [False] * 5 + [True] * 3
    assert pairs[0].probability == pytest.approx(0.9 - 0.004 * 55)
    assert pairs[0].premise.endswith(" 75")


def test_an_item_that_is_tested_twice_is_shown_once(tmp_path: Path) -> None:
    columns = ("fold", "id", "part", "label", "predicted", "score_no", "score_yes")
    rows = [
        ("all", "a", "test", "no", "yes", 0.4, 0.6),
        ("all", "a", "test", "no", "yes", 0.1, 0.9),
        ("all", "b", "test", "no", "yes", 0.3, 0.7),
        ("all", "c", "train", "no", "yes", 0.0, 1.0),
    ]
    write_table(tmp_path / "predictions.csv", columns, rows)
    index = [{"id": name, "premise": "p", "hypothesis": "h"} for name in "abc"]
    pairs = select_text_examples(tmp_path / "predictions.csv", index)
    assert [(pair.id, pair.probability) for pair in pairs] == [("b", 0.7), ("a", 0.6)]
