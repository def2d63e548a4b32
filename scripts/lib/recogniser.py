"""A Whisper model that is asked what it hears, many clips at once.

Clips are heard in order of their length, so that what is written in one batch ends at about the
same time; every clip fills the same window, so its text does not depend on its company.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from scripts.lib.arithmetic import Arithmetic
from scripts.lib.errors import UserError
from scripts.lib.features import whisper
from scripts.lib.features.spectrum import Array
from scripts.lib.quiet import quiet_transformers

Announce = Callable[[int], None]


def _silent(done: int) -> None:
    """Tell nobody."""


class Recogniser:
    """A model with its tokenizer and the recipe of its features."""

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
        self.recipe = whisper.Settings(
            kind="whisper",
            mels=self._extractor.feature_size,
            hop_ms=1000 * self._extractor.hop_length / self._extractor.sampling_rate,
            window_s=self._extractor.chunk_length,
        )
        self.device = device
        self.arithmetic = Arithmetic(device, "half" if half else "single")
        self.arithmetic.set_up()
        self.model.to(device, self.arithmetic.type).eval()
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

    def check_recipe(self, recipe: whisper.Settings) -> None:
        """Raise UserError where features by `recipe` are not what the model takes."""
        own, given = ((r.mels, r.hop, r.window_s) for r in (self.recipe, recipe))
        if own != given:
            raise UserError(
                f"the model takes {own[0]} mels, a hop of {own[1]} samples and {own[2]} s,"
                f" but these features have {given[0]}, {given[1]} and {given[2]} s"
            )

    @torch.inference_mode()
    def language_probabilities(
        self, clips: Sequence[Array], batch_size: int, announce: Announce = _silent
    ) -> NDArray[np.float32]:
        """The probability of each of `languages` for each clip: shape (clips, languages).

        `clips` are rows by the model's recipe. The first token after the start is the language's.
        """
        start = self.model.config.decoder_start_token_id

        def ask(batch: torch.Tensor, _: Any) -> list[Any]:
            first = torch.full((len(batch), 1), start, device=self.device)
            logits = self.model(input_features=batch, decoder_input_ids=first).logits[:, 0]
            return list(logits[:, self._language_tokens].float().softmax(1).cpu().numpy())

        return np.stack(self._in_batches(clips, batch_size, ask, announce))

    def detect(self, clips: Sequence[Array], batch_size: int) -> list[str]:
        """The most probable language of each clip."""
        best = self.language_probabilities(clips, batch_size).argmax(1)
        return [self.languages[number] for number in best]

    @torch.inference_mode()
    def texts(
        self,
        clips: Sequence[Array],
        languages: Sequence[str],
        task: str,
        batch_size: int,
        announce: Announce = _silent,
    ) -> list[str]:
        """What the model writes for each clip, the likeliest token at a time.

        `languages` is that of each clip; `task` is `transcribe` or `translate`. Raises UserError
        for a language that the model does not know.
        """
        for unknown in set(languages) - set(self.languages):
            raise UserError(f"the model knows no language '{unknown}'")

        def ask(batch: torch.Tensor, items: NDArray[np.intp]) -> list[Any]:
            spoken = [languages[item] for item in items]
            tokens = self.model.generate(batch, language=spoken, task=task, num_beams=1)
            return list(self.tokenizer.batch_decode(tokens, skip_special_tokens=True))

        said = self._in_batches(clips, batch_size, ask, announce)
        return [text.strip() for text in said]

    def _in_batches(
        self,
        clips: Sequence[Array],
        size: int,
        ask: Callable[[torch.Tensor, NDArray[np.intp]], list[Any]],
        announce: Announce,
    ) -> list[Any]:
        """What `ask` makes of each clip, asked in batches of like length, the longest first."""
        order = np.argsort([-len(clip) for clip in clips], kind="stable")
        made: list[Any] = [None] * len(clips)
        for first in range(0, len(order), size):
            items = order[first : first + size]
            images = np.stack([whisper.padded(clips[n], self.recipe.frames) for n in items])
            batch = torch.from_numpy(images).to(self.device, self.arithmetic.type)
            for item, answer in zip(items, ask(batch, items), strict=True):
                made[item] = answer
            announce(min(first + size, len(order)))
        return made
