"""A Whisper model, used on recordings of any length: text, times and language."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from resound.arrays import Array
from resound.data import audio
from resound.data.decoding.errors import UnreadableClip
from resound.data.vad import (
    Segment,
    find_speech,
    join_segments,
    keep_segments,
    merge_segments,
)
from resound.errors import UserError, nearest
from resound.features import whisper
from resound.models.whisper.fallback import FallbackDecoder, TimedText, has_timestamps
from resound.models.whisper.model import Recogniser
from resound.models.whisper.settings import Transcription
from resound.prediction.timing import fit_to_speech, time_in_recording

Task = Literal["transcribe", "translate", "identify"]

_PAUSE_S, _MARGIN_S = 0.3, 0.1
"""Between and around the sections of speech to whose times texts are fitted."""
_WINDOW_MARGIN_S = 0.1
"""More of it around what is decoded by itself, in a window."""
_LONG_PAUSE_S, _LONG_MARGIN_S = 2.0, 0.3
"""Between and around sections that are decoded as one recording; shorter pauses belong to it."""
_LANGUAGE_WINDOWS = 8
"""Windows by which the language of a recording is detected."""
_LANGUAGES = 5
"""Languages whose probabilities are given."""


@dataclass(frozen=True)
class Transcript:
    """The text of a recording, with its segments and language."""

    audio: str
    """The path of the recording."""
    task: Task
    seconds: float = 0.0
    """The duration of the recording, and of the speech in it (`speech_seconds`)."""
    speech_seconds: float = 0.0
    language: str | None = None
    """The code of the language; None if there is no speech."""
    languages: dict[str, float] = field(default_factory=dict)
    """The probabilities of the most probable languages; empty if the language was given."""
    text: str = ""
    segments: Sequence[TimedText] = ()
    rejected: str = ""
    """Why the recording cannot be read."""


class Transcriber:
    """A pretrained or fine-tuned Whisper model with the options of decoding."""

    def __init__(
        self,
        folder: str | PathLike[str],
        settings: Transcription | None = None,
        device: str = "cpu",
    ) -> None:
        """Load the model from the folder of a run, or from that of the model alone.

        Raises UserError if there is no Whisper model, or if it does not know the language.
        """
        folder = Path(folder)
        model = folder / "model" if (folder / "model").is_dir() else folder
        self._recogniser = Recogniser(model, device)
        self._settings = settings or Transcription()
        language, known = self._settings.language, self._recogniser.languages
        if language and language not in known:
            raise UserError(f"the model knows no language '{language}'{nearest(language, known)}")

    def transcribe(
        self,
        recording: str | PathLike[str],
        task: Task = "transcribe",
        progress: Callable[[float], None] = lambda done: None,
    ) -> Transcript:
        """Return the transcript of a recording, its English translation, or only its language.

        `progress` is called with the fraction that is done. A recording that cannot be read is
        returned with the reason (`rejected`).
        """
        path = str(recording)
        try:
            samples, _ = audio.read(Path(recording), self._rate_hz)
        except UnreadableClip as error:
            return Transcript(path, task, rejected=str(error))
        return replace(self.transcribe_samples(samples, task, progress), audio=path)

    @torch.inference_mode()
    def transcribe_samples(
        self,
        samples: Array,
        task: Task = "transcribe",
        progress: Callable[[float], None] = lambda done: None,
    ) -> Transcript:
        """Return the same of samples at 16 kHz, shape (samples,)."""
        seconds = len(samples) / self._rate_hz
        if self._settings.find_speech:
            most_s = self._window_s - 2 * _WINDOW_MARGIN_S
            speech = find_speech(samples, _PAUSE_S, _MARGIN_S, most_s)
        else:
            speech = [(0, len(samples))] if len(samples) else []
        result = Transcript("", task, seconds, self._seconds_of(speech))
        if not speech:
            return result
        windows = self._to_windows(samples, speech)
        language, languages = self._settings.language, dict[str, float]()
        if language is None or task == "identify":
            language, languages = self._detect_language(samples, windows)
        result = replace(result, language=language, languages=languages)
        if task == "identify":
            return result
        if self._settings.method == "long_form" and has_timestamps(self._recogniser.model):
            segments = self._long_form(samples, speech, language, task, progress)
        else:
            segments = self._by_windows(samples, windows, language, task, progress)
        text = " ".join(segment.text for segment in segments)
        return replace(result, segments=segments, text=text)

    @property
    def _rate_hz(self) -> int:
        return self._recogniser.configuration.rate_hz

    @property
    def _window_s(self) -> int:
        return self._recogniser.configuration.window_s

    def _seconds_of(self, segments: Sequence[Segment]) -> float:
        return sum(end - first for first, end in segments) / self._rate_hz

    def _to_windows(self, samples: Array, speech: Sequence[Segment]) -> list[Segment]:
        """Return segments that fill the model's window as far as possible."""
        most = self._window_s * self._rate_hz
        if self._settings.find_speech:
            wider = join_segments(speech, 0, _WINDOW_MARGIN_S, len(samples))
            return merge_segments(wider, most)
        return [(n, min(n + most, len(samples))) for n in range(0, len(samples), most)]

    def _detect_language(
        self, samples: Array, windows: Sequence[Segment]
    ) -> tuple[str, dict[str, float]]:
        """Return the most probable language, and the probabilities of the most probable ones.

        They are means over windows all over the recording, weighted by duration.
        """
        chosen = np.unique(np.linspace(0, len(windows) - 1, _LANGUAGE_WINDOWS).round().astype(int))
        windows = [windows[n] for n in chosen]
        clips = [self._features(samples[first:end]) for first, end in windows]
        probabilities = self._recogniser.language_probabilities(clips, self._settings.batch_size)
        mean = np.average(probabilities, axis=0, weights=[end - first for first, end in windows])
        best = mean.argsort()[::-1][:_LANGUAGES]
        names = self._recogniser.languages
        return names[best[0]], {names[n]: round(float(mean[n]), 4) for n in best}

    def _features(self, samples: Array) -> Array:
        """Return the features of samples that fit into the window."""
        return whisper.extract(self._recogniser.configuration, [samples])

    def _long_form(
        self,
        samples: Array,
        speech: Sequence[Segment],
        language: str,
        task: str,
        progress: Callable[[float], None],
    ) -> list[TimedText]:
        """Return segments with the model's own timestamps."""
        kept = join_segments(speech, _LONG_PAUSE_S, _LONG_MARGIN_S, len(samples))
        decoded = keep_segments(samples, kept)
        window_s = math.ceil(len(decoded) / self._rate_hz) + 1
        whole = replace(self._recogniser.configuration, window_s=max(window_s, self._window_s))
        rows = whisper.extract(whole, [decoded])
        hop_s = self._recogniser.configuration.hop / self._rate_hz
        timed = self._decoder.segments(rows, language, task, (0, 0), hop_s, progress)
        found = [
            TimedText(
                time_in_recording(start, kept, end=False),
                time_in_recording(end, kept, end=True),
                text,
            )
            for start, end, text in timed
        ]
        if not self._settings.find_speech:
            return [TimedText(round(start, 2), round(end, 2), text) for start, end, text in found]
        return fit_to_speech(found, speech)

    def _by_windows(
        self,
        samples: Array,
        windows: Sequence[Segment],
        language: str,
        task: str,
        progress: Callable[[float], None],
    ) -> list[TimedText]:
        """Return one segment per window of speech."""
        clips = [self._features(samples[first:end]) for first, end in windows]
        languages = [language] * len(clips)

        def report(done: int) -> None:
            progress(done / len(clips))

        if self._settings.method == "long_form":
            frames = self._recogniser.configuration.frames
            full = [whisper.padded(clip, frames).T for clip in clips]
            texts = self._recogniser.texts_with_fallback(
                full, languages, task, self._settings.fallback, 0, report
            )
        else:
            texts = self._recogniser.texts(
                clips, languages, task, self._settings.batch_size, report
            )
        return [
            TimedText(round(first / self._rate_hz, 2), round(end / self._rate_hz, 2), text)
            for (first, end), text in zip(windows, texts)
            if text
        ]

    @cached_property
    def _decoder(self) -> FallbackDecoder:
        model, tokenizer = self._recogniser.model, self._recogniser.tokenizer
        return FallbackDecoder(model, tokenizer, self._settings.fallback)


def transcribe_all(
    transcriber: Transcriber,
    recordings: Sequence[Path],
    task: Task,
    progress: Callable[[str], None],
) -> Iterator[Transcript]:
    """Yield the transcript of each recording, in their order."""
    for number, recording in enumerate(recordings, 1):
        transcript = transcriber.transcribe(recording, task, _tenths(str(recording), progress))
        progress(f"{number} of {len(recordings)} recordings: {_describe(transcript)}")
        yield transcript


def _tenths(recording: str, progress: Callable[[str], None]) -> Callable[[float], None]:
    """Return what reports the fraction that is done of a recording, at most ten times."""
    reported = 0.0

    def report(done: float) -> None:
        nonlocal reported
        if done - reported >= 0.1:
            reported = done
            progress(f"{recording}: {done:.0%}")

    return report


def _describe(transcript: Transcript) -> str:
    if transcript.rejected:
        return f"{transcript.audio} is rejected: {transcript.rejected}"
    if transcript.language is None:
        return f"{transcript.audio} has no speech"
    return f"{transcript.audio}, language {transcript.language}"
