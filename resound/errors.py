"""The one error that is meant for the person who runs the pipeline."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Something the user can mend: what is wrong, where, and what to do about it.

    Shown as its message alone, without a traceback.
    """


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint to the closest known word (`; did you mean 'x'?`), or the list of known ones."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known: {', '.join(names)}" if names else ""
