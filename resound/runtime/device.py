"""Which device a job computes on."""

import os
import re
from functools import partial

from resound.runtime import gpu_leases
from resound.runtime.gpus import NoGpu, installed, visible
from resound.runtime.progress import Progress


def device_for(gpus: int, gpus_per_device: int, progress: Progress) -> str:
    """`cuda` for a job that was given a GPU and gets one, else `cpu`, saying why.

    The job leases one device, which it may share with `gpus_per_device` - 1 others, until it ends
    (`resound.runtime.gpu_leases`), and `cuda` is that one; a GPU that SLURM gave to it alone needs no
    lease. To be called before anything asks CUDA, which looks only once which devices there are.
    """
    if not gpus:
        return "cpu"
    log = partial(print, flush=True)
    try:
        on = _given_by_slurm() or _leased(gpus_per_device)
    except NoGpu as reason:
        return _cpu(f"no GPU here: runs on the CPU ({reason})", log)
    except gpu_leases.NoneFree as reason:
        return _cpu(f"{reason}: runs on the CPU", progress)
    import torch

    if not torch.cuda.is_available():
        gpu_leases.release()
        return _cpu(f"PyTorch {torch.__version__} cannot use {on}: runs on the CPU", progress)
    log(f"runs on {on}")
    return "cuda"


def _cpu(line: str, say: Progress) -> str:
    # What is not this job's should not be found by a library either.
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    say(line)
    return "cpu"


def _given_by_slurm() -> str | None:
    """What SLURM gave this job alone, in words.

    None outside SLURM, and for a job that runs beside others in an allocation of several GPUs.
    Raises NoGpu where SLURM gave none.
    """
    if "SLURM_JOB_ID" not in os.environ:
        return None
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if listed is None:
        given = any(os.environ.get(name) for name in ("SLURM_STEP_GPUS", "SLURM_JOB_GPUS"))
    else:
        # Where SLURM gave none it may have written -1 or NoDevFiles.
        given = bool(re.match(r"\d|GPU-|MIG-", listed))
    if not given:
        raise NoGpu("SLURM gave this job none")
    return None if listed and "," in listed else "the GPU that SLURM gave"


def _leased(gpus_per_device: int) -> str:
    """Lease a device and let CUDA see no other; raises NoGpu or NoneFree."""
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    gpus = visible(installed(), listed)
    if not gpus:
        raise NoGpu(f"CUDA_VISIBLE_DEVICES={listed} shows none")
    try:
        lease = gpu_leases.take(gpus, gpus_per_device)
    except gpu_leases.NoneFree as reason:
        places = len(gpus) * gpus_per_device
        hint = f"with --resources gpu={places} jobs of one run wait for each other"
        raise gpu_leases.NoneFree(f"{reason} ({hint})") from reason
    os.environ["CUDA_VISIBLE_DEVICES"] = lease.gpu.uuid
    number = "" if lease.gpu.index is None else f" {lease.gpu.index}"
    share = f", place {lease.slot + 1} of {lease.slots}" if lease.slots > 1 else ""
    return f"GPU{number}, {lease.gpu.name} ({lease.gpu.uuid}{share})"
