"""Memory and time of a job, which grow with its input and with every attempt."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Resource = Callable[[Any, Iterable[Any], int], int]
"""Called by Snakemake with a job's wildcards, its input files and the number of its attempt."""


def scaled(base: int, per_mb: float = 0) -> Resource:
    """Return a resource: `base`, and `per_mb` for each MB of input, as often as the job was tried.

    A retry asks for as much again: twice as much, then three times as much.
    """

    def resource(wildcards: Any, input: Iterable[Any], attempt: int) -> int:
        return attempt * (base + (round(per_mb * _megabytes(input)) if per_mb else 0))

    return resource


def either(applies: Callable[[Any], bool], first: Resource, second: Resource) -> Resource:
    """Return a resource that is `first` for jobs whose wildcards it `applies` to, else `second`."""

    def resource(wildcards: Any, input: Iterable[Any], attempt: int) -> int:
        return (first if applies(wildcards) else second)(wildcards, input, attempt)

    return resource


def _megabytes(files: Iterable[Any]) -> float:
    """The size of local files; Snakemake's own `size_mb` starts an event loop for every job."""
    return sum(Path(file).stat().st_size for file in files) / 2**20
