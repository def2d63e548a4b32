"""The utilisation of a GPU is sampled while a job runs, and the sampler ends with the job."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from resound.runtime.gpu_monitor import Utilisation

ROOT = Path(__file__).resolve().parents[3]


def install_nvidia_smi(folder: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> Path:
    """Install an nvidia-smi that prints `lines` and keeps running.

    Returns the path to which it writes its process number and arguments.
    """
    folder.mkdir(exist_ok=True)
    program, note = folder / "nvidia-smi", folder / "note"
    printed = "".join(f"echo '{line}'\n" for line in lines)
    program.write_text(
        f"#!/bin/sh\n{printed}printf 1\necho $$ $* > {note}.part; mv {note}.part {note}\n"
        "exec sleep 60\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return note


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until `condition()` is true, at most half a minute."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("the condition did not become true")


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_samples_are_averaged_and_the_sampler_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = install_nvidia_smi(tmp_path, monkeypatch, ["10", "20", "[N/A]", "45"])
    utilisation = Utilisation("GPU-5f")
    wait_for(note.exists)
    process, *arguments = note.read_text().split()
    query = "--query-gpu=utilization.gpu --format=csv,noheader,nounits"
    assert " ".join(arguments) == f"{query} -i GPU-5f -lms 500"
    assert is_running(int(process))
    # The last line, a 1 that may be the start of 100, is not counted.
    assert utilisation.mean() == 25.0
    assert not is_running(int(process))
    assert utilisation.mean() == 25.0


def test_without_samples_there_is_no_mean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = install_nvidia_smi(tmp_path / "some", monkeypatch, ["[N/A]"])
    utilisation = Utilisation("GPU-5f")
    wait_for(note.exists)
    assert utilisation.mean() is None
    assert Utilisation.of("cpu").mean() is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Utilisation("GPU-5f").mean() is None


@pytest.mark.skipif(sys.platform != "linux", reason="needs the kernel's death signal")
@pytest.mark.parametrize("kill_signal", [signal.SIGKILL, None])
def test_the_sampler_ends_with_its_job(
    kill_signal: signal.Signals | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = install_nvidia_smi(tmp_path, monkeypatch, ["10"])
    # Systems without a death signal rely on what a process does at its exit.
    last_line = "input()" if kill_signal else "raise SystemExit(1)"
    code = f"""
import pathlib, sys, time
{"" if kill_signal else "sys.platform = 'another'"}
from resound.runtime.gpu_monitor import Utilisation
utilisation = Utilisation("GPU-5f")
while not pathlib.Path({str(note)!r}).exists():
    time.sleep(0.01)
{last_line}
"""
    job = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE)
    wait_for(note.exists)
    sampler = int(note.read_text().split()[0])
    if kill_signal:
        assert is_running(sampler)
        job.send_signal(kill_signal)
    job.wait()
    wait_for(lambda: not is_running(sampler))
