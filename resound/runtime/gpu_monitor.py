"""Utilisation of a GPU while a stage runs, sampled twice a second by `nvidia-smi`."""

import atexit
import ctypes
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from statistics import fmean
from tempfile import TemporaryFile

_INTERVAL_MS = 500


class Utilisation:
    """Samples the utilisation of a GPU from construction until `mean` is called.

    The sampling process ends with this one, however it ends.
    """

    def __init__(self, uuid: str | None) -> None:
        """Start sampling the GPU with this `uuid` (such as `GPU-5f...`); None samples nothing."""
        self._sampler: subprocess.Popen[bytes] | None = None
        self._samples = TemporaryFile("w+")  # noqa: SIM115 (open as long as it is written to)
        if uuid is None:
            return
        query = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"]
        command = ["nvidia-smi", *query, "-i", uuid, "-lms", str(_INTERVAL_MS)]
        try:
            self._sampler = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._samples,
                stderr=subprocess.DEVNULL,
                preexec_fn=_die_with_parent(),
            )
        except OSError:
            return  # nvidia-smi is not installed
        atexit.register(self._end)

    @classmethod
    def of(cls, device: str) -> "Utilisation":
        """Sample the GPU of this process if `device` is `cuda`, else nothing."""
        if device != "cuda":
            return cls(None)
        import torch

        return cls(f"GPU-{torch.cuda.get_device_properties().uuid}")

    def mean(self) -> float | None:
        """End the sampling and return the mean in percent; None without samples."""
        self._end()
        self._samples.seek(0)
        # A GPU without this counter prints `[N/A]`; the last line may be incomplete.
        lines = self._samples.read().split("\n")[:-1]
        samples = [float(line) for line in lines if line.strip().isdigit()]
        return round(fmean(samples), 1) if samples else None

    def _end(self) -> None:
        if self._sampler is not None and self._sampler.poll() is None:
            self._sampler.terminate()
            self._sampler.wait()
        atexit.unregister(self._end)


def _die_with_parent() -> Callable[[], object] | None:
    """Return a function that makes the kernel end the process that calls it with its parent."""
    if sys.platform != "linux":
        return None
    set_death_signal = 1  # PR_SET_PDEATHSIG
    return partial(ctypes.CDLL(None).prctl, set_death_signal, signal.SIGTERM)
