"""The GPUs of this machine, and which of them this process may use."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

_QUERY = "--query-gpu=index,uuid,name,memory.total"
_FORMAT = "--format=csv,noheader,nounits"
# A driver that hangs never answers; one that initialises a machine's GPUs takes some seconds.
_TIMEOUT_S = 60


class NoGpu(Exception):
    """There is no GPU that this process can use; the message is the reason."""


@dataclass(frozen=True)
class Gpu:
    """A GPU, or a MIG instance of one."""

    uuid: str
    name: str
    index: int | None = None
    """Its number in nvidia-smi, in the order of the PCI bus; None for a MIG instance."""
    memory_mib: int | None = None
    """Its memory, if nvidia-smi reports it."""


def installed() -> list[Gpu]:
    """Return the GPUs of this machine in the order of nvidia-smi, which starts faster than torch.

    Raises NoGpu, with the reason, if there are none or nvidia-smi fails.
    """
    try:
        process = subprocess.run(
            ["nvidia-smi", _QUERY, _FORMAT],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoGpu(f"nvidia-smi cannot be run: {error}") from error
    output = process.stdout.strip()
    if process.returncode != 0:
        raise NoGpu(f"nvidia-smi failed with status {process.returncode}: {output}")
    gpus = [gpu for line in output.splitlines() if (gpu := _parse(line))]
    if not gpus:
        raise NoGpu(f"nvidia-smi lists none: {output}")
    return gpus


def _parse(line: str) -> Gpu | None:
    """Return the GPU that a line of nvidia-smi's table describes; None for any other line."""
    cells = [cell.strip() for cell in line.split(",")]
    if len(cells) != 4 or not cells[0].isdecimal():
        return None
    index, uuid, name, memory = cells
    return Gpu(uuid, name, int(index), int(memory) if memory.isdecimal() else None)


def visible(gpus: Sequence[Gpu], listed: str | None) -> list[Gpu]:
    """Return those of `gpus` that CUDA_VISIBLE_DEVICES, `listed`, names, in its order.

    None means that the variable is not set: all are visible. The list is read as CUDA does: a
    UUID may be abbreviated as long as it is unique, the list ends at the first entry that matches
    no device, and a list with a device twice is empty. Numbers are nvidia-smi's, which are CUDA's
    under CUDA_DEVICE_ORDER=PCI_BUS_ID and wherever all GPUs are of one model. MIG instances are
    used as they are named, because nvidia-smi's table does not list them.
    """
    if listed is None:
        return list(gpus)
    selected: list[Gpu] = []
    for entry in listed.split(","):
        gpu = _match(entry.strip(), gpus)
        if gpu is None:
            break
        if gpu in selected:
            return []
        selected.append(gpu)
    return selected


def _match(entry: str, gpus: Sequence[Gpu]) -> Gpu | None:
    if entry.startswith("MIG-"):
        return Gpu(entry, "MIG instance")
    if entry.isdecimal():
        matches = [gpu for gpu in gpus if gpu.index == int(entry)]
    else:
        matches = [gpu for gpu in gpus if entry.startswith("GPU-") and gpu.uuid.startswith(entry)]
    return matches[0] if len(matches) == 1 else None
