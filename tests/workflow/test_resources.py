"""What jobs ask for: one table, grown with their input and with each retry."""

import re
from pathlib import Path
from typing import get_args

import yaml

from resound.config.resources import Rule
from tests.conftest import ROOT, Project

# Snakemake shows what a job asks for only where the job has no message.
BARE = """include: "Snakefile"

for told in workflow.rules:
    told.message = None
"""


def asked(project: Project, rule: str, *arguments: str) -> list[dict[str, str]]:
    """The output, threads and resources of the jobs of a rule, in the order of their start."""
    (project.folder / "bare.smk").write_text(BARE)
    shown = ("--snakefile", "bare.smk", "--quiet", "host", *arguments, "--", "results/report.html")
    text = project.snakemake(*shown).stdout
    jobs = re.findall(rf"^(?:local)?rule {rule}:\n(.*?)^    resources: (.*?)$", text, re.M | re.S)
    return [
        dict(re.findall(r"^    (\w+): (.*)$", told, re.M))
        | dict(re.findall(r"(\w+)=([^,]+)", more))
        for told, more in jobs
    ]


def test_every_rule_is_in_the_table(fresh: Project) -> None:
    rules = set(fresh.snakemake("--list-rules", "--quiet").stdout.split("\n"))
    table = yaml.safe_load((ROOT / "config.yaml").read_text())["resources"]
    # These two only name what others make.
    known = {rule for rule in rules if re.fullmatch(r"\w+", rule)} - {"all", "download"}
    assert known == set(get_args(Rule)) == table.keys()


def test_memory_and_time_grow_with_the_input(built: Project) -> None:
    before = (built.folder / "tiny.yaml").read_text()
    table = {"mem_mb": 100, "mem_mb_per_mb": 1000, "runtime": 20, "runtime_per_mb": 100}
    built.configure(resources={"train": table})
    try:
        jobs = asked(built, "train", "--dry-run", "--forcerun", "train")
    finally:
        (built.folder / "tiny.yaml").write_text(before)
    (told,) = [job for job in jobs if "digits_cnn" in job["output"]]
    megabytes = (
        Path(built.folder, "results/features/digits/logmel40/matrix.npy").stat().st_size / 2**20
    )
    # The index, the split and the offsets are input too, and small.
    assert 0 < int(told["mem_mb"]) - 100 - 1000 * megabytes < 100
    assert 0 < int(told["runtime"]) - 20 - 100 * megabytes < 10


def test_models_without_use_for_a_gpu_ask_for_none(built: Project) -> None:
    jobs = asked(built, "train", "--dry-run", "--forcerun", "train")
    gpus = {job["output"].split("/")[2]: job["gpu"] for job in jobs}
    assert gpus.pop("digits_cnn") == "1"
    assert set(gpus.values()) == {"0"} and len(gpus) == 3


def test_a_cluster_without_gpus_is_asked_for_none(built: Project) -> None:
    before = (built.folder / "tiny.yaml").read_text()
    built.configure(resources={"train": {"gpu": 0}})
    try:
        jobs = asked(built, "train", "--dry-run", "--forcerun", "train")
    finally:
        (built.folder / "tiny.yaml").write_text(before)
    assert {job["gpu"] for job in jobs} == {"0"}


def test_a_retry_asks_for_as_much_again(fresh: Project) -> None:
    fresh.configure(corpora={"digits": {"min_seconds": 60.0}})
    told = asked(fresh, "index", "--retries", "2")
    assert [job["mem_mb"] for job in told] == ["2000", "4000", "6000"]
    assert [job["runtime"] for job in told] == ["60", "120", "180"]
    assert {job["threads"] for job in told} == {"2"}, "as many as there are cores"
