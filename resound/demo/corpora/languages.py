"""Clips of known language: `fa/003.wav` is the fourth Persian one.

Each clip is another sentence, in one of several voices, at its own pitch and rate of speech, in
noise. The languages are Persian, Mandarin and English, this with several accents.
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
from resound.demo.synthesis.speech import RATE, Utterance
from resound.runtime.pool import Pool, spread
from resound.settings import Natural, settings

VOICES = 6
"""Variants of the voices that each language is spoken in."""


@settings
class Settings:
    """Short recordings of Persian, Mandarin and English, a folder each."""

    kind: Literal["languages"]
    """The language identification corpus."""
    clips: Annotated[int, Gt(0), Le(600)] = 20
    """Recordings of each language."""
    snr_db: float = 15.0
    """Middle of the signal-to-noise ratios in dB; each clip's is within 5 dB of it."""
    seed: Natural = 1
    """What every draw follows from."""


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    No clip depends on those after it. Raises `UserError` where speech cannot be made.
    """
    languages = list(phrases.GRAMMARS)
    deque(spread(partial(_write_language, settings, folder), languages, pool, workers), maxlen=0)


def _write_language(settings: Settings, folder: Path, language: Language) -> None:
    """Speak and write all clips of a language."""
    home = folder / language
    home.mkdir(parents=True, exist_ok=True)
    key = 1 + list(GRAMMARS).index(language)
    rng = np.random.default_rng([settings.seed, key])
    # Who speaks must not tell the language: all languages have the same variants.
    variants = np.random.default_rng(settings.seed).permutation(phrases.CORPUS_VARIANTS)[:VOICES]
    voices = [f"{accent}+{name}" for accent, name in product(phrases.ACCENTS[language], variants)]
    said = GRAMMARS[language]("corpus", settings.clips, rng)
    # A key that no clip has went to the sentences.
    generators = [np.random.default_rng([settings.seed, key, 1 + n]) for n in range(len(said))]
    utterances = [
        Utterance(
            phrase.text,
            str(rng.choice(voices)),
            round(rng.uniform(195, 225)),
            int(rng.uniform(30, 71)),
        )
        for phrase, rng in zip(said, generators)
    ]
    for number, (wave, rng) in enumerate(zip(phrases.say(utterances, RATE), generators)):
        wave = phrases.pad(wave, RATE, rng)
        wave = sound.add_noise(wave, settings.snr_db + rng.uniform(-5, 5), rng)
        samples = sound.to_int16(sound.set_peak(wave, rng.uniform(-12, -2)))
        soundfile.write(home / f"{number:03}.wav", samples, RATE, subtype="PCM_16")
