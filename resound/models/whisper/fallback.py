"""Decoding that is repeated at higher temperatures where it seems to fail.

The method is that of `transcribe` in the package openai-whisper: with timestamps, and again at the
next temperature if the text compresses too well (it repeats itself) or its tokens are too
improbable. Where the timestamps end before the recording, the rest is decoded, too, window by
window, whatever its length. Clips are decoded one by one, so the text of a clip depends only on the
clip, the seed and its number.
"""

import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from resound.arrays import Array
from resound.models.whisper.settings import Fallback

REPETITIVE = 2.4
"""A text that zlib compresses by more than this factor repeats itself (Radford et al. 2022)."""


class TimedText(NamedTuple):
    """A text with its times in seconds."""

    start: float
    end: float
    text: str


class FallbackDecoder:
    """Decodes single clips with a Whisper model of transformers."""

    def __init__(self, model: Any, tokenizer: Any, settings: Fallback) -> None:
        """Take a model, which is not changed, with its tokenizer."""
        self._model, self._tokenizer, self._settings = model, tokenizer, settings
        self._attempts: list[tuple[float, torch.Tensor]] = []
        self._options: dict[str, Any] = {
            "temperature": tuple(settings.temperatures),
            "compression_ratio_threshold": settings.max_compression_ratio,
            "logprob_threshold": settings.min_log_probability,
            "no_speech_threshold": settings.max_no_speech,
            "condition_on_prev_tokens": settings.condition_on_previous,
            "return_timestamps": has_timestamps(model),
            "num_beams": 1,
            # Samples are drawn from all tokens; transformers' default is the 50 most probable.
            "top_k": 0,
        }
        # Where transformers differs: it compresses token numbers, while the threshold is of texts,
        # and it lets all windows but the first be longer. It also keeps the logits of all windows.
        self._replaced: dict[str, Any] = {
            "_retrieve_compression_ratio": self._compression_ratio,
            "_set_max_new_tokens_and_length": _set_greatest_length,
            "_retrieve_segment": _without_logits(model._retrieve_segment),
        }
        if settings.when_all_fail == "most_probable":
            self._replaced |= {
                "_retrieve_avg_logprobs": self._recorded(model._retrieve_avg_logprobs),
                "generate_with_fallback": self._best_attempt_of(model.generate_with_fallback),
            }

    def text(self, rows: Array, language: str, task: str, seed: tuple[int, ...]) -> str:
        """Return the text of a clip from its feature rows, shape (frames, mels).

        As in openai-whisper, frames after the end of the clip are zero. `seed` makes what is
        sampled reproducible.
        """
        return self._decode(self._generate(rows, language, task, seed)["sequences"][0])

    def segments(
        self,
        rows: Array,
        language: str,
        task: str,
        seed: tuple[int, ...],
        hop_s: float,
        progress: Callable[[float], None],
    ) -> list[TimedText]:
        """Return the segments of a recording of any length, by the model's timestamps.

        `rows` are the features of the whole recording, shape (frames, mels), with a frame every
        `hop_s` seconds. `progress` is called with the fraction that is done. Segments without words
        are left out. Raises ValueError if the model has no timestamps.
        """
        if not self._options["return_timestamps"]:
            raise ValueError("the model has no timestamps")

        def report(frames: torch.Tensor) -> None:
            done, total = frames[0].tolist()
            progress(min(1.0, done / total))

        output = self._generate(
            rows,
            language,
            task,
            seed,
            monitor_progress=report,
            time_precision=2 * hop_s,  # the encoder halves the number of frames
            time_precision_features=hop_s,
        )
        found = [
            TimedText(float(one["start"]), float(one["end"]), self._decode(one["tokens"]))
            for one in output["segments"][0]
        ]
        return [segment for segment in found if segment.text]

    def _generate(
        self, rows: Array, language: str, task: str, seed: tuple[int, ...], **options: Any
    ) -> Any:
        torch.manual_seed(int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]))
        image = torch.from_numpy(np.ascontiguousarray(rows.T[np.newaxis]))
        image = image.to(self._model.device, self._model.dtype)
        options |= {"language": language, "task": task, "return_segments": True, **self._options}
        for name, method in self._replaced.items():
            setattr(self._model, name, method)
        try:
            return self._model.generate(image, **options)
        finally:
            for name in self._replaced:
                delattr(self._model, name)

    def _recorded(self, log_probability: Callable[..., Any]) -> Callable[..., Any]:
        """Return a method for the log-probability of a text that records the text."""

        def mean_log_probability(scores: Any, tokens: torch.Tensor, temperature: float) -> Any:
            mean = log_probability(scores, tokens, temperature)
            self._attempts.append((float(mean), tokens))
            return mean

        return mean_log_probability

    def _best_attempt_of(self, generate: Callable[..., Any]) -> Callable[..., Any]:
        """Return a method that decodes a window; of texts that all fail it returns the best."""

        def generate_with_fallback(**arguments: Any) -> Any:
            self._attempts.clear()
            texts, *rest = generate(**arguments)
            if not any(map(self._succeeds, self._attempts)):
                plain = [one for one in self._attempts if not self._repeats(one)]
                _, best = max(plain or self._attempts, key=lambda attempt: attempt[0])
                texts[0] = best[:-1] if best[-1] == self._tokenizer.eos_token_id else best
            return texts, *rest

        return generate_with_fallback

    def _succeeds(self, attempt: tuple[float, torch.Tensor]) -> bool:
        return attempt[0] >= self._settings.min_log_probability and not self._repeats(attempt)

    def _repeats(self, attempt: tuple[float, torch.Tensor]) -> bool:
        return self._compression_ratio(attempt[1], 0) > self._settings.max_compression_ratio

    def _compression_ratio(self, tokens: torch.Tensor, vocabulary: int) -> float:
        return compression_ratio(self._decode(tokens))

    def _decode(self, tokens: torch.Tensor) -> str:
        # The end is the first special token of the vocabulary; timestamps come last. A character
        # whose bytes are on both sides of a timestamp is joined.
        end = self._tokenizer.eos_token_id
        text: str = self._tokenizer.decode([token for token in tokens.tolist() if token < end])
        return text.strip()


def has_timestamps(model: Any) -> bool:
    """Return whether a Whisper model has tokens for timestamps; a demo model has none."""
    first: int = model.generation_config.no_timestamps_token_id + 1
    return bool(model.config.vocab_size > first)


def _without_logits(retrieve: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method for the segments of a window that keeps nothing else of its output."""

    def retrieve_segment(**arguments: Any) -> Any:
        segments, offset = retrieve(**arguments)
        return [segment | {"result": None} for segment in segments], offset

    return retrieve_segment


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
