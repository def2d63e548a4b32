"""Predictions judged: a class that the corpus lacks, what a model is sure of, repeated items."""

import json
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import accuracy_score, f1_score

from scripts.evaluate import main

SETTINGS: dict[str, Any] = {
    "group_by": None,
    "silence": None,
    "probabilities": False,
    "exclude_classes": [],
    "vote": False,
}
INDEX = "id,label,speaker\na,fa,1\nb,fa,2\nc,zh,1\nd,zh,2\n"


def judged(tmp_path: Path, rows: str, index: str = INDEX, **settings: Any) -> dict[str, Any]:
    (tmp_path / "index.csv").write_text(index)
    (tmp_path / "index.json").write_text(json.dumps({"classes": ["fa", "zh"]}))
    (tmp_path / "predictions.csv").write_text(
        f"fold,id,part,label,predicted,score_fa,score_zh\n{rows}"
    )
    metrics = tmp_path / "metrics.json"
    main(
        predictions=tmp_path / "predictions.csv",
        index=tmp_path / "index.csv",
        summary=tmp_path / "index.json",
        config=json.dumps(SETTINGS | settings),
        metrics=metrics,
    )
    found: dict[str, Any] = json.loads(metrics.read_text())
    return found


def test_a_language_the_corpus_lacks_is_a_mistake_of_its_own(tmp_path: Path) -> None:
    rows = (
        "0,a,test,fa,fa,.9,.1\n0,b,test,fa,ur,.3,.1\n0,c,test,zh,zh,.2,.6\n0,d,test,zh,fa,.5,.4\n"
    )
    found = judged(tmp_path, rows, probabilities=True)
    assert found["classes"] == ["fa", "zh", "other"]
    test = found["parts"]["test"]
    assert test["confusion"] == [[1, 0, 1], [1, 1, 0], [0, 0, 0]]
    assert test["accuracy"] == 0.5
    assert test["mean_probability"] == pytest.approx([0.6, 0.5, 0.0])


def test_figures_are_those_of_scikit_learn_on_each_part(tmp_path: Path) -> None:
    rows = [
        "0,a,test,fa,fa,.9,.1",
        "0,b,test,fa,zh,.3,.7",
        "0,c,validation,zh,zh,.2,.8",
        "0,d,test,zh,zh,.1,.9",
    ]
    found = judged(tmp_path, "\n".join(rows) + "\n")
    assert found["classes"] == ["fa", "zh"]
    true, said = ["fa", "fa", "zh"], ["fa", "zh", "zh"]
    test = found["parts"]["test"]
    assert test["accuracy"] == accuracy_score(true, said)
    assert test["macro_f1"] == pytest.approx(f1_score(true, said, average="macro"))
    assert found["parts"]["validation"]["items"] == 1
    assert "mean_probability" not in test


def test_the_interval_resamples_speakers_where_the_split_keeps_them_apart(tmp_path: Path) -> None:
    rows = "".join(
        f"0,{name},test,{label},{label if speaker == 1 else 'fa'},.9,.1\n"
        for name, label, speaker in [("a", "fa", 1), ("b", "fa", 2), ("c", "zh", 1), ("d", "zh", 2)]
    )
    # Speaker 1 is all right, speaker 2 half: whatever is drawn lies between.
    low, high = judged(tmp_path, rows, group_by="speaker")["parts"]["test"]["interval"]
    assert (low, high) == (0.5, 1.0)


def test_pieces_of_a_recording_vote(tmp_path: Path) -> None:
    rows = "0,a@0,test,fa,zh,.4,.6\n0,a@1,test,fa,fa,.9,.1\n0,c@0,test,zh,zh,.2,.8\n"
    found = judged(tmp_path, rows, vote=True, group_by="speaker")
    assert found["judged"] == "recordings"
    assert found["parts"]["test"]["confusion"] == [[1, 0], [0, 1]]
    assert judged(tmp_path, rows)["parts"]["test"]["items"] == 3


def test_a_class_that_is_left_out_is_no_class(tmp_path: Path) -> None:
    found = judged(tmp_path, "0,a,test,fa,fa,.9,.1\n", exclude_classes=["zh"])
    assert found["classes"] == ["fa"]
    assert found["parts"]["test"]["confusion"] == [[1]]


def test_subsets_of_the_test_part_are_judged_by_themselves(tmp_path: Path) -> None:
    rows = "".join(
        f"0,{n},{part},fa,{said},.9,.1\n"
        for n, part, said in [
            ("a", "test", "fa"),
            ("b", "test", "zh"),
            ("c", "test", "zh"),
            ("d", "train", "fa"),
        ]
    )
    index = "id,label,subsets\na,fa,hard\nb,fa,hard;odd\nc,fa,\nd,fa,odd\n"
    found = judged(tmp_path, rows, index=index)
    assert {name: told["items"] for name, told in found["subsets"].items()} == {"hard": 2, "odd": 1}
    assert found["subsets"]["hard"]["accuracy"] == 0.5
