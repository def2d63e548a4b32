"""Checks of splits."""

from collections.abc import Iterator

from resound.config.checks.mistakes import Mistake
from resound.data.splits import Split


def mistakes(split: Split) -> Iterator[Mistake]:
    """Yield settings of a split that contradict each other."""
    if problem := split.problem():
        yield (), problem


def no_validation(name: str, split: Split) -> str | None:
    """Return what is wrong with a split for choosing by its validation part, if anything."""
    return None if split.has_validation else f"split '{name}' has no `validation` part to choose by"
