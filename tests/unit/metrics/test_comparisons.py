"""Votes of pieces, and two models on the same items."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from resound.errors import UserError
from resound.io.csv_table import write_table
from resound.metrics.chunk_voting import recording, voted
from resound.metrics.significance import mcnemar
from scripts import compare_variants


@pytest.mark.parametrize(("one", "other"), [(0, 0), (1, 0), (3, 9), (9, 3), (5, 5), (40, 61)])
def test_mcnemar_is_a_toss_of_coins(one: int, other: int) -> None:
    wanted = binomtest(one, one + other).pvalue if one + other else 1.0
    assert mcnemar(one, other) == pytest.approx(wanted, rel=1e-9)


def test_a_recording_is_its_pieces() -> None:
    assert recording("female/F01A02@3") == recording("female/F01A02") == "female/F01A02"


def test_pieces_vote_by_their_mean_scores() -> None:
    rows = [
        ("1", "x@0", "test", "a", "a", ".6", ".4"),
        ("1", "x@1", "test", "a", "b", ".1", ".9"),
        ("1", "y", "test", "b", "b", ".2", ".8"),
        ("2", "x@0", "train", "a", "a", ".7", ".3"),
    ]
    names = ("fold", "id", "part", "label", "predicted", "score_a", "score_b")
    made = voted({n: np.array(c) for n, c in zip(names, zip(*rows))}, ["a", "b"])
    assert made["id"].tolist() == ["x", "y", "x"]
    assert made["fold"].tolist() == ["1", "1", "2"]
    assert made["predicted"].tolist() == ["b", "b", "a"]
    assert made["score_a"].astype(float) == pytest.approx([0.35, 0.2, 0.7])


COLUMNS = ("fold", "id", "part", "label", "predicted")


def predictions(path: Path, said: dict[str, str]) -> Path:
    rows = [("all", name, "test", "yes", word) for name, word in said.items()]
    write_table(path, COLUMNS, [*rows, ("all", "z", "train", "yes", "no")])
    return path


def test_experiments_are_compared_item_by_item(tmp_path: Path) -> None:
    own = predictions(tmp_path / "own.csv", {"a": "yes", "b": "yes", "c": "yes", "d": "no"})
    base = predictions(tmp_path / "base.csv", {"d": "yes", "c": "no", "b": "no", "a": "yes"})
    compare_variants.main(own, base, json.dumps({"other": "base"}), tmp_path / "made.json")
    assert json.loads((tmp_path / "made.json").read_text()) == {
        "with": "base",
        "items": 4,
        "only_this_right": 2,
        "only_other_right": 1,
        "difference": 0.25,
        "p_value": 1.0,
    }


def test_unlike_items_are_not_compared(tmp_path: Path) -> None:
    own = predictions(tmp_path / "own.csv", {"a": "yes"})
    base = predictions(tmp_path / "base.csv", {"b": "yes"})
    with pytest.raises(UserError, match="other test items"):
        compare_variants.main(own, base, json.dumps({"other": "base"}), tmp_path / "made.json")
    assert not (tmp_path / "made.json").exists()
