"""The fingerprint of a training run: another for whatever it follows from."""

import os
from pathlib import Path
from typing import Any

import pytest

from resound.training.fingerprint import run_fingerprint


@pytest.fixture
def given(tmp_path: Path) -> dict[str, Any]:
    parts, matrix = tmp_path / "parts.csv", tmp_path / "matrix.npy"
    parts.write_text("fold,id,part\n")
    matrix.write_bytes(b"rows")
    told: dict[str, Any] = {
        "code": "a",
        "config": "{}",
        "seed": 1,
        "device": "cpu",
        "origin": {"path": "m"},
    }
    return {**told, "parts": parts, "arrays": [matrix]}


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
def test_other_settings_are_another_purpose(given: dict[str, Any], change: dict[str, Any]) -> None:
    assert run_fingerprint(**given) == run_fingerprint(**given)
    assert run_fingerprint(**{**given, **change}) != run_fingerprint(**given)


def test_another_split_or_newer_features_are_another_purpose(given: dict[str, Any]) -> None:
    first = run_fingerprint(**given)
    given["parts"].write_text("fold,id,part\nall,a,train\n")
    second = run_fingerprint(**given)
    os.utime(given["arrays"][0], ns=(0, 1))
    assert len({first, second, run_fingerprint(**given)}) == 3
