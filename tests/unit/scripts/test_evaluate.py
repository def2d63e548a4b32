"""Predictions are evaluated: foreign classes, mean probabilities, groups, chunks, subsets."""

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


def evaluate(tmp_path: Path, rows: str, index: str = INDEX, **settings: Any) -> dict[str, Any]:
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
    result: dict[str, Any] = json.loads(metrics.read_text())
    return result


def test_a_language_that_the_corpus_lacks_counts_as_other(tmp_path: Path) -> None:
    rows = (
        "0,a,test,fa,fa,.9,.1\n0,b,test,fa,ur,.3,.1\n0,c,test,zh,zh,.2,.6\n0,d,test,zh,fa,.5,.4\n"
    )
    metrics = evaluate(tmp_path, rows, probabilities=True)
    assert metrics["classes"] == ["fa", "zh", "other"]
    test = metrics["parts"]["test"]
    assert test["confusion"] == [[1, 0, 1], [1, 1, 0], [0, 0, 0]]
    assert test["accuracy"] == 0.5
    assert test["mean_probability"] == pytest.approx([0.6, 0.5, 0.0])


def test_metrics_of_each_part_equal_scikit_learn(tmp_path: Path) -> None:
    rows = [
        "0,a,test,fa,fa,.9,.1",
        "0,b,test,fa,zh,.3,.7",
        "0,c,validation,zh,zh,.2,.8",
        "0,d,test,zh,zh,.1,.9",
    ]
    metrics = evaluate(tmp_path, "\n".join(rows) + "\n")
    assert metrics["classes"] == ["fa", "zh"]
    true, predicted = ["fa", "fa", "zh"], ["fa", "zh", "zh"]
    test = metrics["parts"]["test"]
    assert test["accuracy"] == accuracy_score(true, predicted)
    assert test["macro_f1"] == pytest.approx(f1_score(true, predicted, average="macro"))
    assert metrics["parts"]["validation"]["items"] == 1
    assert "mean_probability" not in test


def test_the_interval_is_over_speakers_if_the_split_keeps_them_apart(tmp_path: Path) -> None:
    rows = "".join(
        f"0,{name},test,{label},{label if speaker == 1 else 'fa'},.9,.1\n"
        for name, label, speaker in [("a", "fa", 1), ("b", "fa", 2), ("c", "zh", 1), ("d", "zh", 2)]
    )
    # Speaker 1 is all correct, speaker 2 half: two speakers say little of others.
    test = evaluate(tmp_path, rows, group_by="speaker")["parts"]["test"]
    assert test["interval_groups"] == 2
    low, high = test["interval"]
    assert low < 0.5 < test["accuracy"] < 0.95 < high
    assert evaluate(tmp_path, rows)["parts"]["test"]["interval_groups"] is None


def test_chunks_of_a_recording_vote(tmp_path: Path) -> None:
    rows = "0,a@0,test,fa,zh,.4,.6\n0,a@1,test,fa,fa,.9,.1\n0,c@0,test,zh,zh,.2,.8\n"
    metrics = evaluate(tmp_path, rows, vote=True, group_by="speaker")
    assert metrics["scored"] == "recordings"
    assert metrics["parts"]["test"]["confusion"] == [[1, 0], [0, 1]]
    assert evaluate(tmp_path, rows)["parts"]["test"]["items"] == 3


def test_excluded_classes_are_no_classes(tmp_path: Path) -> None:
    metrics = evaluate(tmp_path, "0,a,test,fa,fa,.9,.1\n", exclude_classes=["zh"])
    assert metrics["classes"] == ["fa"]
    assert metrics["parts"]["test"]["confusion"] == [[1]]


def test_subsets_of_the_test_part_have_metrics(tmp_path: Path) -> None:
    rows = "".join(
        f"0,{n},{part},fa,{predicted},.9,.1\n"
        for n, part, predicted in [
            ("a", "test", "fa"),
            ("b", "test", "zh"),
            ("c", "test", "zh"),
            ("d", "train", "fa"),
        ]
    )
    index = "id,label,subsets\na,fa,hard\nb,fa,hard;odd\nc,fa,\nd,fa,odd\n"
    metrics = evaluate(tmp_path, rows, index=index)
    subsets = metrics["subsets"]
    assert {name: subset["items"] for name, subset in subsets.items()} == {"hard": 2, "odd": 1}
    assert subsets["hard"]["accuracy"] == 0.5
