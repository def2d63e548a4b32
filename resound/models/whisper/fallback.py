"""Decoding that is repeated at higher temperatures where it seems to fail.

The method is that of `transcribe` in the package openai-whisper: with timestamps, and again at the
next temperature if the text compresses too well (it repeats itself) or its tokens are too
improbable. Where the timestamps end before the recording, the rest is decoded, too. Clips are
decoded one by one, so the text of a clip depends only on the clip, the seed and its number.
"""

import zlib
from typing import Any

import numpy as np
import torch

from resound.arrays import Array
from resound.models.whisper.settings import Fallback


class FallbackDecoder:
    """Decodes single clips with a Whisper model of transformers."""

    def __init__(self, model: Any, tokenizer: Any, settings: Fallback) -> None:
        """Take a model, which is not changed, with its tokenizer."""
        self._model, self._tokenizer = model, tokenizer
        first_timestamp = model.generation_config.no_timestamps_token_id + 1
        self._options: dict[str, Any] = {
            "temperature": tuple(settings.temperatures),
            "compression_ratio_threshold": settings.max_compression_ratio,
            "logprob_threshold": settings.min_log_probability,
            "no_speech_threshold": settings.max_no_speech,
            "condition_on_prev_tokens": settings.condition_on_previous,
            # A demo model has no tokens for timestamps.
            "return_timestamps": model.config.vocab_size > first_timestamp,
            "num_beams": 1,
            # Samples are drawn from all tokens; transformers' default is the 50 most probable.
            "top_k": 0,
        }
        # Where transformers differs: it compresses token numbers, while the threshold is of texts,
        # and it lets all windows but the first be longer.
        self._replaced: dict[str, Any] = {
            "_retrieve_compression_ratio": self._compression_ratio,
            "_set_max_new_tokens_and_length": _set_greatest_length,
        }

    def text(self, rows: Array, language: str, task: str, seed: tuple[int, ...]) -> str:
        """Return the text of a clip from its feature rows, shape (frames, mels).

        As in openai-whisper, frames after the end of the clip are zero. `seed` makes what is
        sampled reproducible.
        """
        torch.manual_seed(int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]))
        image = torch.from_numpy(np.ascontiguousarray(rows.T[np.newaxis]))
        image = image.to(self._model.device, self._model.dtype)
        for name, method in self._replaced.items():
            setattr(self._model, name, method)
        try:
            tokens = self._model.generate(image, language=language, task=task, **self._options)
        finally:
            for name in self._replaced:
                delattr(self._model, name)
        return self._decode(tokens[0])

    def _compression_ratio(self, tokens: torch.Tensor, vocabulary: int) -> float:
        return compression_ratio(self._decode(tokens))

    def _decode(self, tokens: torch.Tensor) -> str:
        # The end is the first special token of the vocabulary; timestamps come last. A character
        # whose bytes are on both sides of a timestamp is joined.
        end = self._tokenizer.eos_token_id
        text: str = self._tokenizer.decode([token for token in tokens.tolist() if token < end])
        return text.strip()


def _set_greatest_length(
    config: Any, decoder_input_ids: torch.Tensor, generation_config: Any
) -> None:
    """Let a text have half as many tokens as the decoder has positions, after its prompt."""
    positions = config.max_target_positions
    generation_config.max_length = min(decoder_input_ids.shape[-1] + positions // 2, positions)


def compression_ratio(text: str) -> float:
    """Return by which factor zlib compresses a text in UTF-8."""
    data = text.encode()
    return len(data) / len(zlib.compress(data))
