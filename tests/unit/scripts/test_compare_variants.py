"""An experiment is compared with its baseline item by item."""

import json
from pathlib import Path

import pytest

from resound.errors import UserError
from resound.io.csv_table import write_table
from scripts import compare_variants

COLUMNS = ("fold", "id", "part", "label", "predicted")
CONFIG = json.dumps({"variant_of": "base"})


def write_predictions(path: Path, predicted: dict[str, str]) -> Path:
    """Write predictions for items whose label is `yes`, and one of the training part."""
    rows = [("all", item, "test", "yes", label) for item, label in predicted.items()]
    write_table(path, COLUMNS, [*rows, ("all", "z", "train", "yes", "no")])
    return path


def test_experiments_are_compared_item_by_item(tmp_path: Path) -> None:
    own = {"a": "yes", "b": "yes", "c": "yes", "d": "no"}
    base = {"d": "yes", "c": "no", "b": "no", "a": "yes"}
    compare_variants.main(
        write_predictions(tmp_path / "own.csv", own),
        write_predictions(tmp_path / "base.csv", base),
        CONFIG,
        tmp_path / "comparison.json",
    )
    assert json.loads((tmp_path / "comparison.json").read_text()) == {
        "variant_of": "base",
        "items": 4,
        "only_variant_correct": 2,
        "only_baseline_correct": 1,
        "difference": 0.25,
        "p_value": 1.0,
    }


def test_different_test_items_are_not_compared(tmp_path: Path) -> None:
    own = write_predictions(tmp_path / "own.csv", {"a": "yes"})
    base = write_predictions(tmp_path / "base.csv", {"b": "yes"})
    with pytest.raises(UserError, match="different test items"):
        compare_variants.main(own, base, CONFIG, tmp_path / "comparison.json")
    assert not (tmp_path / "comparison.json").exists()
