"""Work spread over a pool: in order, on so many workers, failures brought home."""

import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import threadpoolctl

from resound.errors import UserError
from resound.runtime.pool import spread

WAYS = [("none", 1), ("none", 2), ("process", 1), ("process", 2), ("thread", 1), ("thread", 2)]


def double(number: int) -> int:
    return 2 * number


def where(_: int) -> tuple[int, int]:
    return os.getpid(), threading.get_ident()


def blas_threads(_: int) -> int:
    np.dot(np.ones((2, 2)), np.ones((2, 2)))
    pools = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    return max((pool["num_threads"] for pool in pools), default=1)


def fail_at_three(number: int) -> int:
    if number == 3:
        raise UserError("three")
    return number


def leave_a_mark(folder: Path, number: int) -> int:
    if number == 0:
        raise ValueError
    (folder / str(number)).touch()
    return number


@pytest.mark.parametrize(("pool", "workers"), WAYS)
def test_results_come_in_the_order_of_tasks(pool: str, workers: int) -> None:
    assert list(spread(double, range(20), pool, workers)) == list(range(0, 40, 2))
    assert list(spread(double, [], pool, workers)) == []
    assert list(spread(double, [4], pool, workers)) == [8]


@pytest.mark.parametrize(("pool", "workers"), WAYS)
def test_failures_are_raised_here(pool: str, workers: int) -> None:
    done = []
    with pytest.raises(UserError, match="three"):
        for result in spread(fail_at_three, range(9), pool, workers):
            done.append(result)
    assert done == [0, 1, 2]


@pytest.mark.parametrize(
    ("pool", "workers", "here"),
    [("none", 2, True), ("process", 1, True), ("process", 2, False), ("thread", 2, True)],
)
def test_processes_are_others_and_threads_are_not(pool: str, workers: int, here: bool) -> None:
    pids = {pid for pid, _ in spread(where, range(8), pool, workers)}
    assert pids == {os.getpid()} if here else os.getpid() not in pids
    assert len(pids) <= workers


def test_threads_are_others() -> None:
    assert threading.get_ident() not in {thread for _, thread in spread(where, [0, 1], "thread", 2)}


@pytest.mark.parametrize(
    ("pool", "workers"),
    [
        ("none", 1),
        ("process", 2),
        ("thread", 2),
    ],
)
def test_workers_keep_blas_to_one_thread(pool: str, workers: int) -> None:
    with threadpoolctl.threadpool_limits(2):
        assert set(spread(blas_threads, range(4), pool, workers)) == {1}


@pytest.mark.parametrize("pool", ["process", "thread"])
def test_tasks_that_have_not_begun_are_dropped(tmp_path: Path, pool: str) -> None:
    mark: Callable[[int], int] = partial(leave_a_mark, tmp_path)
    with pytest.raises(ValueError):
        list(spread(mark, range(5000), pool, 2))
    assert len(list(tmp_path.iterdir())) < 4999
