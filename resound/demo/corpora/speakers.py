"""Speeches in the layout of 16000_pcm_speeches: `Oren_Whitlock/7.wav` is his eighth second.

A speaker gives several speeches, each recorded in its own room, at its own loudness and in its own
noise, all of which drift while it lasts. The speeches are cut into clips of one second, numbered
through, so that neighbours sound alike for more reasons than the voice. Beside the speakers lie
two folders of noise.
"""

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from resound.data import audio
from resound.demo.synthesis import sound
from resound.demo.synthesis.sound import Waveform
from resound.demo.synthesis.speech import RATE, Utterance, speak
from resound.runtime.pool import Pool, spread
from resound.settings import Natural, Positive, settings

VOICES = {
    "Brina_Halloway": "en-us+Andrea",
    "Corvin_Thatch": "en-us+Mario",
    "Idris_Pellworth": "en-us+Michael",
    "Maudie_Farrowby": "en-us+belinda",
    "Oren_Whitlock": "en-us+Lee",
}
"""The speakers; all are invented."""

CROWD = tuple(f"en-us+{variant}" for variant in "f2 f4 m1 m3 m7 steph".split())
"""Voices of the babble, none of them a speaker's."""

SPEECH_S = 15
"""Seconds, and so clips, of a speech."""

SENTENCES = 5
"""Sentences of a speech; enough for `SPEECH_S` seconds at any rate of speech here."""

USUAL_TILT_DB = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""How the microphone that a speaker usually has tilts the spectrum, in dB per octave."""

USUAL_PEAK_DB = (-15.0, -13.5, -12.0, -10.5, -9.0)
"""How loud a speaker's recordings usually are."""

TILT_DB = 4.0
"""How far one speech may depart from that tilt."""

PEAK_DB = 5.0
"""How far one speech may depart from that loudness."""

NOISE_TILT_DB = (-5, 1)
"""The same for the noise of a hall, which is white at 0 and a rumble below."""

NOISE_S = 10
"""Duration of a recording of noise."""

WHO = (
    "the council",
    "our harbour town",
    "every teacher",
    "the young engineer",
    "my grandmother",
    "the night shift",
    "nobody in this valley",
    "a patient gardener",
    "the orchestra",
    "half of the village",
)
DID = (
    "has promised to repair",
    "will soon remember",
    "should never forget",
    "paid far too much for",
    "quietly rebuilt",
    "was proud to open",
    "asked us to protect",
    "walked twenty miles to see",
    "could not explain",
    "is learning to share",
)
WHAT = (
    "the old wooden bridge",
    "a library without doors",
    "the river and its islands",
    "three hundred apple trees",
    "the first electric ferry",
    "the songs of the fishermen",
    "a very small museum",
    "the road across the mountains",
    "our common kitchen",
    "the clock above the market",
)
WHEN = (
    "before the winter comes",
    "in spite of the weather",
    "while others were asleep",
    "for the sake of our children",
    "with a little help from friends",
    "and I thank them for it",
    "though it takes many years",
    "as anyone here can tell you",
    "at the end of a long summer",
    "and that is only the beginning",
)


@settings
class Settings:
    """Speeches of five synthetic voices, and noise, as 16000_pcm_speeches lays them out."""

    kind: Literal["speakers"]
    """The speakers corpus."""
    clips: Positive = 60
    """Clips of one second of each speaker."""
    snr_db: float = 0.0
    """Middle of the signal-to-noise ratios in dB; each speech's is within 5 dB of it."""
    rate_hz: Positive = 16000
    """Sample rate of the files in Hz."""
    seed: Natural = 1
    """What every draw follows from."""


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    No clip depends on how many others there are. Raises `UserError` where speech cannot be made.
    """
    speakers = range(len(VOICES))
    jobs = [partial(_write_speaker, settings, folder, speaker) for speaker in speakers]
    jobs.append(partial(_write_noises, settings, folder))
    deque(spread(_call, jobs, pool, workers), maxlen=0)


def _call(job: Callable[[], None]) -> None:
    job()


def _write_speaker(settings: Settings, folder: Path, speaker: int) -> None:
    """Give, record and cut up the speeches of one speaker, counted from 0."""
    name, voice = list(VOICES.items())[speaker]
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    count = -(-settings.clips // SPEECH_S)
    generators = [np.random.default_rng([settings.seed, speaker, n]) for n in range(count)]
    texts = [sentence for rng in generators for sentence in _sentences(voice, rng)]
    spoken = iter(speak(texts))
    usual = _usual(settings.seed, speaker)
    for speech, rng in enumerate(generators):
        wave = _deliver(list(islice(spoken, SENTENCES)), settings.rate_hz, rng)
        samples = _record(wave, settings, usual, rng)
        for second in range(min(SPEECH_S, settings.clips - speech * SPEECH_S)):
            clip = samples[second * settings.rate_hz : (second + 1) * settings.rate_hz]
            path = home / f"{speech * SPEECH_S + second}.wav"
            soundfile.write(path, clip, settings.rate_hz, subtype="PCM_16")


def _usual(seed: int, speaker: int) -> tuple[float, float]:
    """Tilt and peak of a speaker's recordings in general, unlike any other speaker's."""
    # A key that no speech or noise has; [seed] alone would be that of the first speech.
    rng = np.random.default_rng([seed, len(VOICES) + 1])
    tilts, peaks = rng.permutation(USUAL_TILT_DB), rng.permutation(USUAL_PEAK_DB)
    return float(tilts[speaker]), float(peaks[speaker])


def _sentences(voice: str, rng: np.random.Generator, count: int = SENTENCES) -> Iterator[Utterance]:
    """What a voice says in one speech, in the mood of that day."""
    rate, pitch = rng.uniform(150, 185), rng.uniform(40, 60)
    for _ in range(count):
        text = " ".join(str(rng.choice(words)) for words in (WHO, DID, WHAT, WHEN)) + "."
        yield Utterance(
            text, voice, round(rate + rng.normal(0, 6)), round(pitch + rng.normal(0, 4))
        )


def _deliver(spoken: list[NDArray[np.int16]], rate_hz: int, rng: np.random.Generator) -> Waveform:
    """Sentences with pauses between them, `SPEECH_S` seconds in all."""
    parts = []
    for samples in spoken:
        parts.append(audio.resample(sound.from_int16(samples), RATE, rate_hz))
        parts.append(np.zeros(int(rng.uniform(0.05, 0.4) * rate_hz), np.float32))
    # Whoever should run out of words begins again.
    return np.resize(np.concatenate(parts), SPEECH_S * rate_hz)


def _record(
    wave: Waveform, settings: Settings, usual: tuple[float, float], rng: np.random.Generator
) -> NDArray[np.int16]:
    """A speech as a microphone gets it, all of it drifting: distance, loudness and noise."""
    rate_hz, size = settings.rate_hz, len(wave)
    far = sound.add_room(wave, rate_hz, rng.uniform(0.2, 0.6), rng.uniform(-6, 6), rng)
    near = _drift(0, 1, size, rng)
    wave = (wave * near + far * (1 - near)) * _swell(4, size, rng)
    wave = sound.tilt(wave, rate_hz, usual[0] + rng.uniform(-TILT_DB, TILT_DB))
    noise = rng.standard_normal(size, dtype=np.float32) * _swell(3, size, rng)
    noise = sound.tilt(noise, rate_hz, rng.uniform(*NOISE_TILT_DB))
    wave = sound.mix(wave, noise, settings.snr_db + rng.uniform(-5, 5))
    return sound.to_int16(sound.set_peak(wave, usual[1] + rng.uniform(-PEAK_DB, PEAK_DB)))


def _drift(low: float, high: float, size: int, rng: np.random.Generator) -> Waveform:
    """A curve that wanders between two bounds, a new direction every few seconds."""
    points = rng.uniform(low, high, 5)
    curve: Waveform = np.interp(np.linspace(0, 4, size), range(5), points).astype(np.float32)
    return curve


def _swell(most_db: float, size: int, rng: np.random.Generator) -> Waveform:
    """Factors that make a sound drift up to `most_db` louder and softer."""
    factors: Waveform = (10 ** (_drift(-most_db, most_db, size, rng) / 20)).astype(np.float32)
    return factors


def _write_noises(settings: Settings, folder: Path) -> None:
    """Record what is no speaker: two recordings in each of two folders."""
    noises = {
        "_background_noise_/babble": _babble,
        "_background_noise_/hum": _hum,
        "other/hiss": _hiss,
        "other/rain": _rain,
    }
    for number, (name, noise) in enumerate(noises.items()):
        rng = np.random.default_rng([settings.seed, len(VOICES), number])
        wave = noise(settings.rate_hz, rng)
        wave = wave * _swell(3, len(wave), rng)
        path = folder / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = sound.to_int16(sound.set_peak(wave, rng.uniform(-12, -3)))
        soundfile.write(path, samples, settings.rate_hz, subtype="PCM_16")


def _babble(rate_hz: int, rng: np.random.Generator) -> Waveform:
    """Several people who talk at once in a room."""
    each = 5
    spoken = speak([said for voice in CROWD for said in _sentences(voice, rng, each)])
    talks = np.zeros((len(CROWD), NOISE_S * rate_hz), np.float32)
    for number, talk in enumerate(talks):
        words = np.concatenate(spoken[number * each : (number + 1) * each])
        talk[:] = np.resize(audio.resample(sound.from_int16(words), RATE, rate_hz), len(talk))
    return sound.add_room(talks.sum(0), rate_hz, 0.6, -3, rng)


def _hum(rate_hz: int, rng: np.random.Generator) -> Waveform:
    """A transformer on the mains: 50 Hz and what it makes of it."""
    seconds = np.arange(NOISE_S * rate_hz) / rate_hz
    harmonics = np.arange(1, 13)
    loudness = rng.uniform(0.2, 1, len(harmonics)) / harmonics
    waves = np.sin(2 * np.pi * np.outer(harmonics, seconds) * 50)
    return sound.add_noise((loudness @ waves).astype(np.float32), 20, rng)


def _hiss(rate_hz: int, rng: np.random.Generator) -> Waveform:
    """A worn tape."""
    return sound.tilt(_white(rate_hz, rng), rate_hz, 1.5)


def _rain(rate_hz: int, rng: np.random.Generator) -> Waveform:
    """Drops on a roof, over the rush of those farther off."""
    drops = np.zeros(NOISE_S * rate_hz, np.float32)
    places = rng.integers(len(drops), size=80 * NOISE_S)
    drops[places] = rng.exponential(size=len(places))
    heard = sound.add_room(drops, rate_hz, 0.05, -10, rng)
    return sound.mix(heard, sound.tilt(_white(rate_hz, rng), rate_hz, -3), 3)


def _white(rate_hz: int, rng: np.random.Generator) -> Waveform:
    return rng.standard_normal(NOISE_S * rate_hz, dtype=np.float32)
