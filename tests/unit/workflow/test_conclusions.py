"""The runs that conclusions add to the report's input."""

from types import SimpleNamespace
from typing import Any

from resound.config.load import load, shipped_files
from resound.workflow.project import Project
from resound.workflow.report import Report

WILDCARDS: Any = SimpleNamespace()
NAMED = {"source": "a report", "statement": "One is better.", "demo_seeds": [42, 7]}


def further_runs(name: str, **changes: Any) -> set[str]:
    """Return the files of other seeds than 42 that the report reads for a single conclusion."""
    others = dict.fromkeys(load({}, [], shipped_files()).conclusions)
    conclusions = {**others, name: {**NAMED, **changes}}
    report = Report(Project(load({"conclusions": conclusions}, [], shipped_files())))
    runs = [file for file in report.input(WILDCARDS) if file.startswith("results/runs/")]
    return {file for file in runs if file.split("/")[3] != "42"}


def test_both_experiments_and_their_corrected_ones_are_trained_with_further_seeds() -> None:
    added = further_runs("mine", better="speakers_sgd_mfcc", worse="speakers_sgd_spectral")
    assert added == {
        f"results/runs/speakers_sgd_{name}/7/predictions.csv"
        for name in ("mfcc", "spectral", "mfcc_corrected", "spectral_corrected")
    }


def test_numbers_of_parameters_and_unselected_experiments_add_nothing() -> None:
    pair = {"better": "speakers_sgd_mfcc", "worse": "speakers_sgd_spectral"}
    assert further_runs("mine", **pair, metric="parameters") == set()
    assert further_runs("mine", better="hw1p2_wide", worse="hw1p2_mlp") == set()
