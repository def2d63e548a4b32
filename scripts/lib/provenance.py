"""How a result came about: code, versions, machine, time, memory, size."""

import platform
import resource
import sys
import time
from importlib.metadata import version
from typing import Any

from scripts.lib.checkout import commit

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


def provenance(watch: Stopwatch, device: str, **facts: Any) -> dict[str, Any]:
    """What to keep beside a result; `facts` are the stage's own (parameters, checksums)."""
    return {
        **facts,
        "device": device,
        "seconds": watch.seconds(),
        "peak_memory_mb": round(_peak_memory_mb(), 1),
        "commit": commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: version(name) for name in _PACKAGES},
    }


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
