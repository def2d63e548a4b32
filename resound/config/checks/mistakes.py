"""How checks tell what is wrong."""

from collections.abc import Iterable, Iterator

from resound.config.error_location import Key
from resound.errors import nearest

Mistake = tuple[Key, str]
"""The key where it stands, and what is wrong there."""


def under(key: Key, mistakes: Iterable[Mistake]) -> Iterator[Mistake]:
    """The mistakes of what stands at `key`, told from above it."""
    return (((*key, *at), what) for at, what in mistakes)


def no_such(what: str, name: str, known: Iterable[str]) -> str:
    """That nothing has this name, and what is meant perhaps."""
    return f"there is no {what} '{name}'{nearest(name, known)}"
