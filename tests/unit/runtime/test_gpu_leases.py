"""Leases of GPUs: a device has no more holders than it may, and none is ever lost."""

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
from resound.runtime.gpu_leases import Lease, NoneFree
from resound.runtime.gpus import Gpu
from tests.helpers.jobs import Job, gpus, running

Place = tuple[str, int]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(gpu_leases, "FOLDER", tmp_path / "locks")
    yield tmp_path / "locks"
    gpu_leases.release()


def work(journal: int, devices: Sequence[Gpu], slots: int, seed: int) -> None:
    """Wait for a lease, hold it for a while, and note when for certain it was held."""

    def note(what: str, place: str = "") -> None:
        os.write(journal, f"{os.getpid()} {what} {time.monotonic_ns()} {place}\n".encode())

    while True:
        try:
            lease = gpu_leases.take(devices, slots)
            break
        except NoneFree:
            time.sleep(0.002)
    note("begin", f"{lease.gpu.uuid} {lease.slot}")
    time.sleep(random.Random(seed).uniform(0, 0.05))
    note("end")


def times_held(journal: Path, killed: dict[int, int]) -> dict[Place, list[tuple[int, int]]]:
    """From when to when each place was held, in order, by the journal and the times of killing.

    Who has not ended holds until now.
    """
    begun: dict[int, tuple[int, Place]] = {}
    ended = dict(killed)
    for line in journal.read_text().splitlines():
        pid, what, at, *place = line.split()
        if what == "begin":
            begun[int(pid)] = int(at), (place[0], int(place[1]))
        else:
            ended[int(pid)] = int(at)
    held = defaultdict(list)
    for pid, (begin, where) in begun.items():
        held[where].append((begin, ended.get(pid, time.monotonic_ns())))
    return {where: sorted(times) for where, times in held.items()}


@pytest.mark.parametrize(("devices", "slots"), [(3, 1), (2, 2)])
def test_a_place_has_one_holder_at_a_time_whoever_is_killed(
    folder: Path, tmp_path: Path, devices: int, slots: int
) -> None:
    journal, chance, seeds = tmp_path / "journal", random.Random(1), count()
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
            work(file, gpus(devices), slots, seed)
        finally:
            os._exit(0)

    def enough() -> bool:
        held = times_held(journal, killed)
        return len(held) == devices * slots and all(len(times) > 3 for times in held.values())

    try:
        while not (finished > 50 and enough()):
            assert finished < 5000, "some place is hardly ever held"
            while len(alive) < 12:
                start()
            time.sleep(0.01)
            if chance.random() < 0.5:
                victim = chance.choice(sorted(alive))
                # It held what it held until now at least: only then it is killed.
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
    # Nothing was lost by those who were killed.
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
        os.kill(worker, 0)  # it is there
        with running(1, folder, gpus(1)) as others:
            assert others[0].place == (0, 0)
    finally:
        os.kill(worker, signal.SIGKILL)
        os.close(read)
        os.close(write)


def test_a_device_is_free_when_its_job_has_ended(folder: Path) -> None:
    job = Job(folder, gpus(1))
    assert job.place == (0, 0)
    job.end()
    with running(1, folder, gpus(1)) as others:
        assert others[0].place == (0, 0)


def test_jobs_spread_over_devices_before_they_share_one(folder: Path) -> None:
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


def test_a_job_that_still_chooses_is_waited_for(folder: Path) -> None:
    """Who chooses has locked all that is free for a moment, and will keep only one."""
    told, tell = os.pipe()
    wait, go = os.pipe()
    unlock = gpu_leases._unlock

    def linger() -> None:
        def slowly(*what: int) -> None:
            os.write(tell, b"locked")
            os.read(wait, 1)
            unlock(*what)

        gpu_leases._unlock = slowly

    first = Job(folder, gpus(1), 2, before=linger)
    assert os.read(told, 6) == b"locked"
    second = Job(folder, gpus(1), 2)
    second.answers_within(0.3)  # it would say that all is taken
    os.write(go, b"!")
    try:
        assert [first.place, second.place] == [(0, 0), (0, 1)]
    finally:
        first.kill()
        second.kill()
        for end in (told, tell, wait, go):
            os.close(end)


@pytest.mark.parametrize(("first", "then"), [(1, 2), (2, 1), (1, 3), (3, 2)])
def test_a_job_that_shares_with_fewer_is_not_joined_by_more(
    folder: Path, first: int, then: int
) -> None:
    """Two checkouts may say otherwise how many share a device: the one with fewer is right."""
    with running(first, folder, gpus(1), first) as jobs:
        assert all(job.place for job in jobs)
        with running(1, folder, gpus(1), then) as others:
            assert others[0].place is None


def test_half_a_device_leaves_one_of_three_places(folder: Path) -> None:
    with running(1, folder, gpus(1), 2), running(2, folder, gpus(1), 3) as others:
        assert [job.place for job in others] == [(0, 2), None]


def test_what_is_held_can_be_told_and_is_kept_on_a_second_asking(folder: Path) -> None:
    assert gpu_leases.lease() is None
    taken = gpu_leases.take(gpus(2)[1:], 1)
    assert taken == Lease(gpus(2)[1], 0, 1) == gpu_leases.lease()
    assert gpu_leases.take(gpus(2), 1) == taken
    with running(2, folder, gpus(2)) as others:
        assert [job.place for job in others] == [(0, 0), None]
    gpu_leases.release()
    assert gpu_leases.lease() is None
    with running(2, folder, gpus(2)) as others:
        assert [job.place for job in others] == [(0, 0), (1, 0)]


def test_who_gets_none_is_told_how_many_there_are(folder: Path) -> None:
    with running(2, folder, gpus(2)), pytest.raises(NoneFree, match=r"^all 2 GPUs are taken$"):
        gpu_leases.take(gpus(2), 1)
    with running(1, folder, gpus(1)), pytest.raises(NoneFree, match=r"^the only GPU is taken$"):
        gpu_leases.take(gpus(1), 1)
    with (
        running(4, folder, gpus(2), 2),
        pytest.raises(NoneFree, match=r"^all 2 GPUs are taken \(2 places on each\)$"),
    ):
        gpu_leases.take(gpus(2), 2)
    assert gpu_leases.lease() is None


def test_any_user_may_lock_what_another_has_made(folder: Path) -> None:
    with running(1, folder, gpus(1), before=partial(os.umask, 0o077)):
        made = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o1777
    assert made == {"choosing": 0o1666, "GPU-0": 0o1666}


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
    def nobody() -> None:
        if os.geteuid() == 0:
            os.setuid(12001)

    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o1777)
        folder = Path(place) / "locks"
        with running(1, folder, gpus(2)):
            pass
        (folder / name).chmod(0)
        with running(2, folder, gpus(2), before=nobody) as jobs:
            if name == "GPU-0":
                assert jobs[0].place == (1, 0)
                assert "all 2 GPUs are taken; the lock of GPU-0 cannot be had" in str(
                    jobs[1].answer
                )
            else:
                assert jobs[0].place is None
                assert "no GPU can be leased" in str(jobs[0].answer)
            assert "Permission denied" in str(jobs[1].answer)


def test_a_folder_that_cannot_be_made_is_told(folder: Path) -> None:
    folder.write_text("a file")
    with pytest.raises(NoneFree, match=r"no GPU can be leased: .*Not a directory"):
        gpu_leases.take(gpus(1), 1)


def test_a_link_in_the_place_of_a_lock_is_not_followed(folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    (folder / "GPU-0").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NoneFree, match="the lock of GPU-0 cannot be had"):
        gpu_leases.take(gpus(1), 1)
    assert not (tmp_path / "elsewhere").exists()


def test_a_name_with_a_slash_is_one_file(folder: Path) -> None:
    gpu_leases.take([Gpu("MIG-GPU-1/2/0", "MIG instance")], 1)
    assert (folder / "MIG-GPU-1_2_0").is_file()
