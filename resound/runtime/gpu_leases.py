"""Leases of GPUs: a device belongs to one job at a time, or to so many as may share it.

A lease is a lock on a file that stands for the device, by its UUID, in one folder for all jobs of
the machine, from whatever checkout and user they come. It ends with its process, however that ends:
nothing is to be tidied up, and none is ever lost.

The locks are POSIX record locks. They belong to the process alone: a forked worker does not inherit
them, so one that outlives its job keeps no device (as it would by `flock`, which goes with the
descriptor). For the same reason a process loses them as soon as it closes any descriptor of the
file, so a file that holds a lease is opened once and stays open.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from resound.runtime.gpus import Gpu

# Not where TMPDIR says, which may differ between users and jobs: all must meet in one folder.
FOLDER = Path("/tmp/resound-gpus")

# The bytes that stand for a whole device. A slot is an equal share of them, so that a job which
# wants a device for itself and jobs that would share it exclude each other.
_BYTES = 2**40


class NoneFree(Exception):
    """No device can be leased, for this reason."""


@dataclass(frozen=True)
class Lease:
    """What a job holds of a device."""

    gpu: Gpu
    slot: int
    """Which share of the device, from 0."""
    slots: int
    """How many jobs may share the device."""


_held: tuple[Lease, int] | None = None


def lease() -> Lease | None:
    """What this process holds."""
    return _held[0] if _held else None


def take(gpus: Sequence[Gpu], slots: int) -> Lease:
    """Lease a slot of the device with the fewest holders, the first of `gpus` among equals.

    At most `slots` jobs share a device. A process that holds a lease already keeps that one.
    Raises NoneFree where all are taken; a device whose lock cannot be had counts as taken.
    """
    global _held
    if _held:
        return _held[0]
    troubles: list[str] = []
    try:
        with _one_at_a_time():
            _held = _emptiest(gpus, slots, troubles)
    except OSError as error:
        raise NoneFree(f"no GPU can be leased: {error}") from error
    if not _held:
        raise NoneFree("; ".join([_all_taken(len(gpus), slots), *troubles]))
    return _held[0]


def _emptiest(gpus: Sequence[Gpu], slots: int, troubles: list[str]) -> tuple[Lease, int] | None:
    """The lease of a slot and its open file, if one is free; adds what failed to `troubles`.

    Locks all that is free and keeps one, so others must not look meanwhile.
    """
    files: dict[Gpu, int] = {}
    free: dict[Gpu, list[int]] = {}
    try:
        for gpu in gpus:
            try:
                files[gpu] = _open(gpu.uuid)
                free[gpu] = [slot for slot in range(slots) if _lock(files[gpu], slot, slots)]
            except OSError as error:
                troubles.append(f"the lock of {gpu.uuid} cannot be had: {error}")
        # Of equals `max` gives the first.
        emptiest = max(free, key=lambda gpu: len(free[gpu]), default=None)
        if not emptiest or not free[emptiest]:
            return None
        slot, *others = free[emptiest]
        file = files.pop(emptiest)
        for other in others:
            _unlock(file, other, slots)
        return Lease(emptiest, slot, slots), file
    finally:
        for file in files.values():
            os.close(file)


def release() -> None:
    """Give back what this process holds, if anything."""
    global _held
    if _held:
        os.close(_held[1])
        _held = None


def _all_taken(gpus: int, slots: int) -> str:
    which = f"all {gpus} GPUs are" if gpus > 1 else "the only GPU is"
    return f"{which} taken" if slots == 1 else f"{which} taken ({slots} places on each)"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait until no other process looks for a device."""
    file = _open("choosing")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _lock(file: int, slot: int, slots: int) -> bool:
    """Lock a slot; False where another process holds some of it."""
    first, length = _place(slot, slots)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, first)
    except (BlockingIOError, PermissionError):  # POSIX allows either
        return False
    return True


def _unlock(file: int, slot: int, slots: int) -> None:
    first, length = _place(slot, slots)
    fcntl.lockf(file, fcntl.LOCK_UN, length, first)


def _place(slot: int, slots: int) -> tuple[int, int]:
    first, end = slot * _BYTES // slots, (slot + 1) * _BYTES // slots
    return first, end - first


def _open(name: str) -> int:
    """Open a file of the folder, both made where they are not there; raises OSError."""
    path = FOLDER / name.replace("/", "_")
    mask = os.umask(0)  # whoever makes a file, any user can lock it
    try:
        with suppress(FileExistsError):
            FOLDER.mkdir(mode=0o1777)
        while True:
            # Apart, for in a sticky folder Linux may refuse O_CREAT on a file of another user.
            with suppress(FileNotFoundError):
                return os.open(path, os.O_RDWR | os.O_NOFOLLOW)
            with suppress(FileExistsError):
                # The sticky bit tells systemd-tmpfiles to leave an old file alone: where it went
                # under a job, the next would lock a new one.
                return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o1666)
    finally:
        os.umask(mask)
