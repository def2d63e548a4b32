"""The GPUs of this machine, and which of them this process may use."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

_QUERY = "--query-gpu=index,uuid,name,memory.total"
_FORMAT = "--format=csv,noheader,nounits"
# A driver that hangs says nothing for ever; one that wakes a machine's GPUs needs some seconds.
_PATIENCE_S = 60


class NoGpu(Exception):
    """There is no GPU for this process to use, for this reason."""


@dataclass(frozen=True)
class Gpu:
    """A GPU, or an instance of one that is split by MIG."""

    uuid: str
    name: str
    index: int | None = None
    """The number that nvidia-smi gives it, in the order of the PCI bus; an instance has none."""
    memory_mib: int | None = None
    """What nvidia-smi says that it has, if it says so."""


def installed() -> list[Gpu]:
    """The GPUs of this machine in the order of nvidia-smi, which answers faster than torch.

    Raises NoGpu, with the reason, where there are none or nvidia-smi cannot tell.
    """
    try:
        answer = subprocess.run(
            ["nvidia-smi", _QUERY, _FORMAT],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoGpu(f"nvidia-smi cannot be asked: {error}") from error
    said = answer.stdout.strip()
    if answer.returncode != 0:
        raise NoGpu(f"nvidia-smi failed with status {answer.returncode}: {said}")
    found = [gpu for line in said.splitlines() if (gpu := _read(line))]
    if not found:
        raise NoGpu(f"nvidia-smi lists none: {said}")
    return found


def _read(line: str) -> Gpu | None:
    """The GPU that a line of nvidia-smi's table tells of; None for a remark between them."""
    cells = [cell.strip() for cell in line.split(",")]
    if len(cells) != 4 or not cells[0].isdecimal():
        return None
    index, uuid, name, memory = cells
    return Gpu(uuid, name, int(index), int(memory) if memory.isdecimal() else None)


def visible(gpus: Sequence[Gpu], listed: str | None) -> list[Gpu]:
    """Those of `gpus` that `listed`, CUDA_VISIBLE_DEVICES, names, in its order; all for None.

    As CUDA reads it: a UUID may be cut short as long as it names only one, the list ends at the
    first entry that names none, and one that names a device twice names none at all. Numbers are
    nvidia-smi's, which are CUDA's under CUDA_DEVICE_ORDER=PCI_BUS_ID and wherever all GPUs are
    of one model. Instances (MIG) are taken as they are named, for nvidia-smi's table has none.
    """
    if listed is None:
        return list(gpus)
    named: list[Gpu] = []
    for entry in listed.split(","):
        gpu = _named(entry.strip(), gpus)
        if gpu is None:
            break
        if gpu in named:
            return []
        named.append(gpu)
    return named


def _named(entry: str, gpus: Sequence[Gpu]) -> Gpu | None:
    if entry.startswith("MIG-"):
        return Gpu(entry, "MIG instance")
    if entry.isdecimal():
        matches = [gpu for gpu in gpus if gpu.index == int(entry)]
    else:
        matches = [gpu for gpu in gpus if entry.startswith("GPU-") and gpu.uuid.startswith(entry)]
    return matches[0] if len(matches) == 1 else None
