"""Mandarin clips and their English translations in the layout of Common Voice with CoVoST 2.

`covost_v2.zh-CN_en.test.tsv` has the columns `path`, `sentence`, `translation` and `client_id`;
`path` is the name of a file in `clips/`, an mp3. A speaker is a voice with its pitch and rate of
speech, and a microphone with its sample rate, tilt and noise.
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
"""Sample rates of the files; the speakers take turns with them."""

FIRST_NUMBER = 18000000
"""About where the numbers of the files begin."""


@settings
class Settings:
    """Mandarin phrases of synthetic speakers and their translations, as CoVoST 2 lays them out."""

    kind: Literal["mandarin"]
    """The speech translation corpus."""
    clips: Annotated[int, Gt(0), Le(600)] = 60
    """Recordings, each of another phrase."""
    speakers: Annotated[int, Gt(0), Le(30)] = 6
    """Number of speakers, who take turns."""
    snr_db: float = 15.0
    """Middle of the signal-to-noise ratios in dB; each clip's is within 5 dB of it."""
    seed: Natural = 1
    """What every draw follows from."""


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    No clip depends on those after it. Raises `UserError` where speech cannot be made.
    """
    (folder / "clips").mkdir(parents=True, exist_ok=True)
    said = phrases.mandarin("corpus", settings.clips, np.random.default_rng(settings.seed))
    speakers = range(min(settings.speakers, settings.clips))
    tasks = [(speaker, said[speaker :: settings.speakers]) for speaker in speakers]
    deque(spread(partial(_write_speaker, settings, folder), tasks, pool, workers), maxlen=0)
    rows = ["path\tsentence\ttranslation\tclient_id"]
    for number, phrase in enumerate(said):
        client = _client(settings.seed, number % settings.speakers)
        name = _name(settings.seed, number)
        rows.append(f"{name}\t{phrase.text}\t{phrase.translation}\t{client}")
    write_text(folder / TABLE, "\n".join(rows) + "\n")


def _name(seed: int, number: int) -> str:
    """The file of a clip, counted from 0; numbers rise by uneven steps, as Common Voice's do."""
    step = int(np.random.default_rng([seed, 1, number]).integers(1000))
    return f"common_voice_zh-CN_{FIRST_NUMBER + 1000 * number + step}.mp3"


def _client(seed: int, speaker: int) -> str:
    """The speaker's name: 128 characters that say nothing."""
    return hashlib.sha512(f"{seed} {speaker}".encode()).hexdigest()


def _write_speaker(settings: Settings, folder: Path, task: tuple[int, list[Phrase]]) -> None:
    """Speak and write the clips of one speaker, counted from 0."""
    speaker, said = task
    own = np.random.default_rng([settings.seed, 2, speaker])
    variants = np.random.default_rng(settings.seed).permutation(phrases.CORPUS_VARIANTS)
    voice = f"{phrases.ACCENTS['zh'][0]}+{variants[speaker]}"
    rate, pitch, tilt_db = own.uniform(195, 225), own.uniform(30, 70), own.uniform(-2, 2)
    rate_hz = RATES_HZ[speaker % len(RATES_HZ)]
    numbers = [speaker + settings.speakers * turn for turn in range(len(said))]
    generators = [np.random.default_rng([settings.seed, 3, number]) for number in numbers]
    utterances = [
        Utterance(
            phrase.text, voice, round(rate + rng.uniform(-5, 5)), round(pitch + rng.uniform(-5, 5))
        )
        for phrase, rng in zip(said, generators)
    ]
    waves = phrases.say(utterances, rate_hz)
    for number, wave, rng in zip(numbers, waves, generators):
        wave = sound.tilt(phrases.pad(wave, rate_hz, rng), rate_hz, tilt_db)
        wave = sound.add_noise(wave, settings.snr_db + rng.uniform(-5, 5), rng)
        samples = sound.to_int16(sound.set_peak(wave, rng.uniform(-12, -3)))
        soundfile.write(folder / "clips" / _name(settings.seed, number), samples, rate_hz)
