"""Snakemake parses the workflow at every call, and in every job: that must cost little."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Project

ROOT = Path(__file__).resolve().parents[3]
HEAVY = set("torch transformers sklearn librosa matplotlib pandas jiwer sacrebleu optuna".split())
HEAVY |= {"scipy.signal", "scipy.stats"}
# What takes a tenth of a second and more, and no planning needs.
SLOW = HEAVY | {"scipy", "openpyxl", "huggingface_hub"}


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
        ("resound.config.load, resound.workflow.download, resound.workflow.report", set()),
        ("scripts.evaluate", set()),
        ("scripts.evaluate_text", set()),
        ("scripts.extract", set()),
        ("scripts.report", set()),
        ("scripts.plot", {"matplotlib"}),
        ("scripts.plot_text", {"matplotlib"}),
    ],
)
def test_modules_load_only_what_they_need(module: str, allowed: set[str]) -> None:
    assert loaded_by(module) <= allowed


@pytest.mark.parametrize("overlays", [[], ["config/real.yaml"]])
def test_planning_loads_nothing_heavy(fresh: Project, overlays: list[str]) -> None:
    files = [str(ROOT / overlay) for overlay in overlays]
    options = ["--configfile", *files] if files else []
    run = "try: cli.main(sys.argv[1:])\nfinally: print(*sys.modules)"
    program = f"import sys; from snakemake import cli\n{run}"
    done = subprocess.run(
        [sys.executable, "-c", program, "--dry-run", "--quiet", "all", "--cores", "1", *options],
        cwd=fresh.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    loaded = set(done.stdout.split("\n")[-2].split())
    # Snakemake itself loads its plugins, of which the one for SLURM needs pandas.
    assert "snakemake.dag" in loaded and SLOW & loaded <= {"pandas"}
