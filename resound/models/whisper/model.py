"""A Whisper model that decodes many clips at once.

Clips are decoded in order of their length, so the texts of a batch end at about the same step;
every clip is padded to the same window, so its text does not depend on the other clips of its
batch.
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
from resound.models.common.hub import silence_transformers
from resound.models.whisper.fallback import REPETITIVE, FallbackDecoder, compression_ratio
from resound.models.whisper.settings import Fallback
from resound.models.whisper.windows import shorter_window, window_frames
from resound.training.precision import Precision

Count = Callable[[int], None]
"""Called with the number of clips that are done."""


def _ignore(done: int) -> None:
    """Report nothing."""


class Recogniser:
    """A Whisper model with its tokenizer and the configuration of its features."""

    def __init__(self, folder: Path, device: str = "cpu", half: bool = False) -> None:
        """Load what `save_pretrained` wrote. Raises UserError if it is not a Whisper model."""
        silence_transformers()
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
        """Codes of the languages that the model distinguishes."""
        self._language_tokens = list(codes.values())

    def save(self, folder: Path) -> None:
        """Write model, tokenizer and feature extractor so that `pipeline(...)` loads them."""
        for part in (self.model, self.tokenizer, self._extractor):
            part.save_pretrained(folder)

    def check_configuration(self, configuration: whisper.Settings) -> None:
        """Raise UserError if features of `configuration` are not those that the model expects."""
        configurations = (self.configuration, configuration)
        own, other = ((c.mels, c.hop, c.window_s) for c in configurations)
        if own != other:
            raise UserError(
                f"the model takes {own[0]} mels, a hop of {own[1]} samples and {own[2]} s,"
                f" but these features have {other[0]}, {other[1]} and {other[2]} s: set"
                " `mels`, `hop_ms` and `window_s` of their configuration to those of the model"
            )

    @torch.inference_mode()
    def language_probabilities(
        self, clips: Sequence[Array], batch_size: int, progress: Count = _ignore
    ) -> NDArray[np.float32]:
        """Return the probability of each of `languages` for each clip, shape (clips, languages).

        `clips` are features of the model's configuration. The first token after the start is that
        of the language.
        """

        def decode(encoded: Any, items: NDArray[np.intp]) -> Iterable[Any]:
            return self._language_probabilities(encoded, len(items)).cpu().numpy()

        return np.stack(self._in_batches(clips, batch_size, decode, progress))

    @torch.inference_mode()
    def texts(
        self,
        clips: Sequence[Array],
        languages: Sequence[str],
        task: str,
        batch_size: int,
        progress: Count = _ignore,
        margin_s: float | None = None,
    ) -> list[str]:
        """Return the greedily decoded text of each clip.

        `languages` are those of the clips; `task` is `transcribe` or `translate`. With `margin_s`
        the window of a clip ends so many seconds after it, or up to 5 s later, instead of where the
        model's ends; texts that repeat themselves are decoded again in the whole window. Raises
        UserError for a language that the model does not know.
        """
        self._check_languages(languages)
        if margin_s is not None:
            return self._short_window_texts(clips, languages, task, batch_size, progress, margin_s)

        def decode(encoded: Any, items: NDArray[np.intp]) -> Iterable[Any]:
            return self._greedy_texts(encoded, [languages[item] for item in items], task)

        return self._in_batches(clips, batch_size, decode, progress)

    def _short_window_texts(
        self,
        clips: Sequence[Array],
        languages: Sequence[str],
        task: str,
        batch_size: int,
        progress: Count,
        margin_s: float,
    ) -> list[str]:
        hop_s, most = self.configuration.hop_ms / 1000, self.configuration.frames
        frames = [window_frames(len(clip) * hop_s, margin_s, hop_s, most) for clip in clips]
        texts, done = [""] * len(clips), 0

        def decode(chosen: Sequence[int]) -> None:
            subset = [clips[n] for n in chosen], [languages[n] for n in chosen]
            for n, text in zip(chosen, self.texts(*subset, task, batch_size), strict=True):
                texts[n] = text

        for window in sorted(set(frames)):
            chosen = [n for n, own in enumerate(frames) if own == window]
            with shorter_window(self.model, window):
                decode(chosen)
            done += len(chosen)
            progress(done)
        decode([n for n, text in enumerate(texts) if compression_ratio(text) > REPETITIVE])
        return texts

    @torch.inference_mode()
    def texts_with_fallback(
        self,
        clips: Sequence[Array],
        languages: Sequence[str],
        task: str,
        fallback: Fallback,
        seed: int,
        progress: Count = _ignore,
    ) -> list[str]:
        """Return the text of each clip, decoded again where it seems to fail.

        What is sampled follows from `seed` and the number of the clip. Raises UserError for a
        language that the model does not know.
        """
        self._check_languages(languages)
        decoder = FallbackDecoder(self.model, self.tokenizer, fallback)
        texts = []
        for number, (clip, language) in enumerate(zip(clips, languages, strict=True)):
            texts.append(decoder.text(clip, language, task, (seed, number)))
            progress(number + 1)
        return texts

    @torch.inference_mode()
    def detected_texts(
        self, clips: Sequence[Array], task: str, batch_size: int, progress: Count = _ignore
    ) -> list[tuple[str, str]]:
        """Return the most probable language of each clip and its text, decoded in that language.

        Each clip is encoded once for both.
        """

        def decode(encoded: Any, items: NDArray[np.intp]) -> Iterable[Any]:
            best = self._language_probabilities(encoded, len(items)).argmax(1)
            detected = [self.languages[number] for number in best]
            return zip(detected, self._greedy_texts(encoded, detected, task), strict=True)

        return self._in_batches(clips, batch_size, decode, progress)

    def _check_languages(self, languages: Sequence[str]) -> None:
        for unknown in set(languages) - set(self.languages):
            raise UserError(
                f"the model knows no language '{unknown}': `language` is a code such as `fa`"
            )

    def _language_probabilities(self, encoded: Any, clips: int) -> torch.Tensor:
        """Return the probability of each language, shape (clips, languages)."""
        start = self.model.config.decoder_start_token_id
        first = torch.full((clips, 1), start, device=self.device)
        logits = self.model(encoder_outputs=encoded, decoder_input_ids=first).logits[:, 0]
        probabilities: torch.Tensor = logits[:, self._language_tokens].float().softmax(1)
        return probabilities

    def _greedy_texts(self, encoded: Any, languages: list[str], task: str) -> list[str]:
        tokens = self.model.generate(
            encoder_outputs=encoded, language=languages, task=task, num_beams=1
        )
        texts = self.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        return [text.strip() for text in texts]

    def _in_batches(
        self,
        clips: Sequence[Array],
        size: int,
        decode: Callable[[Any, NDArray[np.intp]], Iterable[Any]],
        progress: Count,
    ) -> list[Any]:
        """Return what `decode` gives for each clip, encoded in batches, the longest clips first."""
        order = np.argsort([-len(clip) for clip in clips], kind="stable")
        frames = 2 * self.model.config.max_source_positions
        results: list[Any] = [None] * len(clips)
        for first in range(0, len(order), size):
            items = order[first : first + size]
            images = np.stack([whisper.padded(clips[n], frames) for n in items])
            batch = torch.from_numpy(images).to(self.device, self.precision.type)
            encoded = self.model.get_encoder()(batch)
            for item, result in zip(items, decode(encoded, items), strict=True):
                results[item] = result
            progress(min(first + size, len(order)))
        return results
