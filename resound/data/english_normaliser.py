"""The normaliser of English texts by which Whisper's word error rates are measured.

It is that of Radford et al. (2022), appendix C, in the package whisper-normalizer: lower case, no
punctuation, no fillers, contractions written out, numbers as digits, American spelling.
"""

from functools import cache
from typing import Any

VERSION = "english-1"


@cache
def _normaliser() -> Any:
    from whisper_normalizer.english import EnglishTextNormalizer

    return EnglishTextNormalizer()


def normalise(text: str) -> str:
    """Return `text` as it is compared: "He'll pay £20" becomes "he will pay £20"."""
    return str(_normaliser()(text))
