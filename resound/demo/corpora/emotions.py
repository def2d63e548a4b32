"""Emotional speech in the layout of ShEMO.

`female/F01A02.wav` is the second angry clip of the first woman; `MANNERS` lists the letters of the
emotions. A speaker has a voice with a mean rate, pitch, level and brightness. An emotion changes
how Persian sentences are spoken, with an intensity that varies between clips, but never their
words. As in ShEMO, anger is frequent, fear is rare, and some speakers have many more clips than
others.
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
from resound.demo.synthesis.speech import RATE_HZ, Utterance, synthesise
from resound.runtime.pool import Pool, spread
from resound.settings import Natural, settings


@dataclass(frozen=True)
class Manner:
    """Differences between the speech of an emotion and neutral speech."""

    rate: float = 0
    """In words per minute."""
    pitch: float = 0
    """In espeak-ng's units, of which 100 are slightly more than an octave."""
    range: float = 0
    """Liveliness of intonation, in espeak-ng's units."""
    level_db: float = 0
    """Level in dB."""
    tilt_db: float = 0
    """Spectral tilt (brightness) in dB per octave."""
    tremor: float = 0
    """Relative depth of the pitch tremor; that of the level is five times as large."""
    strain: float = 0
    """Saturation of the waveform by a pressed voice; 1 is strong."""
    rise: float = 0
    """Probability of the intonation of a question, multiplied by the intensity."""


MANNERS = {
    "A": Manner(rate=25, pitch=22, range=25, level_db=4, tilt_db=2.5, strain=1.0),
    "F": Manner(rate=20, pitch=35, range=-20, level_db=-2, tilt_db=-1.0, tremor=0.08),
    "H": Manner(rate=20, pitch=30, range=35, level_db=2, tilt_db=2.0),
    "N": Manner(),
    "S": Manner(rate=-28, pitch=-20, range=-30, level_db=-3, tilt_db=-2.5),
    "W": Manner(rate=-10, pitch=45, range=40, level_db=1, tilt_db=-1.5, rise=1),
}
"""Anger, fear, happiness, neutral, sadness and surprise (wonder), by the letters of ShEMO.

The signs follow the summary by Scherer (2003): anger and joy are fast, high, lively, loud and
bright, fear is fast and high, sadness is slow, low, monotonous, soft and dull.
"""

COUNTS = {"A": 106, "F": 10, "H": 26, "N": 104, "S": 48, "W": 28}
"""Clips of each emotion at `scale` 1: a tenth of those in ShEMO, except for fear (38 there)."""

INTENSITY = (0.6, 1.4)
"""Bounds of the intensity of a clip, by which the values of its manner are multiplied."""

WOMEN = "f1 f3 f4 f5 aunty belinda grandma linda steph".split()
_AMBIGUOUS = ("caleb", "Nguyen")  # their pitch is between those of women and men
MEN = [name for name in phrases.CORPUS_VARIANTS if name not in (*WOMEN, *_AMBIGUOUS)]

GENDERS = "FMFMM"
"""Genders of the speakers, repeated; ShEMO has 31 women and 56 men."""

SHORT_S, LONG_S = (1.5, 1.6), (5.5, 6.5)
"""Bounds of the minimum duration of short and long clips in seconds.

Sentences are added to a clip until it reaches its minimum duration.
"""

LONG_PROBABILITY = 1 / 6
"""Probability that a clip is long."""

_GOLDEN_RATIO = (np.sqrt(5) - 1) / 2


@settings
class Settings:
    """Emotional Persian speech by synthetic speakers, in the layout of ShEMO."""

    kind: Literal["emotions"]
    """Speech emotions."""
    scale: Annotated[float, Ge(0.05), Le(9)] = 1.0
    """Relative number of clips: 1 gives 322 clips, of which 10 express fear."""
    speakers: Annotated[int, Ge(5), Le(99)] = 20
    """Number of speakers; two fifths are women."""
    snr_db: float = 15.0
    """Mean signal-to-noise ratio in dB; that of each clip deviates by up to 5 dB."""
    rate_hz: Annotated[int, Ge(8000)] = 16000
    """Sample rate of the files in Hz."""
    seed: Natural = 1
    """Seed of all random draws."""


@dataclass(frozen=True)
class Clip:
    """A clip to synthesise."""

    emotion: str
    """A letter of `MANNERS`."""
    index: int
    """Counted from 0 among all clips of the emotion."""
    name: str
    """Path without suffix."""


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    A larger `scale` adds clips without changing the others. Raises `UserError` if speech synthesis
    fails.
    """
    for gender in ("female", "male"):
        (folder / gender).mkdir(parents=True, exist_ok=True)
    tasks = list(enumerate(_plan(settings)))
    deque(spread(partial(_write_speaker, settings, folder), tasks, pool, workers), maxlen=0)


def _plan(settings: Settings) -> list[list[Clip]]:
    """Return the clips of each speaker, ordered so that a larger scale appends clips."""
    rng = np.random.default_rng([settings.seed, 0])
    bounds = np.cumsum(rng.uniform(0.2, 1, settings.speakers))
    # Sorted by the smallest scale that includes the clip.
    clips = sorted(
        (scale, emotion, index)
        for emotion, count in COUNTS.items()
        for index in range(round(settings.scale * count) + 1)
        if (scale := (index + 0.5) / count) <= settings.scale
    )
    offsets = dict(zip(COUNTS, rng.random(len(COUNTS))))
    plan: list[list[Clip]] = [[] for _ in range(settings.speakers)]
    for _, emotion, index in clips:
        # Multiples of the golden ratio modulo 1 are evenly distributed, so that even the ten clips
        # of fear belong to many speakers.
        quantile = (offsets[emotion] + index * _GOLDEN_RATIO) % 1
        speaker = int(np.searchsorted(bounds / bounds[-1], quantile, side="right"))
        number = 1 + sum(clip.emotion == emotion for clip in plan[speaker])
        name = f"{_name(speaker)}{emotion}{number:02}"
        directory = "female" if name[0] == "F" else "male"
        plan[speaker].append(Clip(emotion, index, f"{directory}/{name}"))
    return plan


def _name(speaker: int) -> str:
    """Return the gender letter of a speaker, and the number among speakers of that gender."""
    genders = [GENDERS[n % len(GENDERS)] for n in range(speaker + 1)]
    return f"{genders[-1]}{genders.count(genders[-1]):02}"


def _write_speaker(settings: Settings, folder: Path, task: tuple[int, list[Clip]]) -> None:
    """Synthesise and write the clips of one speaker; `task` is its number and its clips."""
    number, clips = task
    speaker = _Speaker(settings.seed, number)
    # The keys 0, 1 and 3 are used for the plan, the speakers and the voices.
    generators = [
        np.random.default_rng([settings.seed, 2, list(MANNERS).index(clip.emotion), clip.index])
        for clip in clips
    ]
    takes = [_Take(speaker, MANNERS[clip.emotion], rng) for clip, rng in zip(clips, generators)]
    utterances = [utterance for take in takes for utterance in take.utterances]
    speech = iter(synthesise(utterances))
    for clip, take, rng in zip(clips, takes, generators):
        waves = [
            audio.resample(sound.from_int16(next(speech)), RATE_HZ, settings.rate_hz)
            for _ in take.utterances
        ]
        samples = take.record(waves, settings, rng)
        soundfile.write(folder / f"{clip.name}.wav", samples, settings.rate_hz, subtype="PCM_16")


class _Speaker:
    """The voice of a speaker, and the means of its prosody and recordings."""

    def __init__(self, seed: int, number: int) -> None:
        name = _name(number)
        variants = np.random.default_rng([seed, 3]).permutation(WOMEN if name[0] == "F" else MEN)
        rng = np.random.default_rng([seed, 1, number])
        self.voice = f"{phrases.ACCENTS['fa'][0]}+{variants[(int(name[1:]) - 1) % len(variants)]}"
        self.rate, self.pitch, self.range = (
            rng.uniform(165, 190),
            rng.uniform(25, 50),
            rng.uniform(35, 60),
        )
        self.peak_db, self.tilt_db = rng.uniform(-16, -12), rng.uniform(-1.5, 1.5)


class _Take:
    """The utterances of one clip, and how it is recorded."""

    def __init__(self, speaker: _Speaker, manner: Manner, rng: np.random.Generator) -> None:
        self.speaker, self.manner = speaker, manner
        self.intensity = rng.uniform(*INTENSITY)
        self.minimum_s = rng.uniform(*(LONG_S if rng.random() < LONG_PROBABILITY else SHORT_S))
        mark = "؟" if rng.random() < self.intensity * manner.rise else ""
        texts = _texts()
        sentences = [texts[n] for n in rng.integers(len(texts), size=int(self.minimum_s) + 1)]
        rate, pitch, intonation = (
            mean + self.intensity * change + rng.normal(0, deviation)
            for mean, change, deviation in (
                (speaker.rate, manner.rate, 6),
                (speaker.pitch, manner.pitch, 5),
                (speaker.range, manner.range, 6),
            )
        )
        self.utterances = [
            Utterance(
                text + mark,
                speaker.voice,
                round(rate),
                int(np.clip(pitch, 0, 99)),
                int(np.clip(intonation, 0, 99)),
            )
            for text in sentences
        ]

    def record(
        self, waves: list[Waveform], settings: Settings, rng: np.random.Generator
    ) -> NDArray[np.int16]:
        """Return the clip as recorded; `waves` holds its sentences."""
        manner, intensity, rate_hz = self.manner, self.intensity, settings.rate_hz
        wave = np.concatenate(list(_with_pauses(waves, self.minimum_s, rate_hz, rng)))
        if manner.tremor:
            wave = add_tremor(wave, rate_hz, intensity * manner.tremor, rng)
        if manner.strain:
            wave = saturate(wave, intensity * manner.strain)
        tilt_db = self.speaker.tilt_db + intensity * manner.tilt_db + rng.normal(0, 0.7)
        wave = sound.tilt(wave, rate_hz, tilt_db)
        wave = sound.add_noise(wave, settings.snr_db + rng.uniform(-5, 5), rng)
        peak_db = self.speaker.peak_db + intensity * manner.level_db + rng.normal(0, 1.5)
        return sound.to_int16(sound.set_peak(wave, min(peak_db, -1)))


@cache
def _texts() -> list[str]:
    return [text for texts in phrases.topics("corpus").values() for text in texts]


def _with_pauses(
    waves: list[Waveform], minimum_s: float, rate_hz: int, rng: np.random.Generator
) -> Iterator[Waveform]:
    """Yield sentences with pauses around them, until they last at least `minimum_s` seconds."""
    samples = 0
    for wave in waves:
        if samples >= minimum_s * rate_hz:
            return
        yield (padded := phrases.add_margins(sound.trim(wave), rate_hz, rng))
        samples += len(padded)


def add_tremor(wave: Waveform, rate_hz: int, depth: float, rng: np.random.Generator) -> Waveform:
    """Modulate pitch by the fraction `depth` and amplitude by 5 `depth`, at 6 to 9 Hz."""
    times = np.arange(len(wave))
    angular_rate = 2 * np.pi * rng.uniform(6, 9) / rate_hz
    phase = angular_rate * times + rng.uniform(0, 2 * np.pi)
    # The playback speed is 1 + depth * sin(phase); its integral is the position to read.
    resampled = np.interp(times - depth / angular_rate * np.cos(phase), times, wave)
    gain = 1 + min(5 * depth, 0.9) * np.sin(phase)
    modulated: Waveform = (resampled * gain).astype(np.float32)
    return modulated


def saturate(wave: Waveform, drive: float) -> Waveform:
    """Saturate a sound, keeping its peak, by the tanh of the sound scaled to 1 + 4 `drive`."""
    peak, gain = np.abs(wave).max(initial=1e-9), 1 + 4 * drive
    saturated: Waveform = np.tanh(wave * (gain / peak)) * (peak / np.tanh(gain))
    return saturated.astype(np.float32)
