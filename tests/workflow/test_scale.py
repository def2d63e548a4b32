"""Thousands of experiments: what planning does for each must not grow with their number."""

import subprocess
import sys
from typing import Any

import pytest
import yaml

from benchmarks.scale import overlay
from tests.conftest import Project

# Calls that the project's own functions receive and make, of a Snakemake that ends by itself.
COUNTING = """
import sys
from pathlib import Path
from snakemake import cli

root, count = str(Path.cwd()), 0

def watch(frame, event, argument):
    global count
    if event in ("call", "c_call") and frame.f_code.co_filename.startswith(root):
        count += 1

sys.setprofile(watch)
try:
    cli.main(sys.argv[1:])
finally:
    sys.setprofile(None)
    print(count)
"""


def many(count: int) -> dict[str, Any]:
    """As many classifications, each compared with the first, and as many recognitions."""
    scaled = overlay(count)
    for experiment in list(scaled["experiments"].values())[1:]:
        experiment["variant_of"] = "scale_00000"
    decoded = {f"scale_decoded_{n}": {"like": "persian_finetuned"} for n in range(count)}
    return {**scaled, "experiments": {**scaled["experiments"], **decoded}}


def calls(project: Project, count: int) -> int:
    """How many calls a dry run makes in the project's own code."""
    (project.folder / "tiny.yaml").write_text(yaml.safe_dump(many(count)))
    options = ["--dry-run", "--quiet", "all", "--cores", "1", "--configfile", "tiny.yaml"]
    command = [sys.executable, "-c", COUNTING, *options]
    done = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=True)
    assert f"train {count:>20}".split() in [line.split() for line in done.stdout.split("\n")]
    return int(done.stdout.split()[-1])


def test_calls_grow_no_faster_than_the_experiments(fresh: Project) -> None:
    # What is remembered of the code cannot be written: every run parses all modules.
    (fresh.folder / ".snakemake").mkdir()
    (fresh.folder / ".snakemake/resound").touch()
    few, more, most = (calls(fresh, count) for count in (20, 60, 100))
    assert most - more == pytest.approx(more - few, rel=0.02)
