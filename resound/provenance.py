"""How a result was produced: code, versions, machine, time, memory and use of the GPU.

This module depends on nothing else in the package.
"""

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
    "numpy scipy soundfile av soxr torch transformers peft scikit-learn jiwer sacrebleu".split()
)


class Stopwatch:
    """Measures the time since its construction."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def seconds(self) -> float:
        """Return the elapsed wall-clock time in seconds."""
        return round(time.perf_counter() - self._start, 3)


def provenance(
    watch: Stopwatch, device: str, utilisation: float | None = None, **facts: Any
) -> dict[str, Any]:
    """Return the provenance that is stored beside a result.

    `facts` are specific to the stage (parameters, checksums). For a GPU the peak memory of its
    tensors is included, and `utilisation` is the mean percentage of time that it was busy; None on
    a CPU, or if `nvidia-smi` is not installed.
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


def combine_costs(last: Mapping[str, Any], first: Mapping[str, Any]) -> dict[str, Any]:
    """Return the total cost of two stages on devices of the same kind, from their provenance."""
    stages = (last, first)
    sampled = [stage for stage in stages if stage["utilisation"] is not None]
    sampled_seconds = sum(stage["seconds"] for stage in sampled)
    busy = sum(stage["utilisation"] * stage["seconds"] for stage in sampled)
    device_memory = [stage["peak_device_memory_mb"] for stage in stages]
    return {
        "seconds": round(sum(stage["seconds"] for stage in stages), 3),
        "peak_memory_mb": max(stage["peak_memory_mb"] for stage in stages),
        "peak_device_memory_mb": max((mb for mb in device_memory if mb is not None), default=None),
        "utilisation": round(busy / sampled_seconds, 1) if sampled_seconds else None,
    }


def _device_name(device: str) -> str:
    """Return the name of the GPU or of the processor."""
    if device == "cuda":
        import torch

        return torch.cuda.get_device_name()
    cpu_info = Path("/proc/cpuinfo")
    lines = cpu_info.read_text().splitlines() if cpu_info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _peak_device_memory_mb(device: str) -> float | None:
    """Return the peak memory of tensors, without what the allocator caches."""
    if device != "cuda":
        return None
    import torch

    return round(torch.cuda.max_memory_allocated() / 2**20, 1)


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def commit() -> str:
    """Return the checkout's commit, with `+` if it has changes; empty outside a checkout."""
    command = ["git", "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"]
    described = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    return described.stdout.strip()
