"""Texts as characters: one row per code point, for models of word and letter n-grams."""

from collections.abc import Sequence
from dataclasses import field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from resound.data.persian_text import Step
from resound.features.common.texts import Fields, TextConfiguration
from resound.settings import settings

BETWEEN = "\n"
"""Separator of the two texts of a pair."""


@settings
class Settings(TextConfiguration):
    """The characters of one text, or of both."""

    kind: Literal["characters"]
    """One row per character."""
    fields: Fields
    """The texts of a pair that are used: `[hypothesis]` shows what can be predicted without the
    premise."""
    prepare: list[Step] = field(default_factory=list)
    """Preprocessing steps, in this order."""

    width = 1


def extract(
    configuration: Settings, texts: Sequence[tuple[str, ...]], tokenizer: Any
) -> list[NDArray[np.int32]]:
    """Return the code points of each item, shape (characters, 1)."""
    joined = [BETWEEN.join(parts) for parts in texts]
    return [np.array([ord(char) for char in text], np.int32).reshape(-1, 1) for text in joined]


def text_of(rows: NDArray[Any]) -> str:
    """Return the text whose characters are `rows`."""
    return "".join(map(chr, rows[:, 0]))
