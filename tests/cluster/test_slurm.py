"""profiles/slurm on a real SLURM of one node: what jobs ask for, and what a cancelled one costs."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.conftest import EXACT, ROOT, new_project

CLUSTER = Path(__file__).with_name("slurm.sh")
CONF = Path("/etc/slurm/slurm.conf")
NEEDED = ("slurmctld", "slurmd", "sbatch", "munged")

# A perceptron written by hand, which wants no GPU, and a network that does and trains for a while.
SELECTION = {
    "select": ["digits_mlp1_relu_flat", "digits_cnn", "digits_timing"],
    "experiments": {
        "digits_mlp1_relu_flat": {"features": "logmel40", "split": "random_72_8_20"},
        "digits_cnn": {"train": {"demo": {"epochs": 60}}},
    },
    "timings": {
        "digits_timing": {"corpus": "digits", "features": "logmel40", "clips": 5, "repeats": 1}
    },
}
# A job here takes ten to twenty seconds, two starts of Snakemake for the most part. The plugin
# looks after so many seconds, and each time ten seconds longer: at 6, 22 and 48.
POLLING = ("--slurm-init-seconds-before-status-checks", "6")

# The rules of each job, by what `Comment` says of it; those of a group run one after the other.
RULES = {
    "rule_bring_wildcards_digits": ["bring"],
    "rule_index_wildcards_digits": ["index"],
    "rule_extract_shard_wildcards_digits_logmel40_1_2": ["extract_shard"],
    "rule_extract_shard_wildcards_digits_logmel40_2_2": ["extract_shard"],
    "rule_gather_wildcards_digits_logmel40": ["gather"],
    "rule_split_wildcards_digits_random_72_8_20": ["split"],
    "rule_train_wildcards_digits_mlp1_relu_flat_42": ["train"],
    "rule_train_wildcards_digits_cnn_42": ["train"],
    "rule_figures_evaluate_plot": ["evaluate", "plot"],
    "rule_timing_wildcards_digits_timing": ["timing"],
    "rule_plot_timing_wildcards_digits_timing": ["plot_timing"],
    "rule_report": ["report"],
}
CNN = "rule_train_wildcards_digits_cnn_42"


def why_not() -> str | None:
    """Why no cluster may be started here."""
    if os.environ.get("RESOUND_TEST_CLUSTER") != "1":
        return "starts a SLURM cluster on this machine: only with RESOUND_TEST_CLUSTER=1"
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        return f"SLURM is not installed: no {', '.join(missing)} (apt install slurm-wlm munge)"
    if os.geteuid() != 0:
        return "only root can start a SLURM cluster"
    if CONF.exists() and "# resound's test cluster" not in CONF.read_text():
        return f"{CONF} is there: this machine belongs to a cluster, which tests leave alone"
    return None


pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[None]:
    subprocess.run([CLUSTER, "start", tmp_path / "slurm"], check=True)
    yield
    subprocess.run([CLUSTER, "stop"], check=True)


def jobs(*which: str) -> list[dict[str, str]]:
    """What SLURM knows of its jobs, ended ones too, in the order of submission."""
    command = ["scontrol", "--oneliner", "--details", "show", "job", *which]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    known = [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in said.splitlines() if "=" in line]
    return sorted(known, key=lambda job: int(job["JobId"]))


def asked(job: dict[str, str]) -> tuple[int, int, int]:
    """A job's cores, memory in MB and time limit in minutes."""
    hours, minutes, seconds = map(int, job["TimeLimit"].split(":"))
    assert seconds == 0 and job["MinMemoryNode"].endswith("M")
    return int(job["NumCPUs"]), int(job["MinMemoryNode"].removesuffix("M")), 60 * hours + minutes


def check_request(job: dict[str, str]) -> None:
    """Whether a job asked SLURM for what the table says of its rules."""
    table = yaml.safe_load((ROOT / "config.yaml").read_text())["resources"]
    rules = [
        {"threads": 1, "mem_mb": 500, "runtime": 10, **table[r]} for r in RULES[job["Comment"]]
    ]
    cores, memory_mb, minutes = asked(job)
    assert cores == max(rule["threads"] for rule in rules)
    # What grows with the input grows little on so small a corpus.
    assert 0 <= memory_mb - max(rule["mem_mb"] for rule in rules) < 100
    assert 0 <= minutes - sum(rule["runtime"] for rule in rules) < 10
    gpus = (job.get("TresPerJob"), job["Partition"])
    assert gpus == (("gres:gpu:1", "gpu") if job["Comment"] == CNN else (None, "cpu"))


def cancel_half_way(run: Path, process: subprocess.Popen[str]) -> dict[str, str]:
    """Cancel the network's training once it has a checkpoint; what SLURM said of it before."""
    while not (run / "checkpoint0.safetensors").exists():
        assert process.poll() is None, "ended before the first checkpoint"
        time.sleep(0.05)
    (job,) = [job for job in jobs() if job["Comment"] == CNN]
    subprocess.run(["scancel", job["JobId"]], check=True)
    return job


def test_a_cluster_gives_what_this_machine_gives(cluster: None, tmp_path: Path) -> None:
    local, remote = new_project(tmp_path / "local"), new_project(tmp_path / "remote")
    for project in (local, remote):
        project.configure(**SELECTION)
    # In jobs of their own, and yet the same bytes.
    remote.configure(corpora={"digits": {"shards": 2}})
    on_slurm = ("--workflow-profile", "profiles/slurm", *POLLING, "results/report.html")
    run = remote.folder / "results/runs/digits_cnn/42"

    log = tmp_path / "first.log"
    with (
        log.open("w") as file,
        subprocess.Popen(
            remote.command(*on_slurm, "--retries", "0", cores=None),
            cwd=remote.folder,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        try:
            cancelled = cancel_half_way(run, process)
            local.build("results/report.html")  # meanwhile
            assert process.wait(timeout=900) != 0
        finally:
            process.kill()
    assert "SLURM status is: 'CANCELLED'" in log.read_text()
    assert cancelled["JobState"] == "RUNNING" and cancelled["Partition"] == "gpu"
    assert cancelled.get("GRES") == "gpu:1(IDX:0)"

    # The other experiment went on; of this one nothing is left that could be taken for whole.
    first = {job["Comment"]: job["JobState"] for job in jobs()}
    assert first.pop(CNN) == "CANCELLED"
    assert set(first) == set(RULES) - {CNN, "rule_report"}
    assert set(first.values()) == {"COMPLETED"}
    assert not (run / "model.safetensors").exists()
    assert (remote.folder / "results/runs/digits_mlp1_relu_flat/42/metrics.json").exists()

    before = len(jobs())
    remote.build(*on_slurm, cores=None)
    again = [job["Comment"] for job in jobs()[before:]]
    assert again == [CNN, "rule_figures_evaluate_plot", "rule_report"]
    trained = (remote.folder / "results/logs/train/digits_cnn/42.log").read_text()
    assert "goes on after epoch" in trained
    assert "Nothing to be done" in remote.snakemake(*on_slurm, cores=None).stdout

    assert {job["Comment"] for job in jobs()} == set(RULES)
    for job in jobs():
        check_request(job)

    here, there = local.bytes_of(*EXACT), remote.bytes_of(*EXACT)
    assert len(here) == 19
    assert [name for name in here if here[name] != there.get(name)] == []
    assert here.keys() == there.keys()


def refusal(allowed: str) -> str:
    """What the script says when it will not start a cluster."""
    environment = {**os.environ, "RESOUND_TEST_CLUSTER": allowed}
    command = [CLUSTER, "start", "/nowhere"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode != 0 and not Path("/nowhere").exists()
    return done.stderr


def test_nothing_is_started_unasked_or_over_a_real_cluster() -> None:
    assert "only with RESOUND_TEST_CLUSTER=1" in refusal(allowed="")
    subprocess.run([CLUSTER, "stop"], check=True)  # of a test that was killed
    theirs = "ClusterName=theirs\n"
    CONF.write_text(theirs)
    try:
        assert "belongs to a cluster" in refusal(allowed="1")
        subprocess.run([CLUSTER, "stop"], check=True)
        assert CONF.read_text() == theirs
    finally:
        CONF.unlink()
