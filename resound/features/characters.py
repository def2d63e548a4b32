"""Texts as their characters: a row a code point, for models that count words and letters."""

from collections.abc import Sequence
from dataclasses import field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from resound.data.persian_text import Step
from resound.features.common.texts import Fields, TextConfiguration
from resound.settings import settings

BETWEEN = "\n"
"""What stands between two texts of a pair."""


@settings
class Settings(TextConfiguration):
    """The characters of one text, or of both."""

    kind: Literal["characters"]
    """A row a character."""
    fields: Fields
    """Which texts of a pair: `[hypothesis]` shows what can be told without the premise."""
    prepare: list[Step] = field(default_factory=list)
    """What is done to the texts before, in this order."""

    width = 1


def extract(
    configuration: Settings, texts: Sequence[tuple[str, ...]], tokenizer: Any
) -> list[NDArray[np.int32]]:
    """The code points of each item: shape (characters, 1)."""
    joined = [BETWEEN.join(parts) for parts in texts]
    return [np.array([ord(char) for char in text], np.int32).reshape(-1, 1) for text in joined]


def text_of(rows: NDArray[Any]) -> str:
    """The text whose characters are `rows`."""
    return "".join(map(chr, rows[:, 0]))
