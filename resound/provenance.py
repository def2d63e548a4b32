"""How a result came about: code, versions, machine, time, memory, use of the GPU, size."""

import platform
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
_PACKAGES = (
    "numpy scipy soundfile soxr torch transformers peft scikit-learn jiwer sacrebleu".split()
)


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def seconds(self) -> float:
        """Wall-clock seconds."""
        return round(time.perf_counter() - self._start, 3)


def provenance(
    watch: Stopwatch, device: str, utilisation: float | None = None, **facts: Any
) -> dict[str, Any]:
    """What to keep beside a result; `facts` are the stage's own (parameters, checksums).

    Of a GPU also the most memory that its tensors took, and, its mean `utilisation`, percent of
    the time it was at work; None on a CPU, or where `nvidia-smi` is missing.
    """
    return {
        **facts,
        "device": device,
        "device_name": _device_name(device),
        "seconds": watch.seconds(),
        "peak_memory_mb": round(_peak_memory_mb(), 1),
        "peak_device_memory_mb": _peak_device_memory_mb(device),
        "utilisation": utilisation,
        "commit": commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: version(name) for name in _PACKAGES},
    }


def costs_together(last: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """What two stages on devices of the same kind cost, of the provenance of each."""
    both = (last, before)
    watched = [one for one in both if one["utilisation"] is not None]
    seconds = sum(one["seconds"] for one in watched)
    busy = sum(one["utilisation"] * one["seconds"] for one in watched)
    device_memory = [one["peak_device_memory_mb"] for one in both]
    return {
        "seconds": round(sum(one["seconds"] for one in both), 3),
        "peak_memory_mb": max(one["peak_memory_mb"] for one in both),
        "peak_device_memory_mb": max((mb for mb in device_memory if mb is not None), default=None),
        "utilisation": round(busy / seconds, 1) if seconds else None,
    }


def _device_name(device: str) -> str:
    """Of the GPU or the processor."""
    if device == "cuda":
        import torch

        return torch.cuda.get_device_name()
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _peak_device_memory_mb(device: str) -> float | None:
    """The most that tensors took at a time, without what the allocator keeps for later."""
    if device != "cuda":
        return None
    import torch

    return round(torch.cuda.max_memory_allocated() / 2**20, 1)


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def commit() -> str:
    """The checkout's commit, `+` where it has changes; empty outside a checkout."""
    command = ["git", "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"]
    described = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    return described.stdout.strip()
