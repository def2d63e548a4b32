"""The error type for problems that the user can fix, and hints for misspelt names."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """A problem that the user can fix; the message says what is wrong, where, and what to do.

    It is shown without a traceback.
    """


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the closest known word (`; did you mean 'x'?`), or all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known: {', '.join(names)}" if names else ""
