"""Texts as a pretrained model's tokens: a row a token, its number and which text it is of."""

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
    """The tokens of one text, or of both as a pair, with the model's marks around them."""

    kind: Literal["tokens"]
    """A row a token."""
    pretrained: str
    """Whose tokenizer: one of `pretrained`."""
    fields: Fields = field(default_factory=lambda: ["premise", "hypothesis"])
    """Which texts of a pair."""
    prepare: list[Step] = field(default_factory=list)
    """What is done to the texts before, in this order."""
    longest: Positive = 128
    """Tokens at most; where there are more, the longer text loses its end."""

    width = 2


def extract(
    configuration: Settings, texts: Sequence[tuple[str, ...]], tokenizer: Any
) -> list[NDArray[np.int32]]:
    """The tokens of each item: shape (tokens, 2), the number and 0 or 1 for the text."""
    first, *others = (list(column) for column in zip(*texts))
    told = tokenizer(
        first,
        others[0] if others else None,
        truncation=True,
        max_length=configuration.longest,
        return_token_type_ids=True,
        return_attention_mask=False,
    )
    return [
        np.array([numbers, kinds], np.int32).T
        for numbers, kinds in zip(told["input_ids"], told["token_type_ids"], strict=True)
    ]
