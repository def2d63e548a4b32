"""Normalisers of texts, by name: references and hypotheses are compared after normalisation."""

from collections.abc import Callable, Sequence
from typing import Literal

from resound.data import english_normaliser, persian_normaliser

NormaliserName = Literal["persian", "english"]

_VERSIONS = {"persian": persian_normaliser.VERSION, "english": english_normaliser.VERSION}
_FUNCTIONS = {"persian": persian_normaliser.normalise, "english": english_normaliser.normalise}


def normaliser_version(name: NormaliserName) -> str:
    """Return name and version of a normaliser; metrics of other versions are not comparable."""
    return _VERSIONS[name]


def normaliser(name: str) -> Callable[[str], str]:
    """Return the function of a normaliser, by its name or by its name and version."""
    return _FUNCTIONS[name.partition("-")[0]]


def normalised(name: str, texts: Sequence[str]) -> list[str]:
    """Return texts as the normaliser `name` writes them."""
    return list(map(normaliser(name), texts))
