"""The device of a job, by the machine's GPUs, CUDA_VISIBLE_DEVICES and SLURM."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from resound.runtime import gpu_leases
from resound.runtime.device import device_for
from resound.runtime.gpus import Gpu, NoGpu, installed, visible
from tests.helpers.jobs import running

TWO = """\
0, GPU-11aa, NVIDIA A100-SXM4-40GB, 40960
1, GPU-12bb, NVIDIA T4, 15360
"""
A100 = Gpu("GPU-11aa", "NVIDIA A100-SXM4-40GB", 0, 40960)
T4 = Gpu("GPU-12bb", "NVIDIA T4", 1, 15360)

Smi = Callable[..., None]


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Remove SLURM and GPUs, and use a folder of locks for this test alone."""
    # Set first, so that monkeypatch also undoes what the code sets.
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "SLURM_JOB_GPUS", "SLURM_STEP_GPUS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(gpu_leases, "FOLDER", tmp_path / "locks")
    yield
    gpu_leases.release()


@pytest.fixture
def smi(tmp_path: Path) -> Smi:
    """Return a function that installs an nvidia-smi with a given output and exit status."""

    def install(output: str, status: int = 0) -> None:
        program = tmp_path / "bin" / "nvidia-smi"
        program.parent.mkdir(exist_ok=True)
        program.write_text(
            "#!/bin/sh\n"
            'expected="--query-gpu=index,uuid,name,memory.total --format=csv,noheader,nounits"\n'
            '[ "$*" = "$expected" ] || { echo "unexpected: $*"; exit 2; }\n'
            f"printf '%s' '{output}'\nexit {status}\n"
        )
        program.chmod(0o755)

    return install


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Make torch report CUDA; return the visible devices at each of its checks."""
    visible_at_check: list[str | None] = []

    def is_available() -> bool:
        visible_at_check.append(os.environ.get("CUDA_VISIBLE_DEVICES"))
        return True

    monkeypatch.setattr(torch.cuda, "is_available", is_available)
    return visible_at_check


def test_nvidia_smi_lists_the_gpus(smi: Smi) -> None:
    smi(TWO)
    assert installed() == [A100, T4]


def test_other_lines_and_unknown_memory_do_not_hide_a_gpu(smi: Smi) -> None:
    smi("Warning: persistence mode is off\n0, GPU-5, NVIDIA GB10, [N/A]\n")
    assert installed() == [Gpu("GPU-5", "NVIDIA GB10", 0, None)]


@pytest.mark.parametrize(
    ("output", "status", "reason"),
    [
        ("No devices were found\n", 0, "lists none: No devices were found"),
        ("", 0, "lists none"),
        ("NVIDIA-SMI has failed because", 9, "failed with status 9: NVIDIA-SMI has failed"),
    ],
)
def test_the_reason_for_no_gpu(smi: Smi, output: str, status: int, reason: str) -> None:
    smi(output, status)
    with pytest.raises(NoGpu, match=reason):
        installed()


def test_without_nvidia_smi_there_is_no_gpu() -> None:
    with pytest.raises(NoGpu, match="No such file or directory: 'nvidia-smi'"):
        installed()


def test_an_nvidia_smi_without_permission_to_execute(smi: Smi, tmp_path: Path) -> None:
    smi(TWO)
    (tmp_path / "bin" / "nvidia-smi").chmod(0)
    with pytest.raises(NoGpu, match="Permission denied"):
        installed()


FOUR = [
    Gpu("GPU-11aa", "a", 0),
    Gpu("GPU-12bb", "b", 1),
    Gpu("GPU-12cc", "c", 2),
    Gpu("GPU-3", "d", 3),
]
LISTED: list[tuple[str, list[int]]] = [
    ("0", [0]),
    ("3,1", [3, 1]),
    (" 2 , 0", [2, 0]),
    ("", []),
    ("-1", []),
    ("1,-1,2", [1]),
    ("1,9,2", [1]),
    ("1,,2", [1]),
    ("none", []),
    ("NoDevFiles", []),
    ("0,0", []),
    ("1,2,1", []),
    ("2,-1,2", [2]),
    ("GPU-3", [3]),
    ("GPU-12bb,GPU-11aa", [1, 0]),
    ("GPU-11,GPU-12c", [0, 2]),
    ("GPU-12", []),
    ("GPU-3,GPU-12,GPU-11aa", [3]),
    ("GPU-3,GPU-9,GPU-11aa", [3]),
    ("GPU-3,GPU-3", []),
    ("GPU-12b,GPU-12bb", []),
]


@pytest.mark.parametrize(("listed", "expected"), LISTED)
def test_the_list_of_visible_devices_is_parsed(listed: str, expected: list[int]) -> None:
    assert [gpu.index for gpu in visible(FOUR, listed)] == expected


@pytest.mark.parametrize(("listed", "expected"), LISTED)
def test_torch_parses_the_list_in_the_same_way(
    listed: str, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch predicts which of these devices CUDA sees."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", listed)
    parsed = torch.cuda._parse_visible_devices()
    if parsed and isinstance(parsed[0], str):
        parsed = torch.cuda._transform_uuid_to_ordinals(parsed, [gpu.uuid for gpu in FOUR])
    invalid = [n for n, number in enumerate(parsed) if number >= len(FOUR)]
    assert parsed[: invalid[0] if invalid else None] == expected


def test_without_a_list_all_are_visible() -> None:
    assert visible(FOUR, None) == FOUR


def test_mig_instances_are_devices() -> None:
    listed = "MIG-41b3,MIG-GPU-11aa/1/0"
    assert [gpu.uuid for gpu in visible(FOUR, listed)] == listed.split(",")
    assert visible(FOUR, "MIG-41b3,MIG-41b3") == []


def test_a_job_without_a_gpu_resource_uses_none(smi: Smi, cuda: list[str]) -> None:
    smi(TWO)
    lines: list[str] = []
    assert device_for(0, 1, lines.append) == "cpu"
    assert not lines
    assert not cuda
    assert gpu_leases.current_lease() is None
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


def test_a_job_sees_only_the_device_that_it_leased(
    smi: Smi, cuda: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    smi(TWO)
    with running(1, gpu_leases.FOLDER, [A100, T4]):
        assert device_for(1, 1, pytest.fail) == "cuda"
    # Set before torch checks, because CUDA reads the variable only once.
    assert cuda == ["GPU-12bb"]
    lease = gpu_leases.current_lease()
    assert lease
    assert lease.gpu == T4
    assert capsys.readouterr().out == "running on GPU 1, NVIDIA T4 (GPU-12bb)\n"


def test_a_job_that_shares_a_device_reports_its_slot(
    smi: Smi, cuda: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    smi(TWO)
    with running(2, gpu_leases.FOLDER, [A100, T4], 2):
        assert device_for(1, 2, pytest.fail) == "cuda"
    assert cuda == ["GPU-11aa"]
    assert capsys.readouterr().out.endswith("(GPU-11aa, slot 2 of 2)\n")


def test_only_visible_devices_are_leased(
    smi: Smi, cuda: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    smi(TWO)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert device_for(1, 1, pytest.fail) == "cuda"
    assert cuda == ["GPU-12bb"]
    # Another checkout that numbers the same device differently uses the same lock.
    with running(1, gpu_leases.FOLDER, [Gpu("GPU-12bb", "NVIDIA T4", 0)]) as others:
        assert others[0].place is None


def test_a_lack_of_free_gpus_is_reported(smi: Smi, cuda: list[str]) -> None:
    smi(TWO)
    lines: list[str] = []
    with running(2, gpu_leases.FOLDER, [A100, T4]):
        assert device_for(1, 1, lines.append) == "cpu"
    assert lines == [
        "all 2 GPUs are taken (with --resources gpu=2, jobs of one run wait for each other): "
        "running on the CPU"
    ]
    assert not cuda
    # No library can use a GPU that this job does not hold.
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ""


@pytest.mark.parametrize("listed", [None, "", "-1", "7"])
def test_a_machine_without_gpus_is_reported_only_in_the_log(
    listed: str | None,
    smi: Smi,
    cuda: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    reason = "No such file or directory: 'nvidia-smi'"
    if listed is not None:
        smi(TWO)
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", listed)
        reason = f"(CUDA_VISIBLE_DEVICES={listed} shows none)"
    assert device_for(1, 1, pytest.fail) == "cpu"
    output = capsys.readouterr().out
    assert output.startswith("no GPU available, running on the CPU (")
    assert reason in output
    assert output.count("\n") == 1
    assert not cuda


def test_a_lease_that_torch_cannot_use_is_released(
    smi: Smi, monkeypatch: pytest.MonkeyPatch
) -> None:
    smi(TWO)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    lines: list[str] = []
    assert device_for(1, 1, lines.append) == "cpu"
    (line,) = lines
    assert line.endswith("cannot use GPU 0, NVIDIA A100-SXM4-40GB (GPU-11aa): running on the CPU")
    assert gpu_leases.current_lease() is None
    with running(1, gpu_leases.FOLDER, [A100]) as others:
        assert others[0].place == (0, 0)


@pytest.mark.parametrize(
    "variables",
    [
        {"CUDA_VISIBLE_DEVICES": "1"},
        {"CUDA_VISIBLE_DEVICES": "GPU-12bb"},
        {"CUDA_VISIBLE_DEVICES": "MIG-41b3"},
        {"SLURM_JOB_GPUS": "1"},
        {"SLURM_STEP_GPUS": "1"},
    ],
)
def test_a_gpu_that_slurm_allocated_needs_no_lease(
    variables: dict[str, str], smi: Smi, cuda: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    smi(TWO)
    for name, value in {"SLURM_JOB_ID": "17", **variables}.items():
        monkeypatch.setenv(name, value)
    with running(2, gpu_leases.FOLDER, [A100, T4]):
        assert device_for(1, 1, pytest.fail) == "cuda"
    assert gpu_leases.current_lease() is None
    assert cuda == [variables.get("CUDA_VISIBLE_DEVICES")]


def test_jobs_in_an_allocation_of_several_gpus_lease_one_each(
    smi: Smi, cuda: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    smi(TWO)
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    with running(1, gpu_leases.FOLDER, [A100]):
        assert device_for(1, 1, pytest.fail) == "cuda"
    assert cuda == [T4.uuid]


@pytest.mark.parametrize("listed", [None, "", "-1", "NoDevFiles"])
def test_a_slurm_job_without_a_gpu_runs_on_the_cpu(
    listed: str | None,
    smi: Smi,
    cuda: list[str | None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    smi(TWO)
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    if listed is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", listed)
    assert device_for(1, 1, pytest.fail) == "cpu"
    assert not cuda
    assert capsys.readouterr().out == (
        "no GPU available, running on the CPU (SLURM allocated none to this job)\n"
    )


def test_slurm_variables_outside_a_job_are_ignored(
    smi: Smi, cuda: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    smi(TWO)
    monkeypatch.setenv("SLURM_JOB_GPUS", "1")
    assert device_for(1, 1, pytest.fail) == "cuda"
    assert cuda == ["GPU-11aa"]
