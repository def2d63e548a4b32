"""What a Whisper decoder is to say: the tokens of language and task, then the text."""

from typing import Any

SPECIAL = "<|{}|>"
IGNORED = -100
"""The label that no loss counts."""


def labels(tokenizer: Any, language: str, task: str, text: str) -> list[int]:
    """The tokens after the start of a transcript, its end included: no times are asked for."""
    first = [SPECIAL.format(name) for name in (language, task, "notimestamps")]
    pieces = tokenizer(text, add_special_tokens=False).input_ids
    return [*tokenizer.convert_tokens_to_ids(first), *pieces, tokenizer.eos_token_id]
