"""What else a machine computes while something is timed on it."""

import os
import time
from pathlib import Path

_STATISTICS = Path("/proc/stat")


class MachineLoad:
    """The load of the machine before a measurement, and that of other processes during it."""

    def __init__(self) -> None:
        self._load_average = _load_average()
        self._start = time.perf_counter()
        self._busy, self._own = _busy_seconds(), _own_seconds()

    def facts(self) -> dict[str, float | None]:
        """Return `load_average` and `other_cores`; None where the system does not report it.

        `load_average` is the mean number of processes that ran or waited for a core in the minute
        before the measurement. `other_cores` is the mean number of cores that other processes than
        this one and its finished children kept busy since then.
        """
        busy, elapsed = _busy_seconds(), time.perf_counter() - self._start
        other = None
        if busy is not None and self._busy is not None:
            own = _own_seconds() - self._own
            # The system counts in hundredths of a second, so a difference may be below zero.
            other = round(max(0.0, busy - self._busy - own) / elapsed, 2)
        return {"load_average": self._load_average, "other_cores": other}


def _load_average() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None


def _busy_seconds() -> float | None:
    """Return the seconds that all cores together were busy since the machine started.

    These are the columns `user`, `nice`, `system`, `irq`, `softirq` and `steal` of proc(5); time
    of guests is part of `user`. None on a system other than Linux.
    """
    if not _STATISTICS.is_file():
        return None
    user, nice, system, _idle, _waiting, irq, softirq, steal = map(
        int, _STATISTICS.read_text().split()[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    """Return the processor time of this process and of its children that have ended."""
    return sum(os.times()[:4])
