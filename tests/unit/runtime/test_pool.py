"""Work is spread over a pool: in order, on a number of workers, with errors raised here."""

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

POOLS = [("none", 1), ("none", 2), ("process", 1), ("process", 2), ("thread", 1), ("thread", 2)]


def double(number: int) -> int:
    return 2 * number


def process_and_thread(_: int) -> tuple[int, int]:
    return os.getpid(), threading.get_ident()


def blas_threads(_: int) -> int:
    np.dot(np.ones((2, 2)), np.ones((2, 2)))
    pools = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    return max((pool["num_threads"] for pool in pools), default=1)


def fail_at_three(number: int) -> int:
    if number == 3:
        raise UserError("three")
    return number


def write_mark(folder: Path, number: int) -> int:
    if number == 0:
        raise ValueError
    (folder / str(number)).touch()
    return number


@pytest.mark.parametrize(("pool", "workers"), POOLS)
def test_results_come_in_the_order_of_tasks(pool: str, workers: int) -> None:
    assert list(spread(double, range(20), pool, workers)) == list(range(0, 40, 2))
    assert list(spread(double, [], pool, workers)) == []
    assert list(spread(double, [4], pool, workers)) == [8]


@pytest.mark.parametrize(("pool", "workers"), POOLS)
def test_errors_of_workers_are_raised_here(pool: str, workers: int) -> None:
    done = []
    with pytest.raises(UserError, match="three"):
        for result in spread(fail_at_three, range(9), pool, workers):
            done.append(result)
    assert done == [0, 1, 2]


@pytest.mark.parametrize(
    ("pool", "workers", "same_process"),
    [("none", 2, True), ("process", 1, True), ("process", 2, False), ("thread", 2, True)],
)
def test_only_process_pools_use_other_processes(
    pool: str, workers: int, same_process: bool
) -> None:
    pids = {pid for pid, _ in spread(process_and_thread, range(8), pool, workers)}
    assert pids == {os.getpid()} if same_process else os.getpid() not in pids
    assert len(pids) <= workers


def test_thread_pools_use_other_threads() -> None:
    assert threading.get_ident() not in {
        thread for _, thread in spread(process_and_thread, [0, 1], "thread", 2)
    }


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
def test_tasks_that_have_not_started_are_cancelled(tmp_path: Path, pool: str) -> None:
    mark: Callable[[int], int] = partial(write_mark, tmp_path)
    with pytest.raises(ValueError):
        list(spread(mark, range(5000), pool, 2))
    assert len(list(tmp_path.iterdir())) < 4999
