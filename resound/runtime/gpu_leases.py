"""Leases of GPUs: each device is held by one job at a time, or by as many as may share it.

A lease is a lock on a file that represents the device, named by its UUID, in one folder for all
jobs of the machine, of any checkout and user. It ends with its process, however that ends: there
is nothing to clean up, and no lease is ever lost.

The locks are POSIX record locks. They belong to the process alone: a forked worker does not inherit
them, so a worker that outlives its job holds no device (as it would with `flock`, which belongs to
the open file). For the same reason a process loses them as soon as it closes any descriptor of the
file, so a file that holds a lease is opened once and stays open.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from resound.runtime.gpus import Gpu

# Not in TMPDIR, which may differ between users and jobs: all jobs must use the same folder.
FOLDER = Path("/tmp/resound-gpus")

# The bytes that represent a whole device. A slot is an equal part of them, so a job that wants a
# device for itself and jobs that would share it exclude each other.
_BYTES = 2**40


class NoFreeGpu(Exception):
    """No device can be leased; the message is the reason."""


@dataclass(frozen=True)
class Lease:
    """The part of a device that a job holds."""

    gpu: Gpu
    slot: int
    """The number of the slot, from 0."""
    slots: int
    """How many jobs may share the device."""


_current: tuple[Lease, int] | None = None
"""The lease of this process and its open file."""


def current_lease() -> Lease | None:
    """Return the lease that this process holds."""
    return _current[0] if _current else None


def acquire(gpus: Sequence[Gpu], slots: int) -> Lease:
    """Lease a slot of the device with the fewest holders, the first of `gpus` on a tie.

    At most `slots` jobs share a device. A process that already holds a lease keeps it. Raises
    NoFreeGpu if all are taken; a device whose lock file cannot be opened counts as taken.
    """
    global _current
    if _current:
        return _current[0]
    failures: list[str] = []
    try:
        with _exclusive_choice():
            _current = _lock_emptiest(gpus, slots, failures)
    except OSError as error:
        raise NoFreeGpu(f"no GPU can be leased: {error}") from error
    if not _current:
        raise NoFreeGpu("; ".join([_all_taken(len(gpus), slots), *failures]))
    return _current[0]


def _lock_emptiest(
    gpus: Sequence[Gpu], slots: int, failures: list[str]
) -> tuple[Lease, int] | None:
    """Return the lease of a free slot and its open file; appends errors to `failures`.

    Locks all free slots and keeps one, so no other process may choose at the same time.
    """
    files: dict[Gpu, int] = {}
    free: dict[Gpu, list[int]] = {}
    try:
        for gpu in gpus:
            try:
                files[gpu] = _open(gpu.uuid)
                free[gpu] = [slot for slot in range(slots) if _lock(files[gpu], slot, slots)]
            except OSError as error:
                failures.append(f"the lock of {gpu.uuid} cannot be opened: {error}")
        # On a tie `max` returns the first.
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
    """Release the lease that this process holds, if any."""
    global _current
    if _current:
        os.close(_current[1])
        _current = None


def _all_taken(gpus: int, slots: int) -> str:
    subject = f"all {gpus} GPUs are" if gpus > 1 else "the only GPU is"
    return f"{subject} taken" if slots == 1 else f"{subject} taken ({slots} slots on each)"


@contextmanager
def _exclusive_choice() -> Iterator[None]:
    """Wait until no other process is choosing a device, and keep others from choosing."""
    file = _open("choosing")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _lock(file: int, slot: int, slots: int) -> bool:
    """Lock a slot; return False if another process holds any part of it."""
    first, length = _byte_range(slot, slots)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, first)
    except (BlockingIOError, PermissionError):  # POSIX allows either
        return False
    return True


def _unlock(file: int, slot: int, slots: int) -> None:
    first, length = _byte_range(slot, slots)
    fcntl.lockf(file, fcntl.LOCK_UN, length, first)


def _byte_range(slot: int, slots: int) -> tuple[int, int]:
    """Return the first byte and the number of bytes of a slot."""
    first, end = slot * _BYTES // slots, (slot + 1) * _BYTES // slots
    return first, end - first


def _open(name: str) -> int:
    """Open a file of the folder, creating both if they do not exist; raises OSError."""
    path = FOLDER / name.replace("/", "_")
    mask = os.umask(0)  # any user can lock a file, whoever created it
    try:
        with suppress(FileExistsError):
            FOLDER.mkdir(mode=0o1777)
        while True:
            # Opened without O_CREAT first, because in a sticky folder Linux may refuse O_CREAT on
            # a file of another user.
            with suppress(FileNotFoundError):
                return os.open(path, os.O_RDWR | os.O_NOFOLLOW)
            with suppress(FileExistsError):
                # The sticky bit keeps systemd-tmpfiles from deleting an old file: if it vanished
                # while a job holds it, the next job would lock a new file.
                return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o1666)
    finally:
        os.umask(mask)
