"""How a stage reports its progress."""

from collections.abc import Callable

Progress = Callable[[str], None]
"""Called with one line of text at a time."""


def silent(line: str) -> None:
    """Report nothing."""
