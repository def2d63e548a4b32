"""Speech in Persian, Mandarin and English for language identification.

`fa/003.wav` is the fourth Persian clip. Each clip is a different sentence, in one of several
voices, with random pitch, speech rate and noise. English has several accents.
"""

from collections import deque
from functools import partial
from itertools import product
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import soundfile
from annotated_types import Gt, Le

from resound.demo.synthesis import phrases, sound
from resound.demo.synthesis.phrases import GRAMMARS, Language
from resound.demo.synthesis.speech import RATE_HZ, Utterance
from resound.runtime.pool import Pool, spread
from resound.settings import Natural, settings

VOICES = 6
"""Number of voice variants of each language."""


@settings
class Settings:
    """Short recordings of Persian, Mandarin and English, with one folder per language."""

    kind: Literal["languages"]
    """Language identification."""
    clips: Annotated[int, Gt(0), Le(600)] = 20
    """Number of recordings of each language."""
    snr_db: float = 15.0
    """Mean signal-to-noise ratio in dB; that of each clip deviates by up to 5 dB."""
    seed: Natural = 1
    """Seed of all random draws."""


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    No clip depends on those after it. Raises `UserError` if speech synthesis fails.
    """
    languages = list(phrases.GRAMMARS)
    deque(spread(partial(_write_language, settings, folder), languages, pool, workers), maxlen=0)


def _write_language(settings: Settings, folder: Path, language: Language) -> None:
    """Synthesise and write all clips of a language."""
    directory = folder / language
    directory.mkdir(parents=True, exist_ok=True)
    key = 1 + list(GRAMMARS).index(language)
    rng = np.random.default_rng([settings.seed, key])
    # All languages use the same voice variants, so that voices do not reveal the language.
    variants = np.random.default_rng(settings.seed).permutation(phrases.CORPUS_VARIANTS)[:VOICES]
    voices = [f"{accent}+{name}" for accent, name in product(phrases.ACCENTS[language], variants)]
    sentences = GRAMMARS[language]("corpus", settings.clips, rng)
    # Clips count from 1 here: a zero would repeat the key with which the sentences were drawn.
    generators = [np.random.default_rng([settings.seed, key, 1 + n]) for n in range(len(sentences))]
    utterances = [
        Utterance(
            phrase.text,
            str(rng.choice(voices)),
            round(rng.uniform(195, 225)),
            int(rng.uniform(30, 71)),
        )
        for phrase, rng in zip(sentences, generators)
    ]
    waves = phrases.synthesise_trimmed(utterances, RATE_HZ)
    for number, (wave, rng) in enumerate(zip(waves, generators)):
        wave = phrases.add_margins(wave, RATE_HZ, rng)
        wave = sound.add_noise(wave, settings.snr_db + rng.uniform(-5, 5), rng)
        samples = sound.to_int16(sound.set_peak(wave, rng.uniform(-12, -2)))
        soundfile.write(directory / f"{number:03}.wav", samples, RATE_HZ, subtype="PCM_16")
