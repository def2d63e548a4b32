"""The English normaliser: what Radford et al. (2022), appendix C, says that it does."""

import pytest

from resound.data.english_normaliser import normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Diagnosis was discouraging; however,", "the diagnosis was discouraging however"),
        ("We're sure he won't.", "we are sure he will not"),
        ("two hundred and three colours", "203 colors"),
        ("Mr. Smith, uh, paid [laughter] $20 million", "mister smith paid $20000000"),
        ("grade-equivalent", "grade equivalent"),
        ("", ""),
    ],
)
def test_texts_that_say_the_same_are_equal(text: str, expected: str) -> None:
    assert normalise(text) == expected
