"""Snakemake parses the workflow at every call, and in every job: that must cost little."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"torch", "sklearn", "librosa", "matplotlib", "pandas", "jiwer", "sacrebleu", "optuna"}
HEAVY |= {"scipy.signal", "scipy.stats"}


def loaded_by(module: str) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded after importing a module."""
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return HEAVY & set(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("scripts.lib.config.load, scripts.lib.sources, scripts.lib.staleness", set()),
        ("scripts.evaluate", set()),
        ("scripts.score", set()),
        ("scripts.extract", set()),
        ("scripts.report", set()),
        ("scripts.plot", {"matplotlib"}),
        ("scripts.plot_text", {"matplotlib"}),
    ],
)
def test_modules_load_only_what_they_need(module: str, allowed: set[str]) -> None:
    assert loaded_by(module) <= allowed
