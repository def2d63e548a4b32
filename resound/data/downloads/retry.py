"""How long to wait, how often to try again, and what to say meanwhile."""

import email.utils
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from resound.data.downloads.errors import Failed, NoAnswer, in_words, may_pass
from resound.io.disk import in_words as bytes_in_words


@dataclass(frozen=True)
class Patience:
    """Time-outs, and exponential back-off with jitter."""

    tries: int = 6
    """So many in a row that bring nothing new, and it is given up."""
    first_wait_s: float = 1.0
    longest_wait_s: float = 120.0
    connect_s: float = 15.0
    read_s: float = 60.0
    """Seconds without a byte."""
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random

    @property
    def timeouts(self) -> tuple[float, float]:
        """To connect and to read, in seconds."""
        return self.connect_s, self.read_s

    def wait(self, failures: int, error: Exception, progress: Callable[[str], None]) -> None:
        """Sleep before the next try, as long as the server asks or ever longer.

        Raises Failed if the server asks for more time than there is patience.
        """
        seconds = min(self.first_wait_s * 2 ** (failures - 1), self.longest_wait_s)
        seconds *= 0.5 + self.chance() / 2
        asked = _retry_after(error)
        if asked is not None:
            if asked > self.longest_wait_s:
                raise Failed(f"{in_words(error)}: not before {asked:.0f} s", "try again later")
            seconds = max(asked, seconds)
        progress(f"{in_words(error)}; trying again in {seconds:.0f} s")
        self.sleep(seconds)


def persist(
    attempt: Callable[[], None],
    gained: Callable[[], int],
    patience: Patience,
    progress: Callable[[str], None],
) -> None:
    """Call `attempt` until it ends well, as long as that makes sense.

    `gained` tells how many bytes are here: tries that bring more than ever before do not count.
    Raises NoAnswer after too many others; what cannot pass is raised as it is.
    """
    most, failures = gained(), 0
    while True:
        try:
            return attempt()
        except Exception as error:
            if not may_pass(error):
                raise
            failures = 1 if gained() > most else failures + 1
            most = max(most, gained())
            if failures >= patience.tries:
                raise NoAnswer(in_words(error)) from error
            patience.wait(failures, error, progress)


def _retry_after(error: Exception) -> float | None:
    """Seconds that the server asks to wait: a number of them, or a date."""
    value = getattr(getattr(error, "response", None), "headers", {}).get("Retry-After", "")
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


class ByteCounter:
    """Tells how far a file has come, at most every few seconds."""

    EVERY_S = 5.0

    def __init__(self, name: str, progress: Callable[[str], None], clock: Callable[[], float]):
        self._name, self._announce, self._clock = name, progress, clock
        self._began = self._told = clock()
        self._first: int | None = None

    def at(self, here: int, total: int | None) -> None:
        """So many bytes of so many are here."""
        now = self._clock()
        if self._first is None:
            self._first = here
        if now - self._told < self.EVERY_S:
            return
        self._told = now
        speed = max(0, here - self._first) / (now - self._began)
        share = f" of {bytes_in_words(total)} ({here / total:.0%})" if total else ""
        self._announce(f"{self._name}: {bytes_in_words(here)}{share}, {bytes_in_words(speed)}/s")

    @contextmanager
    def watching(self, folder: Path, total: int | None) -> Iterator[None]:
        """Tell how a folder grows that a library fills while the block runs."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(self.EVERY_S):
                self.at(size_of(folder), total)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()


def size_of(folder: Path) -> int:
    """Bytes in the files below a folder, which may be changing just now."""
    size = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            size += path.stat().st_size if path.is_file() else 0
    return size
