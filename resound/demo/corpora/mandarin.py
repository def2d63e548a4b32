"""Mandarin speech with English translations in the layout of Common Voice with CoVoST 2.

`covost_v2.zh-CN_en.test.tsv` has the columns `path`, `sentence`, `translation` and `client_id`;
`path` is the name of an MP3 file in `clips/`. A speaker consists of a voice with a mean pitch and
speech rate, and a microphone with a sample rate and a spectral tilt. Noise varies between clips.
"""

import hashlib
from collections import deque
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import soundfile
from annotated_types import Gt, Le

from resound.demo.synthesis import phrases, sound
from resound.demo.synthesis.phrases import Phrase
from resound.demo.synthesis.speech import Utterance
from resound.io.files import write_text
from resound.runtime.pool import Pool, spread
from resound.settings import Natural, settings

TABLE = "covost_v2.zh-CN_en.test.tsv"

RATES_HZ = (48000, 44100, 32000)
"""Sample rates of the files in Hz, assigned to the speakers in turn."""

FIRST_NUMBER = 18000000
"""Approximate number of the first file."""


@settings
class Settings:
    """Mandarin speech by synthetic speakers with translations, in the layout of CoVoST 2."""

    kind: Literal["mandarin"]
    """Mandarin speech translation."""
    clips: Annotated[int, Gt(0), Le(600)] = 60
    """Number of recordings, each of a different sentence."""
    speakers: Annotated[int, Gt(0), Le(30)] = 6
    """Number of speakers, to whom clips are assigned in turn."""
    snr_db: float = 15.0
    """Mean signal-to-noise ratio in dB; that of each clip deviates by up to 5 dB."""
    seed: Natural = 1
    """Seed of all random draws."""


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    No clip depends on those after it. Raises `UserError` if speech synthesis fails.
    """
    (folder / "clips").mkdir(parents=True, exist_ok=True)
    sentences = phrases.mandarin("corpus", settings.clips, np.random.default_rng(settings.seed))
    speakers = range(min(settings.speakers, settings.clips))
    tasks = [(speaker, sentences[speaker :: settings.speakers]) for speaker in speakers]
    deque(spread(partial(_write_speaker, settings, folder), tasks, pool, workers), maxlen=0)
    rows = ["path\tsentence\ttranslation\tclient_id"]
    for number, phrase in enumerate(sentences):
        client = _client(settings.seed, number % settings.speakers)
        name = _name(settings.seed, number)
        rows.append(f"{name}\t{phrase.text}\t{phrase.translation}\t{client}")
    write_text(folder / TABLE, "\n".join(rows) + "\n")


def _name(seed: int, number: int) -> str:
    """Return the file name of a clip; numbers increase by irregular steps, as in Common Voice."""
    step = int(np.random.default_rng([seed, 1, number]).integers(1000))
    return f"common_voice_zh-CN_{FIRST_NUMBER + 1000 * number + step}.mp3"


def _client(seed: int, speaker: int) -> str:
    """Return the anonymous identifier of a speaker, 128 hexadecimal digits."""
    return hashlib.sha512(f"{seed} {speaker}".encode()).hexdigest()


def _write_speaker(settings: Settings, folder: Path, task: tuple[int, list[Phrase]]) -> None:
    """Synthesise and write the clips of one speaker; speakers count from 0."""
    speaker, sentences = task
    speaker_rng = np.random.default_rng([settings.seed, 2, speaker])
    variants = np.random.default_rng(settings.seed).permutation(phrases.CORPUS_VARIANTS)
    voice = f"{phrases.ACCENTS['zh'][0]}+{variants[speaker]}"
    rate, pitch = speaker_rng.uniform(195, 225), speaker_rng.uniform(30, 70)
    tilt_db = speaker_rng.uniform(-2, 2)
    rate_hz = RATES_HZ[speaker % len(RATES_HZ)]
    numbers = [speaker + settings.speakers * turn for turn in range(len(sentences))]
    generators = [np.random.default_rng([settings.seed, 3, number]) for number in numbers]
    utterances = [
        Utterance(
            phrase.text, voice, round(rate + rng.uniform(-5, 5)), round(pitch + rng.uniform(-5, 5))
        )
        for phrase, rng in zip(sentences, generators)
    ]
    waves = phrases.synthesise_trimmed(utterances, rate_hz)
    for number, wave, rng in zip(numbers, waves, generators):
        wave = sound.tilt(phrases.add_margins(wave, rate_hz, rng), rate_hz, tilt_db)
        wave = sound.add_noise(wave, settings.snr_db + rng.uniform(-5, 5), rng)
        samples = sound.to_int16(sound.set_peak(wave, rng.uniform(-12, -3)))
        soundfile.write(folder / "clips" / _name(settings.seed, number), samples, rate_hz)
