"""What a target needs, and no more: without corpora, without experiments, as a part of others."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Project, new_project

# The workflow as a part of another one, its rules under other names.
PART = """
module resound:
    snakefile: "{snakefile}"
    config: config

use rule * from resound as resound_*

rule all:
    default_target: True
    input: "results/splits/digits/speakers_80_20.csv", "results/corpora.md"
"""
SMALL = """
select: [digits_mlp1_relu_mean]
corpora: {digits: {demo: {kind: digits, speakers: 5, takes: 2}}}
"""


def jobs(text: str) -> set[str]:
    """The messages of the jobs of a dry run."""
    return set(re.findall(r"^Job \d+: (.+)$", text, re.MULTILINE))


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_a_transcript_needs_no_corpus(fresh: Project) -> None:
    """Of real data, of which there are none here."""
    (fresh.folder / "talk.mp3").touch()
    chosen = ["audio=talk.mp3", "transcriber=whisper_small", "data=real"]
    target = "results/transcripts/talk.json"
    done = snakemake(fresh.folder, "--quiet", "host", "-n", target, "--config", *chosen)
    assert done.returncode == 0, done.stdout[-2000:]
    assert jobs(done.stdout) == {"Get the model whisper_small", "Transcribe talk.mp3"}


def test_missing_recordings_stop_only_what_needs_them(fresh: Project) -> None:
    """Before the first job starts, and with the place to mend it."""
    fresh.configure(
        data="real",
        select=["digits_mlp1_relu_mean", "nli_hypothesis_words"],
        corpora={
            "digits": {"sources": [{"folder": "nowhere"}]},
            "nli": {"sources": [{"url": "http://127.0.0.1:9/nli.zip"}]},
        },
    )
    done = fresh.snakemake("--quiet", "host", "--dry-run", "results/corpora/nli.csv")
    assert done.returncode == 0, done.stdout[-2000:]
    assert jobs(done.stdout) == {"Get the recordings of nli", "Index nli"}
    done = fresh.snakemake("results/corpora/nli.csv", "results/corpora/digits.csv")
    assert done.returncode != 0
    assert re.search(r"tiny\.yaml:\d+: corpora\.digits\.sources: there is no folder", done.stdout)
    assert "Get the recordings" not in done.stdout, "no job was started"


def test_nothing_selected(fresh: Project) -> None:
    fresh.configure(select=[])
    done = fresh.snakemake("--dry-run", "--quiet", "host")
    assert done.returncode == 0, done.stdout[-2000:]
    assert jobs(done.stdout) == {"Write the report", "List the corpora"}


@pytest.mark.parametrize("has_own_config", [True, False])
def test_a_part_of_another_workflow(tmp_path: Path, has_own_config: bool) -> None:
    """No rule depends on its name."""
    part = new_project(tmp_path / "part")
    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / "Snakefile").write_text(PART.format(snakefile=part.folder / "Snakefile"))
    if has_own_config:
        (whole / "small.yaml").write_text(SMALL)
        done = snakemake(whole, "--configfile", "small.yaml", "--printshellcmds")
        assert done.returncode == 0, done.stdout[-4000:]
        assert (whole / "results/splits/digits/speakers_80_20.csv").is_file()
        assert "| digits (AudioMNIST)" in (whole / "results/corpora.md").read_text()
        assert "Index digits" in done.stdout and "resound_index_corpus" in done.stdout
    else:
        done = snakemake(whole, "--dry-run", "--quiet", "host")
        assert done.returncode == 0, done.stdout[-4000:]
        assert {"Index digits", "Index genres", "List the corpora"} <= jobs(done.stdout)
