"""profiles/slurm on a SLURM cluster of one node: requested resources, and a cancelled job."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import EXACT, new_project

CLUSTER = Path(__file__).with_name("slurm.sh")
CONF = Path("/etc/slurm/slurm.conf")
PROGRAMS = ("slurmctld", "slurmd", "sbatch", "munged")

# A perceptron in NumPy, which uses no GPU, and a network that uses one and trains for a while.
SELECTION = {
    "select": ["digits_mlp1_relu_flat", "digits_cnn", "digits_extraction"],
    "experiments": {
        "digits_mlp1_relu_flat": {"features": "logmel40", "split": "random_72_8_20"},
        "digits_cnn": {"train": {"demo": {"epochs": 60}}},
    },
    "extraction_benchmarks": {
        "digits_extraction": {
            "corpus": "digits",
            "features": "logmel40",
            "clips": 5,
            "repeats": 1,
        }
    },
}
# A job takes ten to twenty seconds, mostly for two starts of Snakemake. The plugin first checks
# after this number of seconds, and then waits ten seconds longer each time: at 6, 22 and 48.
POLLING = ("--slurm-init-seconds-before-status-checks", "6")

# Cores, memory in MB and minutes of each job, by its `Comment` in SLURM. A group runs its rules one
# after the other, so its time is their sum.
REQUESTS = {
    "rule_download_corpus_wildcards_digits": (8, 1000, 600),
    "rule_index_corpus_wildcards_digits": (8, 2000, 60),
    "rule_extract_shard_wildcards_digits_logmel40_1_2": (8, 4000, 240),
    "rule_extract_shard_wildcards_digits_logmel40_2_2": (8, 4000, 240),
    "rule_merge_shards_wildcards_digits_logmel40": (1, 500, 30),
    "rule_split_wildcards_digits_random_72_8_20": (1, 500, 10),
    "rule_plot_splits": (1, 1000, 30),
    "rule_train_wildcards_digits_mlp1_relu_flat_42": (1, 4000, 240),
    "rule_train_wildcards_digits_cnn_42": (1, 4000, 240),
    "rule_metrics_evaluate_plot": (1, 500, 20),
    "rule_benchmark_extraction_wildcards_digits_extraction": (8, 4000, 120),
    "rule_plot_benchmark_wildcards_digits_extraction": (1, 500, 10),
    "rule_report": (1, 1000, 30),
}
CNN = "rule_train_wildcards_digits_cnn_42"


def reason_to_skip() -> str | None:
    """Return why no cluster may be started here."""
    if os.environ.get("RESOUND_TEST_CLUSTER") != "1":
        return "starts a SLURM cluster on this machine: only with RESOUND_TEST_CLUSTER=1"
    if missing := [name for name in PROGRAMS if shutil.which(name) is None]:
        return f"SLURM is not installed: no {', '.join(missing)} (apt install slurm-wlm munge)"
    if os.geteuid() != 0:
        return "only root can start a SLURM cluster"
    if CONF.exists() and "# resound's test cluster" not in CONF.read_text():
        return f"{CONF} exists: this machine belongs to a cluster, which tests must not change"
    return None


pytestmark = pytest.mark.skipif(reason_to_skip() is not None, reason=str(reason_to_skip()))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[None]:
    subprocess.run([CLUSTER, "start", tmp_path / "slurm"], check=True)
    yield
    subprocess.run([CLUSTER, "stop"], check=True)


def jobs(*which: str) -> list[dict[str, str]]:
    """Return what SLURM reports of its jobs, including ended ones, in the order of submission."""
    command = ["scontrol", "--oneliner", "--details", "show", "job", *which]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    described = [
        dict(re.findall(r"(\S+?)=(\S*)", line)) for line in output.splitlines() if "=" in line
    ]
    return sorted(described, key=lambda job: int(job["JobId"]))


def requested(job: dict[str, str]) -> tuple[int, int, int]:
    """Return a job's cores, memory in MB and time limit in minutes."""
    hours, minutes, seconds = map(int, job["TimeLimit"].split(":"))
    assert seconds == 0 and job["MinMemoryNode"].endswith("M")
    return int(job["NumCPUs"]), int(job["MinMemoryNode"].removesuffix("M")), 60 * hours + minutes


def check_request(job: dict[str, str]) -> None:
    """Check the resources that a job requested from SLURM."""
    cores, memory_mb, minutes = requested(job)
    expected_cores, expected_memory_mb, expected_minutes = REQUESTS[job["Comment"]]
    assert cores == expected_cores
    # The part that grows with the input is small for such a small corpus.
    assert 0 <= memory_mb - expected_memory_mb < 100
    assert 0 <= minutes - expected_minutes < 10
    gpus = (job.get("TresPerJob"), job["Partition"])
    assert gpus == (("gres:gpu:1", "gpu") if job["Comment"] == CNN else (None, "cpu"))


def cancel_training(run: Path, process: subprocess.Popen[str]) -> dict[str, str]:
    """Cancel the network's training after a checkpoint; return SLURM's description before."""
    while not (run / "checkpoint0.safetensors").exists():
        assert process.poll() is None, "ended before the first checkpoint"
        time.sleep(0.05)
    (job,) = [job for job in jobs() if job["Comment"] == CNN]
    subprocess.run(["scancel", job["JobId"]], check=True)
    return job


def test_a_cluster_gives_the_same_bytes_as_this_machine(cluster: None, tmp_path: Path) -> None:
    local, remote = new_project(tmp_path / "local"), new_project(tmp_path / "remote")
    for project in (local, remote):
        project.configure(**SELECTION)
    # Extracted in two jobs, which must not change the bytes.
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
            cancelled = cancel_training(run, process)
            local.build("results/report.html")  # at the same time
            assert process.wait(timeout=900) != 0
        finally:
            process.kill()
    assert "SLURM status is: 'CANCELLED'" in log.read_text()
    assert cancelled["JobState"] == "RUNNING" and cancelled["Partition"] == "gpu"
    assert cancelled.get("GRES") == "gpu:1(IDX:0)"

    # The other experiment continued; the cancelled one left no file that looks complete.
    first = {job["Comment"]: job["JobState"] for job in jobs()}
    assert first.pop(CNN) == "CANCELLED"
    assert set(first) == set(REQUESTS) - {CNN, "rule_report"}
    assert set(first.values()) == {"COMPLETED"}
    assert not (run / "model/model.json").exists()
    assert (remote.folder / "results/runs/digits_mlp1_relu_flat/42/metrics.json").exists()

    before = len(jobs())
    remote.build(*on_slurm, cores=None)
    again = [job["Comment"] for job in jobs()[before:]]
    assert again == [CNN, "rule_metrics_evaluate_plot", "rule_report"]
    trained = (remote.folder / "results/logs/train/digits_cnn/42.log").read_text()
    assert "resumes after epoch" in trained
    assert "Nothing to be done" in remote.snakemake(*on_slurm, cores=None).stdout

    assert {job["Comment"] for job in jobs()} == set(REQUESTS)
    for job in jobs():
        check_request(job)

    here, there = local.bytes_of(*EXACT), remote.bytes_of(*EXACT)
    assert len(here) == 25
    assert [name for name in here if here[name] != there.get(name)] == []
    assert here.keys() == there.keys()


def refusal(allowed: str) -> str:
    """Return the message of the script when it refuses to start a cluster."""
    environment = {**os.environ, "RESOUND_TEST_CLUSTER": allowed}
    command = [CLUSTER, "start", "/nowhere"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode != 0 and not Path("/nowhere").exists()
    return done.stderr


def test_no_cluster_is_started_without_permission_or_over_a_real_one() -> None:
    assert "only with RESOUND_TEST_CLUSTER=1" in refusal(allowed="")
    subprocess.run([CLUSTER, "stop"], check=True)  # left by a test that was killed
    theirs = "ClusterName=theirs\n"
    CONF.write_text(theirs)
    try:
        assert "belongs to a cluster" in refusal(allowed="1")
        subprocess.run([CLUSTER, "stop"], check=True)
        assert CONF.read_text() == theirs
    finally:
        CONF.unlink()
