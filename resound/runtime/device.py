"""Select the device that a job computes on."""

import os
import re
from functools import partial

from resound.runtime import gpu_leases
from resound.runtime.gpus import NoGpu, installed, visible
from resound.runtime.progress import Progress


def device_for(gpus: int, gpus_per_device: int, progress: Progress) -> str:
    """Return `cuda` for a job that requested a GPU and gets one, else `cpu`; reports the reason.

    The job leases one device until it ends, and may share it with `gpus_per_device` - 1 others
    (`resound.runtime.gpu_leases`); `cuda` then is that device. A GPU that SLURM allocated to this
    job alone needs no lease. Must be called before anything initialises CUDA, which reads
    CUDA_VISIBLE_DEVICES only once.
    """
    if not gpus:
        return "cpu"
    log = partial(print, flush=True)
    try:
        gpu = _allocated_by_slurm() or _leased(gpus_per_device)
    except NoGpu as reason:
        return _cpu(f"no GPU available, running on the CPU ({reason})", log)
    except gpu_leases.NoFreeGpu as reason:
        return _cpu(f"{reason}: running on the CPU", progress)
    import torch

    if not torch.cuda.is_available():
        gpu_leases.release()
        return _cpu(f"PyTorch {torch.__version__} cannot use {gpu}: running on the CPU", progress)
    log(f"running on {gpu}")
    return "cuda"


def _cpu(message: str, report: Progress) -> str:
    # A library must not use a GPU that this job does not hold.
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    report(message)
    return "cpu"


def _allocated_by_slurm() -> str | None:
    """Describe the GPU that SLURM allocated to this job alone.

    Returns None outside SLURM, and in an allocation of several GPUs that jobs share. Raises NoGpu
    if SLURM allocated none.
    """
    if "SLURM_JOB_ID" not in os.environ:
        return None
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if listed is None:
        allocated = any(os.environ.get(name) for name in ("SLURM_STEP_GPUS", "SLURM_JOB_GPUS"))
    else:
        # Without a GPU, SLURM may set the variable to -1 or NoDevFiles.
        allocated = bool(re.match(r"\d|GPU-|MIG-", listed))
    if not allocated:
        raise NoGpu("SLURM allocated none to this job")
    return None if listed and "," in listed else "the GPU that SLURM allocated"


def _leased(gpus_per_device: int) -> str:
    """Lease a device, hide all others from CUDA and describe it; raises NoGpu or NoFreeGpu."""
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    gpus = visible(installed(), listed)
    if not gpus:
        raise NoGpu(f"CUDA_VISIBLE_DEVICES={listed} shows none")
    try:
        lease = gpu_leases.acquire(gpus, gpus_per_device)
    except gpu_leases.NoFreeGpu as reason:
        slots = len(gpus) * gpus_per_device
        hint = f"with --resources gpu={slots}, jobs of one run wait for each other"
        raise gpu_leases.NoFreeGpu(f"{reason} ({hint})") from reason
    os.environ["CUDA_VISIBLE_DEVICES"] = lease.gpu.uuid
    number = "" if lease.gpu.index is None else f" {lease.gpu.index}"
    slot = f", slot {lease.slot + 1} of {lease.slots}" if lease.slots > 1 else ""
    return f"GPU{number}, {lease.gpu.name} ({lease.gpu.uuid}{slot})"
