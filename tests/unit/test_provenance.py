"""The cost of a run is stored beside its results: device, memory, utilisation."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from resound.provenance import Stopwatch, combine_costs, provenance
from resound.runtime.gpu_monitor import Utilisation

ROOT = Path(__file__).resolve().parents[2]
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


def test_a_cpu_has_a_name_and_no_device_memory() -> None:
    facts = provenance(Stopwatch(), "cpu", Utilisation.of("cpu").mean(), seed=3)
    assert (facts["device"], facts["seed"]) == ("cpu", 3)
    assert facts["device_name"]
    assert facts["peak_device_memory_mb"] is None
    assert facts["utilisation"] is None


def test_a_gpu_has_a_name_and_device_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "NVIDIA H100 80GB HBM3")
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 3 * 2**19)
    facts = provenance(Stopwatch(), "cuda", 61.5)
    assert facts["device_name"] == "NVIDIA H100 80GB HBM3"
    assert (facts["peak_device_memory_mb"], facts["utilisation"]) == (1.5, 61.5)


def cost(
    seconds: float, memory: float, device_memory: float | None, utilisation: float | None
) -> dict[str, Any]:
    return {
        "seconds": seconds,
        "peak_memory_mb": memory,
        "peak_device_memory_mb": device_memory,
        "utilisation": utilisation,
    }


@pytest.mark.parametrize(
    ("last", "first", "total"),
    [
        (cost(10, 5, 7, 20), cost(30, 4, 9, 80), cost(40, 5, 9, 65)),
        (cost(10, 5, None, None), cost(30, 6, None, None), cost(40, 6, None, None)),
        (cost(10, 5, 7, None), cost(30, 4, 3, 80), cost(40, 5, 7, 80)),
    ],
)
def test_costs_of_two_stages_are_combined(
    last: dict[str, Any], first: dict[str, Any], total: dict[str, Any]
) -> None:
    assert combine_costs(last, first) == total


def test_it_imports_nothing_else_of_the_package() -> None:
    module = "resound.provenance"
    program = f"import sys, {module}; print(*(m for m in sys.modules if m.startswith('resound')))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["resound", module]


@needs_gpu
def test_a_real_gpu_is_described() -> None:
    utilisation = Utilisation.of("cuda")
    factors = torch.rand(4096, 4096, device="cuda")
    end = time.monotonic() + 3
    while time.monotonic() < end:
        factors = torch.nn.functional.normalize(factors @ factors)
        torch.cuda.synchronize()
    facts = provenance(Stopwatch(), "cuda", utilisation.mean())
    assert facts["device_name"] == torch.cuda.get_device_name()
    assert facts["peak_device_memory_mb"] >= 4096 * 4096 * 4 / 2**20
    assert facts["utilisation"] is None or 0 < facts["utilisation"] <= 100
