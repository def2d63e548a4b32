"""Emotional speech in the layout of ShEMO: `female/F01A02.wav` is woman 1's second angry clip.

The letters are those of `MANNERS`. A speaker is a voice with a usual rate, pitch, loudness and
brightness. An emotion shows, in one clip more than in another, in how Persian sentences are said,
and never in their words. As in ShEMO there is much anger and little fear, and some speakers have
many clips and others few.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import soundfile
from annotated_types import Ge, Le
from numpy.typing import NDArray

from resound.data import audio
from resound.demo.synthesis import phrases, sound
from resound.demo.synthesis.sound import Waveform
from resound.demo.synthesis.speech import RATE, Utterance, speak
from resound.runtime.pool import Pool, spread
from resound.settings import Natural, settings


@dataclass(frozen=True)
class Manner:
    """How speech departs from neutral."""

    rate: float = 0
    """In words a minute."""
    pitch: float = 0
    """In espeak-ng's units: 100 of them are a little more than an octave."""
    range: float = 0
    """Liveliness of intonation, in espeak-ng's units."""
    level_db: float = 0
    """Loudness."""
    tilt_db: float = 0
    """Brightness: decibels an octave."""
    tremor: float = 0
    """Share by which pitch and loudness tremble."""
    strain: float = 0
    """How far a pressed voice drives the waveform into saturation: 1 is far."""
    rise: float = 0
    """Share of the clips that end as a question does."""


MANNERS = {
    "A": Manner(rate=25, pitch=22, range=25, level_db=4, tilt_db=2.5, strain=1.0),
    "F": Manner(rate=20, pitch=35, range=-20, level_db=-2, tilt_db=-1.0, tremor=0.08),
    "H": Manner(rate=20, pitch=30, range=35, level_db=2, tilt_db=2.0),
    "N": Manner(),
    "S": Manner(rate=-28, pitch=-20, range=-30, level_db=-3, tilt_db=-2.5),
    "W": Manner(rate=-10, pitch=45, range=40, level_db=1, tilt_db=-1.5, rise=1),
}
"""Anger, fear, happiness, neutral, sadness and surprise (wonder), by ShEMO's letters.

The directions are those that Scherer (2003) sums up: anger and joy fast, high, lively, loud and
bright, fear fast and high, sadness slow, low, flat, soft and dull.
"""

COUNTS = {"A": 106, "F": 10, "H": 26, "N": 104, "S": 48, "W": 28}
"""Clips of each emotion at `scale` 1: a tenth of ShEMO's, but for fear, that has 38 there."""

FEELING = (0.6, 1.4)
"""Bounds of how far a clip goes along its manner."""

WOMEN = "f1 f3 f4 f5 aunty belinda grandma linda steph".split()
_NEITHER = ("caleb", "Nguyen")  # their pitch is that of neither
MEN = [name for name in phrases.CORPUS_VARIANTS if name not in (*WOMEN, *_NEITHER)]

GENDERS = "FMFMM"
"""Of speakers, in turn; ShEMO has 31 women and 56 men."""

SHORT_S, LONG_S = (1.5, 1.6), (5.5, 6.5)
"""Bounds of what a clip reaches at least: sentences follow one another until it does."""

LONG_SHARE = 1 / 6
"""Share of long clips."""

_GOLDEN = (np.sqrt(5) - 1) / 2


@settings
class Settings:
    """Emotional Persian speech of synthetic actors, as ShEMO lays it out."""

    kind: Literal["emotions"]
    """The emotional speech corpus."""
    scale: Annotated[float, Ge(0.05), Le(9)] = 1.0
    """How many clips: 1 means 322, of which 10 are fearful."""
    speakers: Annotated[int, Ge(5), Le(99)] = 20
    """Number of speakers; two of five are women."""
    snr_db: float = 15.0
    """Middle of the signal-to-noise ratios in dB; each clip's is within 5 dB of it."""
    rate_hz: Annotated[int, Ge(8000)] = 16000
    """Sample rate of the files in Hz."""
    seed: Natural = 1
    """What every draw follows from."""


@dataclass(frozen=True)
class Clip:
    """A clip to be made."""

    emotion: str
    """A letter of `MANNERS`."""
    place: int
    """Counted from 0 among all clips of the emotion."""
    name: str
    """Path without suffix."""


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    A larger `scale` adds clips and leaves the others as they are. Raises `UserError` where speech
    cannot be made.
    """
    for gender in ("female", "male"):
        (folder / gender).mkdir(parents=True, exist_ok=True)
    tasks = list(enumerate(_plan(settings)))
    deque(spread(partial(_write_speaker, settings, folder), tasks, pool, workers), maxlen=0)


def _plan(settings: Settings) -> list[list[Clip]]:
    """The clips of each speaker, in an order in which a larger scale only adds some at the end."""
    rng = np.random.default_rng([settings.seed, 0])
    bounds = np.cumsum(rng.uniform(0.2, 1, settings.speakers))
    # At which scale each clip comes in.
    wanted = sorted(
        (scale, emotion, place)
        for emotion, count in COUNTS.items()
        for place in range(round(settings.scale * count) + 1)
        if (scale := (place + 0.5) / count) <= settings.scale
    )
    starts = dict(zip(COUNTS, rng.random(len(COUNTS))))
    plan: list[list[Clip]] = [[] for _ in range(settings.speakers)]
    for _, emotion, place in wanted:
        # Multiples of the golden ratio fall evenly: even ten clips have many speakers.
        at = (starts[emotion] + place * _GOLDEN) % 1
        speaker = int(np.searchsorted(bounds / bounds[-1], at, side="right"))
        number = 1 + sum(clip.emotion == emotion for clip in plan[speaker])
        name = f"{_name(speaker)}{emotion}{number:02}"
        home = "female" if name[0] == "F" else "male"
        plan[speaker].append(Clip(emotion, place, f"{home}/{name}"))
    return plan


def _name(speaker: int) -> str:
    """The letter of a speaker's gender and the number among those of that gender."""
    genders = [GENDERS[n % len(GENDERS)] for n in range(speaker + 1)]
    return f"{genders[-1]}{genders.count(genders[-1]):02}"


def _write_speaker(settings: Settings, folder: Path, task: tuple[int, list[Clip]]) -> None:
    """Speak and write the clips of one speaker."""
    speaker, clips = task
    person = _Person(settings.seed, speaker)
    # The keys 0, 1 and 3 are those of the plan, of people and of voices.
    generators = [
        np.random.default_rng([settings.seed, 2, list(MANNERS).index(clip.emotion), clip.place])
        for clip in clips
    ]
    takes = [_Take(person, MANNERS[clip.emotion], rng) for clip, rng in zip(clips, generators)]
    spoken = iter(speak([said for take in takes for said in take.utterances]))
    for clip, take, rng in zip(clips, takes, generators):
        waves = [
            audio.resample(sound.from_int16(next(spoken)), RATE, settings.rate_hz)
            for _ in take.utterances
        ]
        samples = take.record(waves, settings, rng)
        soundfile.write(folder / f"{clip.name}.wav", samples, settings.rate_hz, subtype="PCM_16")


class _Person:
    """A voice and its habits."""

    def __init__(self, seed: int, speaker: int) -> None:
        name = _name(speaker)
        variants = np.random.default_rng([seed, 3]).permutation(WOMEN if name[0] == "F" else MEN)
        rng = np.random.default_rng([seed, 1, speaker])
        self.voice = f"{phrases.ACCENTS['fa'][0]}+{variants[(int(name[1:]) - 1) % len(variants)]}"
        self.rate, self.pitch, self.range = (
            rng.uniform(165, 190),
            rng.uniform(25, 50),
            rng.uniform(35, 60),
        )
        self.peak_db, self.tilt_db = rng.uniform(-16, -12), rng.uniform(-1.5, 1.5)


class _Take:
    """One clip: what is said, and how."""

    def __init__(self, person: _Person, manner: Manner, rng: np.random.Generator) -> None:
        self.person, self.manner = person, manner
        self.feeling = rng.uniform(*FEELING)
        self.least_s = rng.uniform(*(LONG_S if rng.random() < LONG_SHARE else SHORT_S))
        mark = "؟" if rng.random() < self.feeling * manner.rise else ""
        texts = _texts()
        said = [texts[n] for n in rng.integers(len(texts), size=int(self.least_s) + 1)]
        rate, pitch, lively = (
            usual + self.feeling * change + rng.normal(0, spread)
            for usual, change, spread in (
                (person.rate, manner.rate, 6),
                (person.pitch, manner.pitch, 5),
                (person.range, manner.range, 6),
            )
        )
        self.utterances = [
            Utterance(
                text + mark,
                person.voice,
                round(rate),
                int(np.clip(pitch, 0, 99)),
                int(np.clip(lively, 0, 99)),
            )
            for text in said
        ]

    def record(
        self, waves: list[Waveform], settings: Settings, rng: np.random.Generator
    ) -> NDArray[np.int16]:
        """The clip as the microphone gets it."""
        manner, feeling, rate_hz = self.manner, self.feeling, settings.rate_hz
        wave = np.concatenate(list(_in_turn(waves, self.least_s, rate_hz, rng)))
        if manner.tremor:
            wave = tremble(wave, rate_hz, feeling * manner.tremor, rng)
        if manner.strain:
            wave = strained(wave, feeling * manner.strain)
        tilt_db = self.person.tilt_db + feeling * manner.tilt_db + rng.normal(0, 0.7)
        wave = sound.tilt(wave, rate_hz, tilt_db)
        wave = sound.add_noise(wave, settings.snr_db + rng.uniform(-5, 5), rng)
        peak_db = self.person.peak_db + feeling * manner.level_db + rng.normal(0, 1.5)
        return sound.to_int16(sound.set_peak(wave, min(peak_db, -1)))


@cache
def _texts() -> list[str]:
    return [text for texts in phrases.topics("corpus").values() for text in texts]


def _in_turn(
    waves: list[Waveform], least_s: float, rate_hz: int, rng: np.random.Generator
) -> Iterator[Waveform]:
    """Sentences with pauses around them, until there are `least_s` seconds."""
    samples = 0
    for wave in waves:
        if samples >= least_s * rate_hz:
            return
        yield (padded := phrases.pad(sound.trim(wave), rate_hz, rng))
        samples += len(padded)


def tremble(wave: Waveform, rate_hz: int, depth: float, rng: np.random.Generator) -> Waveform:
    """Let pitch and loudness sway by a share `depth` and 5 `depth`, six to nine times a second."""
    places = np.arange(len(wave))
    turn = 2 * np.pi * rng.uniform(6, 9) / rate_hz
    phase = turn * places + rng.uniform(0, 2 * np.pi)
    # The sound is read at a pace of 1 + depth * sin(phase); its integral is where.
    moved = np.interp(places - depth / turn * np.cos(phase), places, wave)
    loudness = 1 + min(5 * depth, 0.9) * np.sin(phase)
    trembling: Waveform = (moved * loudness).astype(np.float32)
    return trembling


def strained(wave: Waveform, drive: float) -> Waveform:
    """Saturate the waveform by a hyperbolic tangent, into which the peak goes as 1 + 4 `drive`."""
    peak, gain = np.abs(wave).max(initial=1e-9), 1 + 4 * drive
    driven: Waveform = (np.tanh(wave * (gain / peak)) * (peak / np.tanh(gain))).astype(np.float32)
    return driven
