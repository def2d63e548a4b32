"""Jobs that lease simulated GPUs: processes that ask, hold what they get, and are killed."""

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

# Forked, so that dozens of them cost no start of an interpreter.
_PROCESSES = multiprocessing.get_context("fork")


def gpus(count: int) -> list[Gpu]:
    return [Gpu(f"GPU-{number}", f"simulated {number}", number) for number in range(count)]


class Job:
    """A process of its own that takes a lease and keeps it until it is ended or killed."""

    def __init__(
        self,
        folder: Path,
        devices: Sequence[Gpu],
        slots: int = 1,
        before: Callable[[], Any] = lambda: None,
        after: Callable[[], Any] = lambda: None,
    ) -> None:
        """`before` and `after` taking the lease the process calls these."""
        self._here, there = _PROCESSES.Pipe()
        self._process = _PROCESSES.Process(
            target=_hold, args=(there, folder, devices, slots, before, after), daemon=True
        )
        self._process.start()
        there.close()
        self._answer: Lease | str | None = None

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    def answers_within(self, seconds: float) -> bool:
        return self._here.poll(seconds)

    @property
    def answer(self) -> Lease | str:
        """The lease, or the reason why there is none."""
        if self._answer is None:
            assert self._here.poll(30), "the job neither got a lease nor was refused one"
            self._answer = self._here.recv()
        return self._answer

    @property
    def place(self) -> tuple[int | None, int] | None:
        """The number of the device and the slot, if any."""
        held = self.answer
        return (held.gpu.index, held.slot) if isinstance(held, Lease) else None

    def end(self) -> None:
        self._here.send("end")
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
        answer: Lease | str = gpu_leases.take(devices, slots)
    except gpu_leases.NoneFree as reason:
        answer = str(reason)
    after()
    pipe.send(answer)
    pipe.recv()
    os._exit(0)


@contextmanager
def running(count: int, *asked: Any, **options: Any) -> Iterator[list[Job]]:
    """So many jobs, started one after another, each after the answer to the one before."""
    jobs: list[Job] = []
    try:
        for _ in range(count):
            jobs.append(Job(*asked, **options))
            assert jobs[-1].answer
        yield jobs
    finally:
        for job in jobs:
            job.kill()
