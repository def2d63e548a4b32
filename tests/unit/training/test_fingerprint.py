"""The fingerprint of a training run: it changes with everything that determines the run."""

import os
from pathlib import Path
from typing import Any

import pytest

from resound.training.fingerprint import run_fingerprint


@pytest.fixture
def run(tmp_path: Path) -> dict[str, Any]:
    split, matrix = tmp_path / "split.csv", tmp_path / "matrix.npy"
    split.write_text("fold,id,part\n")
    matrix.write_bytes(b"rows")
    settings: dict[str, Any] = {
        "code": "a",
        "config": "{}",
        "seed": 1,
        "device": "cpu",
        "origin": {"path": "m"},
    }
    return {**settings, "split": split, "arrays": [matrix]}


@pytest.mark.parametrize(
    "change",
    [
        {"code": "b"},
        {"config": "{1}"},
        {"seed": 2},
        {"device": "cuda"},
        {"origin": None},
        {"arrays": []},
    ],
)
def test_fingerprint_changes_with_settings(run: dict[str, Any], change: dict[str, Any]) -> None:
    assert run_fingerprint(**run) == run_fingerprint(**run)
    assert run_fingerprint(**{**run, **change}) != run_fingerprint(**run)


def test_fingerprint_changes_with_split_and_newer_features(run: dict[str, Any]) -> None:
    first = run_fingerprint(**run)
    run["split"].write_text("fold,id,part\nall,a,train\n")
    second = run_fingerprint(**run)
    os.utime(run["arrays"][0], ns=(0, 1))
    assert len({first, second, run_fingerprint(**run)}) == 3
