"""Time what a workflow of many experiments costs before its first job, and when nothing is stale.

    python -m benchmarks.scale [--experiments 100 1000 10000] [--no-check]

In a copy of the project, an overlay holds as many small classifications of one corpus in as many
shards: training, evaluation and plots, and the extraction of a shard, four jobs each. `parse` reads
the Snakefile and lists the rules, `plan` is a dry run without results, `check` a dry run with all
results. For `check`, one run of Snakemake creates empty files in place of every job and records
the settings, the code and the inputs of each: the check is the real one and must find nothing to
do.

`floor` and `bare` are the same dry runs, without and with results, of a bare Snakefile whose jobs
have the same files and nothing else: what Snakemake itself takes. A workflow of one experiment
shows the cost of the start; the rest is given for each job beyond it. Ratios are to the first
count's, and mean nothing if that hardly differs from the start. Creating files for thousands of
jobs takes minutes; `--no-check` leaves it out.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
CODE = ("Snakefile", "config.yaml", "config", "rules", "resound", "scripts", "profiles", "envs")
OPTIONS = ["--configfile", "scale.yaml", "--cores", "1"]
DRY_RUN = ["-m", "snakemake", "--dry-run", "--quiet", "all", *OPTIONS]

# `--touch` marks existing files as new; here it creates them first, and does not wait in between.
CREATE_AND_TOUCH = """
import sys
from pathlib import Path
from snakemake import cli
from snakemake.executors.touch import Executor

touch = Executor.run_job

def create_and_touch(self, job):
    for file in map(Path, job.output):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    touch(self, job)

Executor.SLEEPING_TIME, Executor.run_job = 0, create_and_touch
cli.main(sys.argv[1:])
"""

# The same files by rules without settings, code, resources, messages or environments.
BARE = """
configfile: "scale.yaml"

CORPUS = ["corpora/digits.csv", "corpora/digits.json"]
FEATURES = ["features/matrix.npy", "features/offsets.npy"]
DATA = ["splits/digits.csv", *FEATURES]
SHARD = ["features/{shard}.matrix.npy", "features/{shard}.offsets.npy"]
TRAINED = ["model/model.json", "history.csv", "predictions.csv", "provenance.json"]
PLOTS = ["plots/curves.svg", "plots/confusion.svg", "plots/classes.svg"]
RUN = "runs/{experiment}/42/"
SHOWN = [*TRAINED[1:], "metrics.json", *PLOTS]

rule all:
    input: [f"runs/{name}/42/{file}" for file in SHOWN for name in config["experiments"]]

rule data:
    output: CORPUS, DATA[0]
    script: "scripts/index_corpus.py"

rule shard:
    input: CORPUS
    output: SHARD
    script: "scripts/extract.py"

rule merge_shards:
    input: [file.format(shard=n) for file in SHARD for n in range(len(config["experiments"]))]
    output: FEATURES
    script: "scripts/merge_shards.py"

rule train:
    input: CORPUS, DATA
    output: [RUN + file for file in TRAINED]
    script: "scripts/train.py"

rule evaluate:
    input: CORPUS, RUN + "predictions.csv"
    output: RUN + "metrics.json"
    script: "scripts/evaluate.py"

rule plot:
    input: CORPUS, RUN + "metrics.json", RUN + "history.csv"
    output: [RUN + file for file in PLOTS]
    script: "scripts/plot.py"
"""


@dataclass(frozen=True)
class Cost:
    """What a process took, and its output."""

    seconds: float
    processor_s: float
    peak_mb: float
    output: str


@dataclass(frozen=True)
class Workflow:
    """The jobs of a workflow, and what it took to parse, to plan and to check."""

    jobs: int
    costs: dict[str, Cost]

    def ms_per_job(self, way: str, start: "Workflow") -> float:
        """Return the processor time of each job beyond those of `start`, ms."""
        seconds = self.costs[way].processor_s - start.costs[way].processor_s
        return 1000 * seconds / (self.jobs - start.jobs)


def main() -> None:
    options = parse()
    ways = ["parse", "floor", "plan", "bare", "check"][: 3 if options.no_check else 5]
    start = measure(1, ways)
    print(
        "seconds of wall time (of the processor); ms of the processor for each job beyond those of"
    )
    print("the first experiment, and their ratio to the first row's; peak memory in MB")
    print(f"{'experiments':>11} {'jobs':>6}", *(f"{way:>34} {'MB':>6}" for way in ways))
    print_costs(1, start, start, start)
    first: Workflow | None = None
    for count in options.experiments:
        workflow = measure(count, ways)
        first = first or workflow
        print_costs(count, workflow, first, start)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    several: dict[str, Any] = {"type": int, "nargs": "+", "default": [100, 1000, 10000]}
    parser.add_argument(
        "--experiments", **several, help="numbers of experiments, one workflow each"
    )
    parser.add_argument("--no-check", action="store_true", help="leave the check out")
    return parser.parse_args()


def measure(experiments: int, ways: list[str]) -> Workflow:
    """Measure a workflow with this number of experiments, in a temporary folder."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        copy_project(folder)
        (folder / "scale.yaml").write_text(yaml.safe_dump(overlay(experiments)))
        parsed = run(folder, ["-m", "snakemake", "--list-rules", *OPTIONS])
        (folder / "bare.smk").write_text(BARE)
        bare = ["-m", "snakemake", "--snakefile", "bare.smk", *DRY_RUN[2:-4], "--cores", "1"]
        costs = {"parse": parsed, "floor": run(folder, bare), "plan": run(folder, DRY_RUN)}
        if "check" in ways:
            # With a core for each job: Snakemake chooses among all that wait each time one is free.
            cores = str(10 * experiments + 10)
            create = ["-c", CREATE_AND_TOUCH, "--touch", "--quiet", "all"]
            run(folder, [*create, *OPTIONS[:-1], cores])
            costs["check"] = check(folder, DRY_RUN)
            # Removed, because both workflows keep their records in the same place.
            shutil.rmtree(folder / ".snakemake")
            run(folder, [*create, "--snakefile", "bare.smk", "--cores", cores])
            costs["bare"] = check(folder, bare)
        costs = {way: costs[way] for way in ways}
    total = re.search(r"^total +(\d+)$", costs["plan"].output, re.MULTILINE)
    assert total is not None
    return Workflow(int(total[1]), costs)


def check(folder: Path, arguments: list[str]) -> Cost:
    """Run a dry run that must find nothing to do."""
    cost = run(folder, arguments)
    if "Nothing to be done" not in cost.output:
        raise SystemExit(f"something is stale:\n{cost.output[-2000:]}")
    return cost


def copy_project(folder: Path) -> None:
    for name in CODE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)


def overlay(experiments: int) -> dict[str, Any]:
    """Return a configuration overlay: experiments that differ in their learning rate."""
    names = [f"scale_{number:05}" for number in range(experiments)]
    return {
        "select": ["scale_*"],
        "corpora": {"digits": {"shards": experiments}},
        "experiments": {name: experiment(1e-6 * n) for n, name in enumerate(names, 1)},
    }


def experiment(learning_rate: float) -> dict[str, Any]:
    return {
        "corpus": "digits",
        "features": "mfcc12_mean",
        "split": "speakers_80_20",
        "input": {"arrange": "pooled", "standardise": "train"},
        "model": {"kind": "mlp", "hidden": [16]},
        "train": {"optimizer": "adam", "learning_rate": learning_rate},
    }


def run(folder: Path, arguments: list[str]) -> Cost:
    """Run Python in `folder`; a failure ends the benchmark with the output."""
    path = folder / "output.txt"
    with path.open("w") as file:
        begin = time.perf_counter()
        command = [sys.executable, *arguments]
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    output = path.read_text()
    if process.returncode:
        raise SystemExit(output[-2000:])
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, output)


def print_costs(experiments: int, workflow: Workflow, first: Workflow, start: Workflow) -> None:
    """Print what a workflow cost, in one line."""
    line = f"{experiments:>11,} {workflow.jobs:>6,}"
    for way, cost in workflow.costs.items():
        line += f" {cost.seconds:8.1f} s ({cost.processor_s:6.1f})"
        if workflow is start:
            line += f" {'':>15}"
        else:
            each = workflow.ms_per_job(way, start)
            line += f" {each:6.2f} ms {each / first.ms_per_job(way, start):5.2f}"
        line += f" {cost.peak_mb:6.0f}"
    print(line, flush=True)


if __name__ == "__main__":
    main()
