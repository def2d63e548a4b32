"""Every command that the documentation shows runs, on small data, as it is written there."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from tests.conftest import ROOT, TINY, merged, new_project
from tests.workflow.test_builds import recordings, small_whisper

DOCUMENTS = ("README.md", "profiles/README.md", "config/README.md")
_SHELL_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_INLINE = re.compile(r"`((?:snakemake|make|pip install) [^`]*)`")

TALK = "results/transcripts/talk.json"
COMMANDS = {
    "make": "results/report.html",
    "make why": None,
    "make test": None,
    "make schema": "config/schema.json",
    ". .venv/bin/activate": None,
    "snakemake --cores 8 results/report.html": "results/report.html",
    "snakemake --cores 8 --logger rich": "results/corpora.md",
    "snakemake --cores 8 --config 'select=[\"digits_cnn*\"]' 'seeds=[1,2,3]'": (
        "results/runs/digits_cnn/3/metrics.json"
    ),
    "snakemake --cores 8 --config 'select=[\"digits_cnn\"]'": "results/report.html",
    "snakemake --quiet host": None,
    "snakemake --report snakemake-report.html": "snakemake-report.html",
    "snakemake --workflow-profile profiles/gpu --resources gpu=2": "results/report.html",
    "snakemake --workflow-profile profiles/slurm --dry-run": None,
    f"snakemake --cores 8 {TALK} --config audio=talk.mp3": TALK,
    f"snakemake --cores 8 {TALK} --config audio=talk.mp3 task=identify": TALK,
    f"snakemake --cores 8 {TALK} --config audio=talk.mp3"
    " 'transcription={language: fa, method: greedy}'": TALK,
    "snakemake --cores 8 results/transcripts/talk.srt --config audio=talk.mp3": (
        "results/transcripts/talk.srt"
    ),
    "snakemake --cores 8 results/transcripts/all_srt --config audio=talks": (
        "results/transcripts/all_srt/talk.srt"
    ),
    "snakemake --cores 8 results/predictions/mine.csv --config audio=talk.mp3 model=digits_cnn": (
        "results/predictions/mine.csv"
    ),
    "snakemake --cores 8 results/models/digits_cnn/42": "results/models/digits_cnn/42/README.md",
    "snakemake --cores 8 --configfile mine.yaml": "results/report.html",
    "snakemake --directory ~/digits --configfile mine.yaml --cores 8": (
        "home/digits/results/report.html"
    ),
    f"snakemake --cores 8 {TALK} --config audio=talk.mp3 transcriber=whisper_small data=real": TALK,
    f"snakemake --cores 8 {TALK} --config audio=talk.mp3 task=translate"
    " transcriber=whisper_medium data=real": TALK,
    "snakemake download --configfile config/real.yaml": "data/digits/source.json",
}
"""The commands, in an order in which they can run in one folder, and a file that each leaves."""

ELSEWHERE = {
    "pip install .": "tests/workflow/test_readme.py",
    "make lint": ".ci/run",
    "make demo": "tests/unit/serving/test_server.py",
    "make demo MODEL=models/whisper-small": "tests/unit/serving/test_server.py",
    "make push MODEL=results/models/digits_cnn/42 REPO=someone/digits": (
        "tests/unit/workflow/test_push.py"
    ),
    "snakemake --workflow-profile profiles/slurm": "tests/cluster/test_slurm.py",
    "snakemake --sdm conda": "tests/unit/test_environment.py",
}
"""Commands that run elsewhere: the linters in `.ci/run`, a cluster where there is one, ..."""

SMALL: dict[str, object] = {
    **TINY,
    "select": ["digits_mlp1_relu_mean", "digits_cnn"],
    "corpora": {
        **TINY["corpora"],  # type: ignore[dict-item]
        "persian": {"demo": {"kind": "persian", "lectures": 4, "clips": 6}, "max_rejected": 0.2},
    },
    "demo_models": {
        "tiny_whisper": {"sentences": {"fa": 6, "zh": 6, "en": 6}, "ctc_steps": 2, "steps": 2}
    },
    "experiments": {
        **TINY["experiments"],  # type: ignore[dict-item]
        "persian_finetuned": {"train": {"demo": {"epochs": 1}}},
    },
}


def shown() -> Iterator[str]:
    """Yield the commands of all documents, without comments."""
    for name in DOCUMENTS:
        text = (ROOT / name).read_text()
        for block in _SHELL_BLOCK.findall(text):
            yield from (line.split("  #")[0].strip() for line in block.splitlines() if line)
        yield from _INLINE.findall(_SHELL_BLOCK.sub("", text))


def test_every_command_that_is_shown_is_tested() -> None:
    known = {*COMMANDS, *ELSEWHERE}
    assert {command for command in shown() if command not in known} == set()


@pytest.mark.parametrize(("command", "where"), ELSEWHERE.items())
def test_other_commands_run_elsewhere(command: str, where: str) -> None:
    option = command.split()[-1]
    assert option in (ROOT / where).read_text()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with an environment, whose own configuration is small."""
    folder = new_project(tmp_path_factory.mktemp("readme") / "checkout").folder
    for name in ("Makefile", "README.md", "pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in ("tests/conftest.py", "tests/unit/test_errors.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    plain = yaml.safe_load((folder / "config.yaml").read_text())
    (folder / "config.yaml").write_text(yaml.safe_dump(merged(plain, SMALL)))
    (folder / "tiny.yaml").unlink()
    _link_environment(folder / ".venv")
    _write_inputs(folder)
    return folder


def _link_environment(venv: Path) -> None:
    """Put this interpreter's environment where the Makefile expects one."""
    venv.mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (venv / name).symlink_to(Path(sys.prefix) / name)
    (venv / "ready").touch()


def _write_inputs(folder: Path) -> None:
    """Write what the commands name: recordings, an overlay, a talk, a local model, an archive."""
    audio_mnist = recordings(folder / "AudioMNIST", speakers=5)
    (overlay,) = re.findall(
        r"```yaml\n(data: real\ncorpora:\n  digits:\n    sources: .*?)```",
        (ROOT / "README.md").read_text(),
        re.DOTALL,
    )
    assert "/path/to/AudioMNIST" in overlay
    (folder / "mine.yaml").write_text(overlay.replace("/path/to/AudioMNIST", str(audio_mnist)))
    talk = np.random.default_rng(0).normal(0, 0.1, 32000)
    soundfile.write(folder / "talk.mp3", talk, 16000)
    (folder / "talks").mkdir()
    soundfile.write(folder / "talks/talk.mp3", talk, 16000)
    for name in ("whisper-small", "whisper-medium"):
        small_whisper(folder / "models" / name)
    real = yaml.safe_load((folder / "config/real.yaml").read_text())
    real["select"] = ["digits_mlp1_relu_mean"]
    (folder / "config/real.yaml").write_text(yaml.safe_dump(real))
    archive = folder / "recordings/audio-mnist"
    archive.parent.mkdir()
    shutil.make_archive(str(archive), "zip", folder, "AudioMNIST")


@pytest.mark.parametrize(("command", "leaves"), COMMANDS.items())
def test_a_command_runs_as_it_is_shown(checkout: Path, command: str, leaves: str | None) -> None:
    if leaves and command.startswith("snakemake"):
        (checkout / leaves).unlink(missing_ok=True)
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=checkout,
        env=_environment(checkout),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert leaves is None or (checkout / leaves).is_file()


def test_the_package_can_be_installed_and_imported(checkout: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv/bin/python"
    install = [python, "-m", *"pip install --quiet --no-deps .".split()]
    subprocess.run(install, cwd=checkout, check=True)
    code = "import resound; from resound.config import renamed; print(resound.__file__)"
    done = subprocess.run([python, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert "site-packages" in done.stdout, done.stderr
    templates = list((tmp_path / "venv").rglob("resound/report/templates/*.html"))
    assert len(templates) == len(list((ROOT / "resound/report/templates").glob("*.html")))


def _environment(checkout: Path) -> Mapping[str, str]:
    """Return an activated environment: offline, with few tests and another home."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {
        **os.environ,
        "PATH": path,
        "HOME": str(checkout / "home"),
        "RESOUND_OFFLINE": "1",
        "PYTEST_ADDOPTS": "-q tests/unit/test_errors.py",
    }
