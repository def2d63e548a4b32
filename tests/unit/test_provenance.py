"""What a run cost is kept beside it: the device, its memory, how busy it was."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from resound.provenance import Stopwatch, costs_together, provenance
from resound.runtime.gpu_monitor import Utilisation

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
ROOT = Path(__file__).resolve().parents[2]


def fake_nvidia_smi(folder: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> Path:
    """A program of that name that prints `lines` and stays; gives where it notes its call."""
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


def wait_for(found: Any) -> None:
    """Until `found()`, for half a minute at most."""
    for _ in range(600):
        if found():
            return
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_samples_are_averaged_and_the_sampler_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = fake_nvidia_smi(tmp_path, monkeypatch, ["10", "20", "[N/A]", "45"])
    busy = Utilisation("GPU-5f")
    wait_for(note.exists)
    process, *call = note.read_text().split()
    query = "--query-gpu=utilization.gpu --format=csv,noheader,nounits"
    assert " ".join(call) == f"{query} -i GPU-5f -lms 500"
    assert is_running(int(process))
    # The last line, a 1 that may have become a hundred, is not counted.
    assert busy.mean() == 25.0
    assert not is_running(int(process))
    assert busy.mean() == 25.0


def test_nothing_is_said_where_nothing_is_sampled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = fake_nvidia_smi(tmp_path / "some", monkeypatch, ["[N/A]"])
    unknown = Utilisation("GPU-5f")
    wait_for(note.exists)
    assert unknown.mean() is None
    assert Utilisation.of("cpu").mean() is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Utilisation("GPU-5f").mean() is None


@pytest.mark.skipif(sys.platform != "linux", reason="needs the kernel's death signal")
@pytest.mark.parametrize("how", [signal.SIGKILL, None])
def test_the_sampler_dies_with_its_job(
    how: signal.Signals | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = fake_nvidia_smi(tmp_path, monkeypatch, ["10"])
    # Other systems have no death signal: there it is what a process does at its exit.
    last = "input()" if how else "raise SystemExit(1)"
    code = f"""
import pathlib, sys, time
{"" if how else "sys.platform = 'another'"}
from resound.runtime.gpu_monitor import Utilisation
busy = Utilisation("GPU-5f")
while not pathlib.Path({str(note)!r}).exists():
    time.sleep(0.01)
{last}
"""
    job = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE)
    wait_for(note.exists)
    sampler = int(note.read_text().split()[0])
    if how:
        assert is_running(sampler)
        job.send_signal(how)
    job.wait()
    wait_for(lambda: not is_running(sampler))


def test_a_cpu_has_a_name_and_no_memory_of_its_own() -> None:
    made = provenance(Stopwatch(), "cpu", Utilisation.of("cpu"), seed=3)
    assert (made["device"], made["seed"]) == ("cpu", 3)
    assert made["device_name"]
    assert made["peak_device_memory_mb"] is None
    assert made["utilisation"] is None


def test_a_gpu_is_named_with_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "NVIDIA H100 80GB HBM3")
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 3 * 2**19)
    busy: Any = SimpleNamespace(mean=lambda: 61.5)
    made = provenance(Stopwatch(), "cuda", busy)
    assert made["device_name"] == "NVIDIA H100 80GB HBM3"
    assert (made["peak_device_memory_mb"], made["utilisation"]) == (1.5, 61.5)


def cost(seconds: float, memory: float, device: float | None, busy: float | None) -> dict[str, Any]:
    return {
        "seconds": seconds,
        "peak_memory_mb": memory,
        "peak_device_memory_mb": device,
        "utilisation": busy,
    }


@pytest.mark.parametrize(
    ("last", "before", "both"),
    [
        (cost(10, 5, 7, 20), cost(30, 4, 9, 80), cost(40, 5, 9, 65)),
        (cost(10, 5, None, None), cost(30, 6, None, None), cost(40, 6, None, None)),
        (cost(10, 5, 7, None), cost(30, 4, 3, 80), cost(40, 5, 7, 80)),
    ],
)
def test_two_stages_cost_what_both_do(
    last: dict[str, Any], before: dict[str, Any], both: dict[str, Any]
) -> None:
    assert costs_together(last, before) == both


@needs_gpu
def test_a_real_gpu_tells_all() -> None:
    busy = Utilisation.of("cuda")
    factors = torch.rand(4096, 4096, device="cuda")
    end = time.monotonic() + 3
    while time.monotonic() < end:
        factors = torch.nn.functional.normalize(factors @ factors)
        torch.cuda.synchronize()
    made = provenance(Stopwatch(), "cuda", busy)
    assert made["device_name"] == torch.cuda.get_device_name()
    assert made["peak_device_memory_mb"] >= 4096 * 4096 * 4 / 2**20
    assert made["utilisation"] is None or 0 < made["utilisation"] <= 100
