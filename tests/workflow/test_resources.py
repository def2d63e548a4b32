"""What jobs need: memory and time of their rule, which grow with their input and each retry."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT, Project

# Snakemake shows the resources of a job only if the job has no message.
BARE = """include: "Snakefile"

for each in workflow.rules:
    each.message = None
"""


def jobs_of(project: Project, rule: str, *arguments: str) -> list[dict[str, str]]:
    """The input, output, threads and resources of a rule's jobs, in the order of their start."""
    (project.folder / "bare.smk").write_text(BARE)
    shown = ("--snakefile", "bare.smk", "--quiet", "host", *arguments, "--", "results/report.html")
    text = project.snakemake(*shown).stdout
    jobs = re.findall(rf"^(?:local)?rule {rule}:\n(.*?)^    resources: (.*?)$", text, re.M | re.S)
    return [
        dict(re.findall(r"^    (\w+): (.*)$", lines, re.M))
        | dict(re.findall(r"(\w+)=([^,]+)", resources))
        for lines, resources in jobs
    ]


def rules() -> dict[str, str]:
    """The text of each rule that runs a script."""
    text = "".join(path.read_text() for path in sorted((ROOT / "rules").glob("*.smk")))
    parts = re.split(r"^(?:use )?rule (?:\w+ as )?(\w+)(?: with)?:$", text, flags=re.M)
    return {name: body for name, body in zip(parts[1::2], parts[2::2]) if name != "download"}


@pytest.mark.parametrize("name", rules())
def test_every_rule_has_a_message_and_resources(name: str) -> None:
    body = rules()[name]
    assert re.search(r"^    message:\n        \"[A-Z]", body, re.M)
    assert re.search(r"^        mem_mb=", body, re.M) and re.search(
        r"^        runtime=", body, re.M
    )
    if name != "extract_shard":  # the rest is that of `extract`
        assert re.match(r'\s*"""[A-Z].*\."""\n', body) or re.match(r'\s*"""Transcribe', body)
        assert re.search(r"^    threads: ", body, re.M)


def test_memory_and_time_grow_with_the_input(built: Project) -> None:
    jobs = jobs_of(built, "train", "--dry-run", "--forcerun", "train")
    (job,) = [job for job in jobs if "digits_cnn" in job["output"]]
    inputs = [built.folder / Path(name) for name in job["input"].split(", ")]
    assert built.folder / "results/features/digits/logmel40/matrix.npy" in inputs
    megabytes = sum(path.stat().st_size for path in inputs) / 2**20
    assert megabytes > 0.5
    assert int(job["mem_mb"]) == 4000 + round(3 * megabytes) > 4001
    assert int(job["runtime"]) == 240 + round(0.5 * megabytes)


def test_models_without_use_for_a_gpu_need_none(built: Project) -> None:
    jobs = jobs_of(built, "train", "--dry-run", "--forcerun", "train")
    gpus = {job["output"].split("/")[2]: job["gpu"] for job in jobs}
    assert gpus.pop("digits_cnn") == "1"
    assert set(gpus.values()) == {"0"} and len(gpus) == 3


def test_the_command_line_overrides_a_rule(built: Project) -> None:
    resources = ["train:gpu=0", "train:mem_mb=123", "train:runtime=45"]
    options = ["--set-resources", *resources, "--set-threads", "train=2"]
    jobs = jobs_of(built, "train", "--dry-run", "--forcerun", "train", *options)
    assert {job["gpu"] for job in jobs} == {"0"}
    assert {(job["mem_mb"], job["runtime"]) for job in jobs} == {("123", "45")}
    assert {job["threads"] for job in jobs} == {"2"}


def test_a_retry_gets_as_much_again(fresh: Project) -> None:
    fresh.configure(corpora={"digits": {"min_seconds": 60.0}})
    jobs = jobs_of(fresh, "index_corpus", "--retries", "2")
    assert [job["mem_mb"] for job in jobs] == ["2000", "4000", "6000"]
    assert [job["runtime"] for job in jobs] == ["60", "120", "180"]
    assert {job["threads"] for job in jobs} == {"2"}, "as many as there are cores"
