"""Retries with exponential back-off, time-outs, and the progress of a download."""

import email.utils
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from resound.data.downloads.errors import (
    RetriesExhausted,
    SourceError,
    describe,
    is_transient,
)
from resound.io.disk import format_bytes
from resound.runtime.progress import Progress


@dataclass(frozen=True)
class RetryPolicy:
    """Time-outs, and exponential back-off with jitter."""

    attempts: int = 6
    """How many attempts in a row may fail without receiving new bytes."""
    first_wait_s: float = 1.0
    max_wait_s: float = 120.0
    connect_timeout_s: float = 15.0
    read_timeout_s: float = 60.0
    """Seconds without a byte."""
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    random: Callable[[], float] = random.random
    """Returns a number from 0 to 1, for the jitter."""

    @property
    def timeouts(self) -> tuple[float, float]:
        """The time-outs to connect and to read, in seconds."""
        return self.connect_timeout_s, self.read_timeout_s

    def wait(self, failures: int, error: Exception, progress: Progress) -> None:
        """Sleep before the next attempt: with back-off, or as long as the server requests.

        Raises SourceError if the server requests more than `max_wait_s`.
        """
        seconds = min(self.first_wait_s * 2 ** (failures - 1), self.max_wait_s)
        seconds *= 0.5 + self.random() / 2
        requested = _retry_after(error)
        if requested is not None:
            if requested > self.max_wait_s:
                raise SourceError(
                    f"{describe(error)}; the server accepts no request for {requested:.0f} s",
                    "try again later",
                )
            seconds = max(requested, seconds)
        progress(f"{describe(error)}; retrying in {seconds:.0f} s")
        self.sleep(seconds)


def retry(
    attempt: Callable[[], None],
    received: Callable[[], int],
    policy: RetryPolicy,
    progress: Progress,
) -> None:
    """Call `attempt` until it succeeds or further retries are pointless.

    `received` returns the number of bytes on disk: attempts that add some reset the count of
    failures. Raises RetriesExhausted after too many failures; an error that is not transient is
    raised as it is.
    """
    most, failures = received(), 0
    while True:
        try:
            return attempt()
        except Exception as error:
            if not is_transient(error):
                raise
            failures = 1 if received() > most else failures + 1
            most = max(most, received())
            if failures >= policy.attempts:
                raise RetriesExhausted(describe(error)) from error
            policy.wait(failures, error, progress)


def _retry_after(error: Exception) -> float | None:
    """Return the seconds of the header Retry-After, which holds a number or a date."""
    value = getattr(getattr(error, "response", None), "headers", {}).get("Retry-After", "")
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


class ByteCounter:
    """Reports how much of a file has been received, at most every few seconds."""

    INTERVAL_S = 5.0

    def __init__(self, name: str, progress: Progress, clock: Callable[[], float]) -> None:
        self._name, self._progress, self._clock = name, progress, clock
        self._start = self._last_report = clock()
        self._initial: int | None = None

    def update(self, received: int, total: int | None) -> None:
        """Report that `received` of `total` bytes are on disk, unless the last report is recent."""
        now = self._clock()
        if self._initial is None:
            self._initial = received
        if now - self._last_report < self.INTERVAL_S:
            return
        self._last_report = now
        speed = max(0, received - self._initial) / (now - self._start)
        of_total = f" of {format_bytes(total)} ({received / total:.0%})" if total else ""
        self._progress(f"{self._name}: {format_bytes(received)}{of_total}, {format_bytes(speed)}/s")

    @contextmanager
    def watch(self, folder: Path, total: int | None) -> Iterator[None]:
        """Report the growth of a folder while the block runs, in which a library fills it."""
        finished = threading.Event()

        def report() -> None:
            while not finished.wait(self.INTERVAL_S):
                self.update(folder_size(folder), total)

        watcher = threading.Thread(target=report, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            finished.set()
            watcher.join()


def folder_size(folder: Path) -> int:
    """Return the bytes in the files below a folder, which may change meanwhile."""
    size = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            size += path.stat().st_size if path.is_file() else 0
    return size
