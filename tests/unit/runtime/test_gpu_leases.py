"""Leases of GPUs: a device never has too many holders, and no lease is ever lost."""

import os
import random
import signal
import stat
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count, pairwise
from pathlib import Path

import pytest

from resound.runtime import gpu_leases
from resound.runtime.gpu_leases import Lease, NoFreeGpu
from resound.runtime.gpus import Gpu
from tests.helpers.jobs import Job, gpus, running

Place = tuple[str, int]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(gpu_leases, "FOLDER", tmp_path / "locks")
    yield tmp_path / "locks"
    gpu_leases.release()


def run_job(journal: int, devices: Sequence[Gpu], slots: int, seed: int) -> None:
    """Wait for a lease, hold it for a while, and log when it was certainly held."""

    def log(event: str, place: str = "") -> None:
        os.write(journal, f"{os.getpid()} {event} {time.monotonic_ns()} {place}\n".encode())

    while True:
        try:
            lease = gpu_leases.acquire(devices, slots)
            break
        except NoFreeGpu:
            time.sleep(0.002)
    log("begin", f"{lease.gpu.uuid} {lease.slot}")
    time.sleep(random.Random(seed).uniform(0, 0.05))
    log("end")


def times_held(journal: Path, killed: dict[int, int]) -> dict[Place, list[tuple[int, int]]]:
    """Return when each place was held, in order, from the journal and the times of killing.

    A process that has not ended holds its place until now.
    """
    starts: dict[int, tuple[int, Place]] = {}
    ends = dict(killed)
    for line in journal.read_text().splitlines():
        pid, event, time_ns, *place = line.split()
        if event == "begin":
            starts[int(pid)] = int(time_ns), (place[0], int(place[1]))
        else:
            ends[int(pid)] = int(time_ns)
    held = defaultdict(list)
    for pid, (begin, place_held) in starts.items():
        held[place_held].append((begin, ends.get(pid, time.monotonic_ns())))
    return {place_held: sorted(times) for place_held, times in held.items()}


@pytest.mark.parametrize(("devices", "slots"), [(3, 1), (2, 2)])
def test_a_slot_has_one_holder_at_a_time_even_if_jobs_are_killed(
    folder: Path, tmp_path: Path, devices: int, slots: int
) -> None:
    journal, rng, seeds = tmp_path / "journal", random.Random(1), count()
    file = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    alive: set[int] = set()
    killed: dict[int, int] = {}
    finished = 0

    def start() -> None:
        seed = next(seeds)
        if pid := os.fork():
            alive.add(pid)
            return
        try:
            run_job(file, gpus(devices), slots, seed)
        finally:
            os._exit(0)

    def all_slots_used() -> bool:
        held = times_held(journal, killed)
        return len(held) == devices * slots and all(len(times) > 3 for times in held.values())

    try:
        while not (finished > 50 and all_slots_used()):
            assert finished < 5000, "some slot is hardly ever held"
            while len(alive) < 12:
                start()
            time.sleep(0.01)
            if rng.random() < 0.5:
                victim = rng.choice(sorted(alive))
                # Recorded before the kill, because it holds its slot at least until now.
                killed[victim] = time.monotonic_ns()
                os.kill(victim, signal.SIGKILL)
                os.waitpid(victim, 0)
                alive.remove(victim)
                finished += 1
            for pid in [pid for pid in alive if os.waitpid(pid, os.WNOHANG)[0]]:
                alive.remove(pid)
                finished += 1
    finally:
        for pid in alive:
            killed[pid] = time.monotonic_ns()
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(file)

    held = times_held(journal, killed)
    places = {(gpu.uuid, slot) for gpu in gpus(devices) for slot in range(slots)}
    assert held.keys() == places
    for times in held.values():
        for (_, end), (begin, _) in pairwise(times):
            assert begin >= end
    # No killed job lost a slot.
    with running(devices * slots, folder, gpus(devices), slots) as jobs:
        assert {job.place for job in jobs} == {
            (device, slot) for device in range(devices) for slot in range(slots)
        }
        assert Job(folder, gpus(devices), slots).place is None


def test_a_worker_that_outlives_its_killed_job_keeps_no_device(folder: Path) -> None:
    read, write = os.pipe()

    def leave_a_worker() -> None:
        if (worker := os.fork()) == 0:
            while True:
                signal.pause()
        os.write(write, b"%d" % worker)

    job = Job(folder, gpus(1), after=leave_a_worker)
    assert job.place == (0, 0)
    worker = int(os.read(read, 20))
    try:
        with running(1, folder, gpus(1)) as others:
            assert others[0].place is None
        job.kill()
        os.kill(worker, 0)  # it still runs
        with running(1, folder, gpus(1)) as others:
            assert others[0].place == (0, 0)
    finally:
        os.kill(worker, signal.SIGKILL)
        os.close(read)
        os.close(write)


def test_a_device_is_free_after_its_job_has_ended(folder: Path) -> None:
    job = Job(folder, gpus(1))
    assert job.place == (0, 0)
    job.end()
    with running(1, folder, gpus(1)) as others:
        assert others[0].place == (0, 0)


def test_jobs_use_all_devices_before_they_share_one(folder: Path) -> None:
    with running(5, folder, gpus(2), 2) as jobs:
        assert [job.place for job in jobs] == [(0, 0), (1, 0), (0, 1), (1, 1), None]
        jobs[1].kill()
        jobs[3].kill()
        jobs[0].kill()
        # The second device is empty, the first has one holder.
        with running(2, folder, gpus(2), 2) as later:
            assert [job.place for job in later] == [(1, 0), (0, 0)]


def test_the_order_of_the_list_is_the_order_of_choice(folder: Path) -> None:
    with running(2, folder, gpus(2)[::-1]) as jobs:
        assert [job.place for job in jobs] == [(1, 0), (0, 0)]


def test_a_job_waits_while_another_is_choosing(folder: Path) -> None:
    """A job that chooses briefly locks all free slots, and then keeps only one."""
    locked_read, locked_write = os.pipe()
    go_read, go_write = os.pipe()
    unlock = gpu_leases._unlock

    def delay_unlock() -> None:
        def delayed(*arguments: int) -> None:
            os.write(locked_write, b"locked")
            os.read(go_read, 1)
            unlock(*arguments)

        gpu_leases._unlock = delayed

    first = Job(folder, gpus(1), 2, before=delay_unlock)
    assert os.read(locked_read, 6) == b"locked"
    second = Job(folder, gpus(1), 2)
    second.has_result_within(0.3)  # without waiting, it would find all slots taken
    os.write(go_write, b"!")
    try:
        assert [first.place, second.place] == [(0, 0), (0, 1)]
    finally:
        first.kill()
        second.kill()
        for end in (locked_read, locked_write, go_read, go_write):
            os.close(end)


@pytest.mark.parametrize(("first", "then"), [(1, 2), (2, 1), (1, 3), (3, 2)])
def test_jobs_with_different_numbers_of_slots_exclude_each_other(
    folder: Path, first: int, then: int
) -> None:
    """Two checkouts may configure different numbers of jobs per device; the smaller one wins."""
    with running(first, folder, gpus(1), first) as jobs:
        assert all(job.place for job in jobs)
        with running(1, folder, gpus(1), then) as others:
            assert others[0].place is None


def test_half_a_device_leaves_one_of_three_slots(folder: Path) -> None:
    with running(1, folder, gpus(1), 2), running(2, folder, gpus(1), 3) as others:
        assert [job.place for job in others] == [(0, 2), None]


def test_a_second_call_keeps_the_lease(folder: Path) -> None:
    assert gpu_leases.current_lease() is None
    lease = gpu_leases.acquire(gpus(2)[1:], 1)
    assert lease == Lease(gpus(2)[1], 0, 1) == gpu_leases.current_lease()
    assert gpu_leases.acquire(gpus(2), 1) == lease
    with running(2, folder, gpus(2)) as others:
        assert [job.place for job in others] == [(0, 0), None]
    gpu_leases.release()
    assert gpu_leases.current_lease() is None
    with running(2, folder, gpus(2)) as others:
        assert [job.place for job in others] == [(0, 0), (1, 0)]


def test_the_refusal_names_the_number_of_gpus(folder: Path) -> None:
    with running(2, folder, gpus(2)), pytest.raises(NoFreeGpu, match=r"^all 2 GPUs are taken$"):
        gpu_leases.acquire(gpus(2), 1)
    with running(1, folder, gpus(1)), pytest.raises(NoFreeGpu, match=r"^the only GPU is taken$"):
        gpu_leases.acquire(gpus(1), 1)
    with (
        running(4, folder, gpus(2), 2),
        pytest.raises(NoFreeGpu, match=r"^all 2 GPUs are taken \(2 slots on each\)$"),
    ):
        gpu_leases.acquire(gpus(2), 2)
    assert gpu_leases.current_lease() is None


def test_any_user_may_lock_the_files_of_another(folder: Path) -> None:
    with running(1, folder, gpus(1), before=partial(os.umask, 0o077)):
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o1777
    assert modes == {"choosing": 0o1666, "GPU-0": 0o1666}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be several users")
def test_users_share_one_set_of_leases() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o1777)
        ann, ben = (partial(os.setuid, uid) for uid in (12001, 12002))
        folder = Path(name) / "locks"
        with (
            running(1, folder, gpus(2), before=ann) as of_ann,
            running(2, folder, gpus(2), before=ben) as of_ben,
        ):
            assert [job.place for job in of_ann + of_ben] == [(0, 0), (1, 0), None]


@pytest.mark.parametrize("name", ["GPU-0", "choosing"])
def test_a_lock_that_cannot_be_opened_counts_as_taken(name: str) -> None:
    def drop_privileges() -> None:
        if os.geteuid() == 0:
            os.setuid(12001)

    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o1777)
        folder = Path(place) / "locks"
        with running(1, folder, gpus(2)):
            pass
        (folder / name).chmod(0)
        with running(2, folder, gpus(2), before=drop_privileges) as jobs:
            if name == "GPU-0":
                assert jobs[0].place == (1, 0)
                assert "all 2 GPUs are taken; the lock of GPU-0 cannot be opened" in str(
                    jobs[1].result
                )
            else:
                assert jobs[0].place is None
                assert "no GPU can be leased" in str(jobs[0].result)
            assert "Permission denied" in str(jobs[1].result)


def test_a_folder_that_cannot_be_created_is_reported(folder: Path) -> None:
    folder.write_text("a file")
    with pytest.raises(NoFreeGpu, match=r"no GPU can be leased: .*Not a directory"):
        gpu_leases.acquire(gpus(1), 1)


def test_a_symbolic_link_instead_of_a_lock_is_not_followed(folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    (folder / "GPU-0").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NoFreeGpu, match="the lock of GPU-0 cannot be opened"):
        gpu_leases.acquire(gpus(1), 1)
    assert not (tmp_path / "elsewhere").exists()


def test_a_uuid_with_slashes_is_one_file(folder: Path) -> None:
    gpu_leases.acquire([Gpu("MIG-GPU-1/2/0", "MIG instance")], 1)
    assert (folder / "MIG-GPU-1_2_0").is_file()
