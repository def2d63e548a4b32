"""A Whisper model that is asked what it hears, many clips at once.

Clips are heard in order of their length, so that what is written in one batch ends at about the
same time; every clip fills the same window, so its text does not depend on its company.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from resound.arrays import Array
from resound.errors import UserError
from resound.features import whisper
from resound.models.common.transformers_logging import quiet_transformers
from resound.training.precision import Precision

Progress = Callable[[int], None]


def _silent(done: int) -> None:
    """Tell nobody."""


class Recogniser:
    """A model with its tokenizer and the configuration of its features."""

    def __init__(self, folder: Path, device: str = "cpu", half: bool = False) -> None:
        """Load what `save_pretrained` wrote. Raises UserError where that is no Whisper model."""
        quiet_transformers()
        from transformers import (
            WhisperFeatureExtractor,
            WhisperForConditionalGeneration,
            WhisperTokenizer,
        )

        try:
            self.model: Any = WhisperForConditionalGeneration.from_pretrained(folder)
            self.tokenizer: Any = WhisperTokenizer.from_pretrained(folder)
            self._extractor: Any = WhisperFeatureExtractor.from_pretrained(folder)
        except (OSError, ValueError) as error:
            raise UserError(f"{folder} holds no Whisper model: {error}") from error
        self.configuration = whisper.Settings(
            kind="whisper",
            mels=self._extractor.feature_size,
            hop_ms=1000 * self._extractor.hop_length / self._extractor.sampling_rate,
            window_s=self._extractor.chunk_length,
        )
        self.device = device
        self.precision = Precision(device, "half" if half else "single")
        self.precision.set_up()
        self.model.to(device, self.precision.type).eval()
        generation = self.model.generation_config
        generation.pad_token_id = self.tokenizer.eos_token_id
        codes = getattr(generation, "lang_to_id", None) or {}
        self.languages = [code.strip("<|>") for code in codes]
        """The codes of the languages that the model tells apart."""
        self._language_tokens = list(codes.values())

    def save(self, folder: Path) -> None:
        """Write model, tokenizer and feature extractor, so that `pipeline(...)` loads them."""
        for part in (self.model, self.tokenizer, self._extractor):
            part.save_pretrained(folder)

    def check_configuration(self, configuration: whisper.Settings) -> None:
        """Raise UserError where features by `configuration` are not what the model takes."""
        own, given = ((r.mels, r.hop, r.window_s) for r in (self.configuration, configuration))
        if own != given:
            raise UserError(
                f"the model takes {own[0]} mels, a hop of {own[1]} samples and {own[2]} s,"
                f" but these features have {given[0]}, {given[1]} and {given[2]} s: let their"
                " configuration say `mels`, `hop_ms` and `window_s` as the model takes them"
            )

    @torch.inference_mode()
    def language_probabilities(
        self, clips: Sequence[Array], batch_size: int, progress: Progress = _silent
    ) -> NDArray[np.float32]:
        """The probability of each of `languages` for each clip: shape (clips, languages).

        `clips` are rows by the model's configuration. The first token after the start is the language's.
        """

        def ask(encoded: Any, items: NDArray[np.intp]) -> Iterable[Any]:
            return self._shares(encoded, len(items)).cpu().numpy()

        return np.stack(self._in_batches(clips, batch_size, ask, progress))

    @torch.inference_mode()
    def texts(
        self,
        clips: Sequence[Array],
        languages: Sequence[str],
        task: str,
        batch_size: int,
        progress: Progress = _silent,
    ) -> list[str]:
        """What the model writes for each clip, the likeliest token at a time.

        `languages` is that of each clip; `task` is `transcribe` or `translate`. Raises UserError
        for a language that the model does not know.
        """
        for unknown in set(languages) - set(self.languages):
            raise UserError(
                f"the model knows no language '{unknown}': `language` is a code such as `fa`"
            )

        def ask(encoded: Any, items: NDArray[np.intp]) -> Iterable[Any]:
            return self._written(encoded, [languages[item] for item in items], task)

        return self._in_batches(clips, batch_size, ask, progress)

    @torch.inference_mode()
    def detected_texts(
        self, clips: Sequence[Array], task: str, batch_size: int, progress: Progress = _silent
    ) -> list[tuple[str, str]]:
        """The most probable language of each clip, and what the model writes, taking it for that.

        Each clip is encoded once for both.
        """

        def ask(encoded: Any, items: NDArray[np.intp]) -> Iterable[Any]:
            best = self._shares(encoded, len(items)).argmax(1)
            spoken = [self.languages[number] for number in best]
            return zip(spoken, self._written(encoded, spoken, task), strict=True)

        return self._in_batches(clips, batch_size, ask, progress)

    def _shares(self, encoded: Any, clips: int) -> torch.Tensor:
        """The probability of each language: shape (clips, languages)."""
        start = self.model.config.decoder_start_token_id
        first = torch.full((clips, 1), start, device=self.device)
        logits = self.model(encoder_outputs=encoded, decoder_input_ids=first).logits[:, 0]
        shares: torch.Tensor = logits[:, self._language_tokens].float().softmax(1)
        return shares

    def _written(self, encoded: Any, languages: list[str], task: str) -> list[str]:
        tokens = self.model.generate(
            encoder_outputs=encoded, language=languages, task=task, num_beams=1
        )
        texts = self.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        return [text.strip() for text in texts]

    def _in_batches(
        self,
        clips: Sequence[Array],
        size: int,
        ask: Callable[[Any, NDArray[np.intp]], Iterable[Any]],
        progress: Progress,
    ) -> list[Any]:
        """What `ask` makes of each clip, encoded in batches of like length, the longest first."""
        order = np.argsort([-len(clip) for clip in clips], kind="stable")
        made: list[Any] = [None] * len(clips)
        for first in range(0, len(order), size):
            items = order[first : first + size]
            images = np.stack([whisper.padded(clips[n], self.configuration.frames) for n in items])
            batch = torch.from_numpy(images).to(self.device, self.precision.type)
            encoded = self.model.get_encoder()(batch)
            for item, answer in zip(items, ask(encoded, items), strict=True):
                made[item] = answer
            progress(min(first + size, len(order)))
        return made
