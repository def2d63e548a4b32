"""Profiles: each stands alone, so each says what the default one says."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PROFILES = Path(__file__).resolve().parents[2] / "profiles"

# Three jobs that ask for a GPU, each of which finds out whether another is at it.
ALONE = """
rule all:
    input: expand("{n}.done", n=range(3))

rule use:
    output: touch("{n}.done")
    resources: gpu=1
    shell: "mkdir busy && sleep 0.5 && rmdir busy"
"""


def settings(name: str) -> dict[str, object]:
    return yaml.safe_load((PROFILES / name / "profile.yaml").read_text())


@pytest.mark.parametrize(("name", "differs"), [("gpu", set()), ("slurm", {"cores", "quiet"})])
def test_a_profile_keeps_what_the_default_one_says(name: str, differs: set[str]) -> None:
    default, other = settings("default"), settings(name)
    assert "rerun-triggers" in default
    assert {key for key in default if default[key] != other.get(key)} == differs


def test_failures_on_a_cluster_are_shown() -> None:
    """Snakemake counts errors of jobs among what `quiet: rules` hides."""
    quiet = settings("slurm")["quiet"]
    assert isinstance(quiet, list) and "rules" not in quiet


def on_one_gpu(folder: Path, profile: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    (folder / "Snakefile").write_text(ALONE)
    command = [sys.executable, "-m", "snakemake", "--cores", "3"]
    return subprocess.run(
        [*command, "--workflow-profile", str(PROFILES / profile)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_job_a_gpu(tmp_path: Path) -> None:
    done = on_one_gpu(tmp_path / "gpu", "gpu")
    assert done.returncode == 0, done.stderr[-2000:]
    # Nothing but the profile keeps them apart.
    assert on_one_gpu(tmp_path / "default", "default").returncode != 0
