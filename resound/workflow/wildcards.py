"""Wildcards of rules: their values, and the patterns that constrain them."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Protocol


class Wildcards(Protocol):
    """The values of a job's wildcards."""

    def __getattr__(self, name: str) -> str:
        """Return the value of the wildcard `name`."""


def one_of(names: Iterable[str]) -> str:
    """Return a regular expression that matches exactly these names; without any, nothing.

    It branches letter by letter: a plain alternation of thousands of names is tried name after
    name, for every file of every experiment. Names are of letters, digits and underscores.
    """
    return _branches(sorted(set(names))) or "(?!)"


def _branches(endings: Sequence[str]) -> str:
    """What matches one of these endings of names, which are sorted and differ."""
    by_letter = groupby(endings, key=lambda ending: ending[:1])
    branches = [first and first + _branches([e[1:] for e in group]) for first, group in by_letter]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})" if branches else ""
