"""Profiles: only one of them is read, so each repeats the settings of the default one."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PROFILES = Path(__file__).resolve().parents[2] / "profiles"

# Three jobs that need a GPU, each of which fails if another uses one at the same time.
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
def test_a_profile_repeats_the_default_one(name: str, differs: set[str]) -> None:
    default, other = settings("default"), settings(name)
    assert "rerun-triggers" in default and default["max-checksum-file-size"] == "1PB"
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


def test_one_job_per_gpu(tmp_path: Path) -> None:
    done = on_one_gpu(tmp_path / "gpu", "gpu")
    assert done.returncode == 0, done.stderr[-2000:]
    # Only the profile keeps them apart.
    assert on_one_gpu(tmp_path / "default", "default").returncode != 0
