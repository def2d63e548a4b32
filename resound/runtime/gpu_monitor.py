"""How busy a GPU is while a stage runs, as `nvidia-smi` samples it twice a second."""

import atexit
import ctypes
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from statistics import fmean
from tempfile import TemporaryFile

_MILLISECONDS = 500


class Utilisation:
    """Samples from when it is made until its mean is asked for; the sampler dies with its job."""

    def __init__(self, uuid: str | None) -> None:
        """Watch the GPU of this `uuid` (as `GPU-5f...`); None watches nothing."""
        self._child: subprocess.Popen[bytes] | None = None
        self._samples = TemporaryFile("w+")  # noqa: SIM115 (open for as long as there are samples)
        if uuid is None:
            return
        query = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"]
        command = ["nvidia-smi", *query, "-i", uuid, "-lms", str(_MILLISECONDS)]
        try:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._samples,
                stderr=subprocess.DEVNULL,
                preexec_fn=_die_with_parent(),
            )
        except OSError:
            return  # there is no such program
        atexit.register(self._end)

    @classmethod
    def of(cls, device: str) -> "Utilisation":
        """That of this process' GPU, if its device is `cuda`."""
        if device != "cuda":
            return cls(None)
        import torch

        return cls(f"GPU-{torch.cuda.get_device_properties().uuid}")

    def mean(self) -> float | None:
        """The mean in percent; None where nothing was sampled. Ends the sampling."""
        self._end()
        self._samples.seek(0)
        # A GPU of which it is not known says `[N/A]`; the last line may have been cut off.
        lines = self._samples.read().split("\n")[:-1]
        samples = [float(line) for line in lines if line.strip().isdigit()]
        return round(fmean(samples), 1) if samples else None

    def _end(self) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
            self._child.wait()
        atexit.unregister(self._end)


def _die_with_parent() -> Callable[[], object] | None:
    """What a new process does to be ended by the kernel with its parent, however that ends."""
    if sys.platform != "linux":
        return None
    set_death_signal = 1  # PR_SET_PDEATHSIG
    return partial(ctypes.CDLL(None).prctl, set_death_signal, signal.SIGTERM)
