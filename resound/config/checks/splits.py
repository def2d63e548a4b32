"""Checks of splits."""

from collections.abc import Iterator

from resound.config.checks.mistakes import Mistake
from resound.data.splits import Split


def mistakes(split: Split) -> Iterator[Mistake]:
    """Whether the settings of a split fit together."""
    if problem := split.problem():
        yield (), problem


def no_validation(name: str, split: Split) -> str | None:
    """What is wrong with a split for those that choose by its validation part, if anything."""
    return None if split.has_validation else f"split '{name}' has no `validation` part to choose by"
