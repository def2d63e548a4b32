"""What checks return: mistakes with their keys."""

from collections.abc import Iterable, Iterator

from resound.config import renamed
from resound.config.error_location import Key
from resound.errors import nearest

Mistake = tuple[Key, str]
"""The key at which something is wrong, and what."""


def under(key: Key, mistakes: Iterable[Mistake]) -> Iterator[Mistake]:
    """Yield mistakes of the entry at `key` with their keys in the whole configuration."""
    return (((*key, *at), what) for at, what in mistakes)


def no_such(what: str, name: str, known: Iterable[str], section: str | None = None) -> str:
    """Return that nothing has this name, and which name may be meant.

    With the `section` of such entries, a name that was changed leads to the present one.
    """
    names = list(known)
    new = renamed.name(section, name) if section else None
    hint = f"; it is now '{new}'" if new in names else nearest(name, names)
    return f"there is no {what} '{name}'{hint}"


def on_one_line(mistake: Mistake) -> str:
    """Return a mistake of an entry that another entry names."""
    key, what = mistake
    return f"{'.'.join(map(str, key))}: {what}"
