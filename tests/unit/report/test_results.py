"""Results of experiments and corpora, read from the results folder."""

from pathlib import Path
from statistics import stdev

import numpy as np
import pytest

from resound.io.csv_table import write_table
from resound.io.files import write_json
from resound.report.results import (
    ClassificationResult,
    read_classification_results,
    read_corpora,
    result_rows,
)
from tests.helpers.small_report import EXPERIMENTS, SETTINGS, corpora, write_runs


def test_metrics_are_means_over_seeds(tmp_path: Path) -> None:
    write_runs(tmp_path, [1, 2, 3])
    result = read_classification_results(EXPERIMENTS, [1, 2, 3], tmp_path)["faithful"]
    accuracies = [0.80, 0.81, 0.82]
    assert result.accuracy == result.train_accuracy == pytest.approx(np.mean(accuracies))
    assert result.standard_deviation == pytest.approx(stdev(accuracies))
    assert result.seconds == pytest.approx(2.5 + 81)
    assert result.memory_mb == 382
    assert result.parameters == 1234
    assert list(result.interval) == result.runs[0].test["interval"]
    assert [run.seed for run in result.runs] == [1, 2, 3]
    one_seed = ClassificationResult("faithful", SETTINGS, result.runs[:1])
    assert one_seed.standard_deviation is None


def test_a_corrected_experiment_shares_the_row_of_its_original(tmp_path: Path) -> None:
    write_runs(tmp_path, [1])
    results = read_classification_results(EXPERIMENTS, [1], tmp_path)
    (row,) = result_rows(results, corpora("folder"), "real")
    assert (row.result.name, row.corrected.name) == ("faithful", "fair")
    assert row.reported["test_accuracy"] == 0.1234
    (row,) = result_rows({"faithful": results["faithful"]}, corpora("demo"), "demo")
    assert row.corrected is None
    assert row.reported is None


def test_corpora_have_settings_summary_and_rejected_items(tmp_path: Path) -> None:
    write_json(tmp_path / "digits.json", {"items": 3, "rejected": 1})
    write_table(tmp_path / "digits.rejected.csv", ("path", "reason"), [("a.wav", "empty")])
    (corpus,) = read_corpora({"digits": {"title": "Digits"}}, tmp_path).values()
    assert corpus == {
        "title": "Digits",
        "items": 3,
        "rejected": 1,
        "rejected_items": [{"path": "a.wav", "reason": "empty"}],
    }


def test_a_corpus_without_a_title_is_named_by_its_source(tmp_path: Path) -> None:
    write_json(tmp_path / "digits.json", {"root": "/mine/data", "source": "/mine"})
    write_table(tmp_path / "digits.rejected.csv", ("path", "reason"), [])
    corpora = read_corpora({"digits": {"title": ""}}, tmp_path)
    assert corpora["digits"]["title"] == "from /mine"
