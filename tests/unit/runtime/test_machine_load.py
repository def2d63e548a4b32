"""The load of the machine: that of other processes, not that of the measurement."""

import os
import time
from pathlib import Path

import pytest

from resound.runtime import machine_load
from resound.runtime.machine_load import MachineLoad


def write_statistics(path: Path, busy_s: float) -> None:
    """Write the first lines of `/proc/stat` of a machine that was busy for some seconds."""
    ticks = round(busy_s * os.sysconf("SC_CLK_TCK"))
    path.write_text(f"cpu  {ticks - 60} 10 20 9999 7777 10 10 10 5 5\ncpu0 1 1 1 1 1 1 1 1 0 0\n")


@pytest.fixture
def statistics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "stat"
    monkeypatch.setattr(machine_load, "_STATISTICS", path)
    monkeypatch.setattr(os, "getloadavg", lambda: (2.5, 1.0, 1.0))
    monkeypatch.setattr(time, "perf_counter", iter([100.0, 110.0]).__next__)
    return path


@pytest.mark.parametrize(("busy_s", "other"), [(40.0, 3.0), (10.0, 0.0), (9.0, 0.0)])
def test_own_time_is_not_that_of_others(
    statistics: Path, monkeypatch: pytest.MonkeyPatch, busy_s: float, other: float
) -> None:
    """In ten seconds this process uses 4 s and its children 6 s."""
    own = iter([(1.0, 0.0, 2.0, 0.0, 50.0), (4.0, 1.0, 7.0, 1.0, 60.0)])
    monkeypatch.setattr(os, "times", own.__next__)
    write_statistics(statistics, 500)
    load = MachineLoad()
    write_statistics(statistics, 500 + busy_s)
    assert load.facts() == {"load_average": 2.5, "other_cores": other}


def test_a_system_without_statistics_reports_none(statistics: Path) -> None:
    assert MachineLoad().facts()["other_cores"] is None


@pytest.mark.skipif(not Path("/proc/stat").is_file(), reason="needs /proc/stat")
def test_this_machine_reports_its_load() -> None:
    load = MachineLoad()
    end = time.perf_counter() + 0.2
    while time.perf_counter() < end:
        pass
    facts = load.facts()
    assert facts["load_average"] is not None
    assert facts["other_cores"] is not None
    assert 0 <= facts["other_cores"] <= (os.cpu_count() or 1) + 1
