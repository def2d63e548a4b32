"""Jobs that lease simulated GPUs: processes that acquire a lease, hold it, and may be killed."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from resound.runtime import gpu_leases
from resound.runtime.gpu_leases import Lease
from resound.runtime.gpus import Gpu

# Forked, so that dozens of them start without a new interpreter.
_PROCESSES = multiprocessing.get_context("fork")


def gpus(count: int) -> list[Gpu]:
    return [Gpu(f"GPU-{number}", f"simulated {number}", number) for number in range(count)]


class Job:
    """A process that acquires a lease and holds it until it is ended or killed."""

    def __init__(
        self,
        folder: Path,
        devices: Sequence[Gpu],
        slots: int = 1,
        before: Callable[[], Any] = lambda: None,
        after: Callable[[], Any] = lambda: None,
    ) -> None:
        """Start the process, which calls `before` and `after` around acquiring the lease."""
        self._pipe, child_pipe = _PROCESSES.Pipe()
        self._process = _PROCESSES.Process(
            target=_hold, args=(child_pipe, folder, devices, slots, before, after), daemon=True
        )
        self._process.start()
        child_pipe.close()
        self._result: Lease | str | None = None

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    def has_result_within(self, seconds: float) -> bool:
        return self._pipe.poll(seconds)

    @property
    def result(self) -> Lease | str:
        """The lease, or the reason why there is none."""
        if self._result is None:
            assert self._pipe.poll(30), "the job neither got a lease nor was refused one"
            self._result = self._pipe.recv()
        return self._result

    @property
    def place(self) -> tuple[int | None, int] | None:
        """The number of the device and of the slot, or None without a lease."""
        lease = self.result
        return (lease.gpu.index, lease.slot) if isinstance(lease, Lease) else None

    def end(self) -> None:
        self._pipe.send("end")
        self._process.join()

    def kill(self) -> None:
        if self._process.is_alive():
            os.kill(self.pid, signal.SIGKILL)
        self._process.join()


def _hold(pipe: Any, folder: Path, devices: Any, slots: int, before: Any, after: Any) -> None:
    gpu_leases.FOLDER = folder
    gpu_leases.release()
    before()
    try:
        result: Lease | str = gpu_leases.acquire(devices, slots)
    except gpu_leases.NoFreeGpu as reason:
        result = str(reason)
    after()
    pipe.send(result)
    pipe.recv()
    os._exit(0)


@contextmanager
def running(count: int, *arguments: Any, **options: Any) -> Iterator[list[Job]]:
    """Yield `count` jobs, each started after the one before has its result."""
    jobs: list[Job] = []
    try:
        for _ in range(count):
            jobs.append(Job(*arguments, **options))
            assert jobs[-1].result
        yield jobs
    finally:
        for job in jobs:
            job.kill()
