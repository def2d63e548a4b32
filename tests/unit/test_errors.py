"""Hints to the nearest known word."""

import pytest

from resound.errors import nearest


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("spliit", ["split", "seed"], "; did you mean 'split'?"),
        ("split", ["splits", "split"], "; did you mean 'split'?"),
        ("xyz", ["b", "a"], "; known: a, b"),
        ("xyz", [], ""),
    ],
)
def test_hints_name_the_nearest_word_or_all(word: str, known: list[str], hint: str) -> None:
    assert nearest(word, known) == hint
    assert nearest(word, dict.fromkeys(known)) == hint
