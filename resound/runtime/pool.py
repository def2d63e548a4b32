"""Distribute work over cores: a process pool, a thread pool, or neither."""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import islice
from typing import Literal, TypeVar

from threadpoolctl import threadpool_limits

Pool = Literal["process", "thread", "none"]
T = TypeVar("T")
R = TypeVar("R")


def spread(
    function: Callable[[T], R], tasks: Sequence[T], pool: Pool = "process", workers: int = 1
) -> Iterator[R]:
    """Yield `function(task)` for each task, in the order of `tasks`.

    Each worker limits BLAS to one thread, so `workers` is the number of busy cores. With one
    worker, or `pool="none"`, everything runs in this process. An exception in a worker is raised
    here, and tasks that have not started are cancelled. Only a few tasks per worker are ahead of
    what was yielded, so that results which wait take little memory.
    """
    with threadpool_limits(1):
        if pool == "none" or workers == 1 or len(tasks) <= 1:
            yield from map(function, tasks)
            return
        workers = min(workers, len(tasks))
        executor = _executor(pool, workers)
        try:
            remaining = iter(tasks)
            pending = deque(executor.submit(function, t) for t in islice(remaining, 4 * workers))
            while pending:
                result = pending.popleft().result()
                pending.extend(executor.submit(function, task) for task in islice(remaining, 1))
                yield result
        finally:
            executor.shutdown(cancel_futures=True)


def _executor(pool: Pool, workers: int) -> Executor:
    if pool == "thread":
        return ThreadPoolExecutor(workers)
    # fork shares imported modules with the workers; a stage starts no threads before its pool.
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    return ProcessPoolExecutor(
        workers, mp_context=context, initializer=threadpool_limits, initargs=(1,)
    )
