"""Spoken digits in the layout of AudioMNIST.

`data/01/7_01_0.wav` is the first recording of the digit seven by speaker 1. A speaker consists of
an English accent, a voice variant, and a mean pitch and speech rate. Each take deviates a little
from these, has a random position in the clip and a random level, often has reverberation, and
always has noise.
"""

from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from resound.data import audio
from resound.demo.synthesis import sound
from resound.demo.synthesis.speech import RATE_HZ, Utterance, synthesise
from resound.runtime.pool import Pool, spread
from resound.settings import Natural, Positive, settings

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

# espeak-ng calls British English `en` and rejects `en-gb`.
ACCENTS = (
    "en en-us en-gb-scotland en-029 en-gb-x-rp en-us-nyc en-gb-x-gbclan en-gb-x-gbcwmd"
).split()
# The voice variants that sound human: no whispers, robots or monsters.
VARIANTS = (
    "f1 f2 f3 f4 f5 m1 m2 m3 m4 m5 m6 m7 m8 Alex Annie Denis Diogo Gene Henrique Hugo Lee Mario"
    " Michael Mike Nguyen Reed adam announcer aunty belinda benjamin boris caleb david edward"
    " grandma linda marcelo max steph"
).split()

SHORTEST_S, LONGEST_S = 0.45, 0.8
"""Bounds of the duration of a clip in seconds.

The upper bound is low because clips are padded to the longest one, which determines the cost.
"""


@settings
class Settings:
    """Spoken English digits by synthetic speakers, in the layout of AudioMNIST."""

    kind: Literal["digits"]
    """Spoken digits."""
    speakers: Positive = 25
    """Number of speakers; each speaks every digit `takes` times."""
    takes: Positive = 4
    """Number of recordings of each digit by each speaker."""
    snr_db: float = 10.0
    """Mean signal-to-noise ratio in dB; that of each clip deviates by up to 5 dB."""
    rate_hz: Positive = 16000
    """Sample rate of the files in Hz."""
    seed: Natural = 1
    """Seed of all random draws."""


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    The files of a speaker do not depend on the number of speakers, nor a take on the number of
    takes. Raises `UserError` if speech synthesis fails.
    """
    numbers = range(1, settings.speakers + 1)
    deque(spread(partial(_write_speaker, settings, folder), numbers, pool, workers), maxlen=0)


def _write_speaker(settings: Settings, folder: Path, speaker: int) -> None:
    """Synthesise and write all files of one speaker; `speaker` counts from 1."""
    directory = folder / "data" / f"{speaker:02}"
    directory.mkdir(parents=True, exist_ok=True)
    # Takes are the outer loop, so that utterances do not depend on how many takes follow.
    keys = [(digit, take) for take in range(settings.takes) for digit in range(len(WORDS))]
    generators = [np.random.default_rng([settings.seed, speaker, *key]) for key in keys]
    utterances = _utterances(settings.seed, speaker, [digit for digit, _ in keys], generators)
    speech = synthesise(list(utterances))
    for (digit, take), rng, samples in zip(keys, generators, speech, strict=True):
        path = directory / f"{digit}_{speaker:02}_{take}.wav"
        soundfile.write(path, _record(samples, settings, rng), settings.rate_hz, subtype="PCM_16")


def _utterances(
    seed: int, speaker: int, digits: list[int], generators: list[np.random.Generator]
) -> Iterator[Utterance]:
    """Yield each digit in the voice of the speaker, near the speaker's mean rate and pitch."""
    voice = _voice(seed, speaker)
    # No take has this key. The key [seed, speaker] would equal that of take 0 of the digit zero,
    # because numpy pads keys with zeros.
    speaker_rng = np.random.default_rng([seed, speaker, len(WORDS)])
    mean_rate, mean_pitch = speaker_rng.uniform(145, 195), speaker_rng.uniform(30, 70)
    for digit, rng in zip(digits, generators, strict=True):
        rate = round(mean_rate * rng.uniform(0.92, 1.08))
        pitch = round(mean_pitch + rng.uniform(-8, 8))
        yield Utterance(WORDS[digit], voice, rate, pitch)


def _voice(seed: int, speaker: int) -> str:
    """Return the accent and variant of a speaker; the first 320 speakers have different pairs."""
    cycle, index = divmod(speaker - 1, len(VARIANTS))
    variant = np.random.default_rng(seed).permutation(VARIANTS)[index]
    # Each cycle through the variants combines them with the next accent.
    return f"{ACCENTS[(index + cycle) % len(ACCENTS)]}+{variant}"


def _record(
    samples: NDArray[np.int16], settings: Settings, rng: np.random.Generator
) -> NDArray[np.int16]:
    """Return a clip of `SHORTEST_S` to `LONGEST_S` seconds with one word as recorded."""
    wave = audio.resample(sound.from_int16(samples), RATE_HZ, settings.rate_hz)
    wave = sound.trim(wave)
    seconds = np.clip(len(wave) / settings.rate_hz + rng.uniform(0.05, 0.3), SHORTEST_S, LONGEST_S)
    wave = sound.place(wave, int(seconds * settings.rate_hz), rng)
    if rng.random() < 0.6:
        reverb_s, direct_db = rng.uniform(0.1, 0.4), rng.uniform(0, 9)
        wave = sound.add_room(wave, settings.rate_hz, reverb_s, direct_db, rng)
    wave = sound.add_noise(wave, settings.snr_db + rng.uniform(-5, 5), rng)
    return sound.to_int16(sound.set_peak(wave, rng.uniform(-20, -2)))
