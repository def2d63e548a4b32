"""Texts as tokens of a pretrained model: one row per token, its number and its text (0 or 1)."""

from collections.abc import Sequence
from dataclasses import field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from resound.data.persian_text import Step
from resound.features.common.texts import Fields, TextConfiguration
from resound.settings import Positive, settings


@settings
class Settings(TextConfiguration):
    """The tokens of one text, or of both as a pair, with the model's special tokens."""

    kind: Literal["tokens"]
    """One row per token."""
    pretrained: str
    """The entry of `pretrained` whose tokenizer is used."""
    fields: Fields = field(default_factory=lambda: ["premise", "hypothesis"])
    """The texts of a pair that are used."""
    prepare: list[Step] = field(default_factory=list)
    """Preprocessing steps, in this order."""
    longest: Positive = 128
    """Largest number of tokens; beyond it the longer text is truncated."""

    width = 2


def extract(
    configuration: Settings, texts: Sequence[tuple[str, ...]], tokenizer: Any
) -> list[NDArray[np.int32]]:
    """Return the tokens of each item, shape (tokens, 2): the number, and 0 or 1 for the text."""
    first, *others = (list(column) for column in zip(*texts))
    encoded = tokenizer(
        first,
        others[0] if others else None,
        truncation=True,
        max_length=configuration.longest,
        return_token_type_ids=True,
        return_attention_mask=False,
    )
    return [
        np.array([numbers, kinds], np.int32).T
        for numbers, kinds in zip(encoded["input_ids"], encoded["token_type_ids"], strict=True)
    ]
