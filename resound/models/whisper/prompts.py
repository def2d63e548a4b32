"""Target tokens of a Whisper decoder: language and task, then the text."""

from typing import Any

SPECIAL = "<|{}|>"
IGNORED = -100
"""The label that the loss ignores."""


def labels(tokenizer: Any, language: str, task: str, text: str) -> list[int]:
    """Return the tokens after the start of a transcript, its end included, without timestamps."""
    first = [SPECIAL.format(name) for name in (language, task, "notimestamps")]
    pieces = tokenizer(text, add_special_tokens=False).input_ids
    return [*tokenizer.convert_tokens_to_ids(first), *pieces, tokenizer.eos_token_id]
