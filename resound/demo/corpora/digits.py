"""Spoken digits in the layout of AudioMNIST: `data/01/7_01_0.wav` is speaker 1's first seven.

A speaker is an English accent, one of the voices' variants, and a usual pitch and rate of speech.
Each take departs from these a little, is said at some moment of the clip, often in a room, at
some loudness, and always in noise.
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
from resound.demo.synthesis.speech import RATE, Utterance, speak
from resound.runtime.pool import Pool, spread
from resound.settings import Natural, Positive, settings

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

# espeak-ng's name for British English is plain `en`; `en-gb` is refused.
ACCENTS = (
    "en en-us en-gb-scotland en-029 en-gb-x-rp en-us-nyc en-gb-x-gbclan en-gb-x-gbcwmd"
).split()
# Those of the variants that sound like people: no whispers, robots or monsters.
VARIANTS = (
    "f1 f2 f3 f4 f5 m1 m2 m3 m4 m5 m6 m7 m8 Alex Annie Denis Diogo Gene Henrique Hugo Lee Mario"
    " Michael Mike Nguyen Reed adam announcer aunty belinda benjamin boris caleb david edward"
    " grandma linda marcelo max steph"
).split()

SHORTEST_S, LONGEST_S = 0.45, 0.8
"""Bounds of a clip's duration: networks on padded clips cost what the longest one does."""


@settings
class Settings:
    """Spoken English digits of synthetic speakers, as AudioMNIST lays them out."""

    kind: Literal["digits"]
    """The digits corpus."""
    speakers: Positive = 25
    """Number of speakers; each says every digit `takes` times."""
    takes: Positive = 4
    """Recordings of each digit by each speaker."""
    snr_db: float = 10.0
    """Middle of the signal-to-noise ratios in dB; each clip's is within 5 dB of it."""
    rate_hz: Positive = 16000
    """Sample rate of the files in Hz."""
    seed: Natural = 1
    """What every draw follows from."""


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    A speaker's files do not depend on the number of speakers, nor a take on that of takes.
    Raises `UserError` where speech cannot be made.
    """
    numbers = range(1, settings.speakers + 1)
    deque(spread(partial(_write_speaker, settings, folder), numbers, pool, workers), maxlen=0)


def _write_speaker(settings: Settings, folder: Path, speaker: int) -> None:
    """Speak and write all files of one speaker, counted from 1."""
    home = folder / "data" / f"{speaker:02}"
    home.mkdir(parents=True, exist_ok=True)
    # Takes go outside digits: what is said first cannot depend on how many takes follow.
    keys = [(digit, take) for take in range(settings.takes) for digit in range(len(WORDS))]
    generators = [np.random.default_rng([settings.seed, speaker, *key]) for key in keys]
    utterances = _utterances(settings.seed, speaker, [digit for digit, _ in keys], generators)
    for (digit, take), rng, samples in zip(keys, generators, speak(list(utterances)), strict=True):
        path = home / f"{digit}_{speaker:02}_{take}.wav"
        soundfile.write(path, _record(samples, settings, rng), settings.rate_hz, subtype="PCM_16")


def _utterances(
    seed: int, speaker: int, digits: list[int], generators: list[np.random.Generator]
) -> Iterator[Utterance]:
    """Each digit in the speaker's voice, near the speaker's usual rate and pitch."""
    voice = _voice(seed, speaker)
    # A key no take has; [seed, speaker] alone would be padded with zeros to that of zero's take 0.
    own = np.random.default_rng([seed, speaker, len(WORDS)])
    usual_rate, usual_pitch = own.uniform(145, 195), own.uniform(30, 70)
    for digit, rng in zip(digits, generators, strict=True):
        rate = round(usual_rate * rng.uniform(0.92, 1.08))
        pitch = round(usual_pitch + rng.uniform(-8, 8))
        yield Utterance(WORDS[digit], voice, rate, pitch)


def _voice(seed: int, speaker: int) -> str:
    """The speaker's accent and variant; the first 320 speakers share no such pair."""
    lap, place = divmod(speaker - 1, len(VARIANTS))
    variant = np.random.default_rng(seed).permutation(VARIANTS)[place]
    # Each lap through the variants meets them with the next accent.
    return f"{ACCENTS[(place + lap) % len(ACCENTS)]}+{variant}"


def _record(
    samples: NDArray[np.int16], settings: Settings, rng: np.random.Generator
) -> NDArray[np.int16]:
    """A clip of `SHORTEST_S` to `LONGEST_S` seconds of one spoken word, as a microphone gets it."""
    wave = audio.resample(sound.from_int16(samples), RATE, settings.rate_hz)
    wave = sound.trim(wave)
    seconds = np.clip(len(wave) / settings.rate_hz + rng.uniform(0.05, 0.3), SHORTEST_S, LONGEST_S)
    wave = sound.place(wave, int(seconds * settings.rate_hz), rng)
    if rng.random() < 0.6:
        reverb_s, direct_db = rng.uniform(0.1, 0.4), rng.uniform(0, 9)
        wave = sound.add_room(wave, settings.rate_hz, reverb_s, direct_db, rng)
    wave = sound.add_noise(wave, settings.snr_db + rng.uniform(-5, 5), rng)
    return sound.to_int16(sound.set_peak(wave, rng.uniform(-20, -2)))
