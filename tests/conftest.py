"""A copy of the project to build, change and break: what the workflow and fault tests share."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
CODE = ("Snakefile", "config.yaml", "config", "rules", "resound", "scripts", "profiles", "envs")

# The results that must not depend on cores, order or chance.
EXACT = (
    "corpora/*.csv",
    "features/**/*.npy",
    "splits/**/*.csv",
    "runs/*/*/*.csv",
    "runs/*/*/model/*",
    "runs/*/*/metrics.json",
    "runs/*/*/plots/*.svg",
)

# Small enough to build in seconds: four models, one of each kind of features and of split.
TINY = {
    "select": [
        "digits_mlp1_relu_flat",
        "digits_mlp1_relu_mean",
        "digits_mlp1_relu_mean_corrected",
        "digits_cnn",
    ],
    "corpora": {"digits": {"demo": {"kind": "digits", "speakers": 5, "takes": 2}}},
    "experiments": {
        "digits_mlp1_relu_flat": {"train": {"demo": {"epochs": 2}}},
        "digits_mlp1_relu_mean": {"train": {"demo": {"epochs": 3}}},
        "digits_mlp1_relu_mean_corrected": {"train": {"demo": {"epochs": 3}}},
        "digits_cnn": {"train": {"demo": {"epochs": 2}}},
    },
}


# `--touch` marks existing files as new; here it creates them first, and does not wait in between.
# Features get more than the megabyte up to which Snakemake compares contents of its own accord.
CREATE_AND_TOUCH = """
import sys
from pathlib import Path
from snakemake import cli
from snakemake.executors.touch import Executor

touch = Executor.run_job

def create_and_touch(self, job):
    for file in map(Path, job.output):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(1_500_000 if file.name == "matrix.npy" else 0))
    touch(self, job)

Executor.SLEEPING_TIME, Executor.run_job = 0, create_and_touch
cli.main(sys.argv[1:])
"""


@dataclass(frozen=True)
class Project:
    """A checkout of its own with an overlay, `tiny.yaml`."""

    folder: Path

    def snakemake(self, *arguments: str, cores: int | None = 2) -> subprocess.CompletedProcess[str]:
        """Run snakemake here; standard output and error are one text."""
        return subprocess.run(
            self.command(*arguments, cores=cores),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def command(self, *arguments: str, cores: int | None = 2) -> list[str]:
        """The command line of `snakemake`; without cores, the profile's number of them."""
        overlay = ["--configfile", "tiny.yaml", *(["--cores", str(cores)] if cores else [])]
        return [sys.executable, "-m", "snakemake", *overlay, *arguments]

    def build(self, *arguments: str, cores: int | None = 2) -> None:
        """Build the report; fails the test where that fails."""
        done = self.snakemake(*arguments, cores=cores)
        assert done.returncode == 0, done.stdout[-4000:]

    def stale(self) -> set[str]:
        """The messages of the jobs that Snakemake would run now."""
        done = self.snakemake("--dry-run", "--quiet", "host")
        assert done.returncode == 0, done.stdout[-4000:]
        return set(re.findall(r"^Job \d+: (.+)$", done.stdout, re.MULTILINE))

    def configure(self, **changes: object) -> None:
        """Merge `changes` into the overlay."""
        overlay = yaml.safe_load((self.folder / "tiny.yaml").read_text())
        (self.folder / "tiny.yaml").write_text(yaml.safe_dump(merged(overlay, changes)))

    def bytes_of(self, *patterns: str) -> dict[str, bytes]:
        """The contents of the results that match, by their paths."""
        results = self.folder / "results"
        paths = sorted(path for pattern in patterns for path in results.glob(pattern))
        return {path.relative_to(results).as_posix(): path.read_bytes() for path in paths}


def new_project(folder: Path, overlay: Mapping[str, object] = TINY) -> Project:
    """A fresh copy of the code in `folder` with an overlay, not built."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in CODE:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    (folder / "tiny.yaml").write_text(yaml.safe_dump(dict(overlay)))
    return Project(folder)


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The whole demo with its records as after a build, but no results in its files."""
    project = new_project(tmp_path_factory.mktemp("recorded"), {})
    options = ["--touch", "--quiet", "all", "--cores", "4000"]
    command = [sys.executable, "-c", CREATE_AND_TOUCH, *options]
    subprocess.run(command, cwd=project.folder, check=True, capture_output=True)
    return project


@pytest.fixture
def fresh(tmp_path: Path) -> Project:
    """A project of this test alone."""
    return new_project(tmp_path / "project")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project built once; a test that changes it restores it."""
    project = new_project(tmp_path_factory.mktemp("built"))
    project.build()
    return project


def merged(old: object, new: object) -> object:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}
    return new
