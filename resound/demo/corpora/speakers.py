"""Speeches in the layout of 16000_pcm_speeches: `Oren_Whitlock/7.wav` is his eighth second.

Each speaker gives several speeches. Each speech has a different room, level and noise, all of
which drift during the speech. The speeches are cut into consecutively numbered clips of one
second, so that adjacent clips share more than the voice. There are also two folders of noise.
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
from resound.demo.synthesis.speech import RATE_HZ, Utterance, synthesise
from resound.runtime.pool import Pool, spread
from resound.settings import Natural, Positive, settings

VOICES = {
    "Brina_Halloway": "en-us+Andrea",
    "Corvin_Thatch": "en-us+Mario",
    "Idris_Pellworth": "en-us+Michael",
    "Maudie_Farrowby": "en-us+belinda",
    "Oren_Whitlock": "en-us+Lee",
}
"""The fictitious speakers and their voices."""

CROWD = tuple(f"en-us+{variant}" for variant in "f2 f4 m1 m3 m7 steph".split())
"""Voices of the babble noise, different from those of the speakers."""

SPEECH_S = 15
"""Duration of a speech in seconds, which is also its number of clips."""

SENTENCES = 5
"""Sentences per speech, enough for `SPEECH_S` seconds at any speech rate used here."""

MEAN_TILT_DB = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Mean spectral tilt of the recordings of each speaker, in dB per octave, in random order."""

MEAN_PEAK_DB = (-15.0, -13.5, -12.0, -10.5, -9.0)
"""Mean peak level of the recordings of each speaker, in dB, in random order."""

TILT_DEVIATION_DB = 4.0
"""Maximum deviation of a speech from the mean tilt, in dB per octave."""

PEAK_DEVIATION_DB = 5.0
"""Maximum deviation of a speech from the mean peak level, in dB."""

NOISE_TILT_DB = (-5, 1)
"""Bounds of the spectral tilt of background noise, in dB per octave; 0 is white noise."""

NOISE_S = 10
"""Duration of each noise recording in seconds."""

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
    """Speeches by five synthetic voices, and noise, in the layout of 16000_pcm_speeches."""

    kind: Literal["speakers"]
    """Speaker identification."""
    clips: Positive = 60
    """Number of clips of one second of each speaker."""
    snr_db: float = 0.0
    """Mean signal-to-noise ratio in dB; that of each speech deviates by up to 5 dB."""
    rate_hz: Positive = 16000
    """Sample rate of the files in Hz."""
    seed: Natural = 1
    """Seed of all random draws."""


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    No clip depends on the number of clips. Raises `UserError` if speech synthesis fails.
    """
    speakers = range(len(VOICES))
    tasks = [partial(_write_speaker, settings, folder, speaker) for speaker in speakers]
    tasks.append(partial(_write_noises, settings, folder))
    deque(spread(_call, tasks, pool, workers), maxlen=0)


def _call(task: Callable[[], None]) -> None:
    task()


def _write_speaker(settings: Settings, folder: Path, speaker: int) -> None:
    """Synthesise the speeches of one speaker, counted from 0, and write their clips."""
    name, voice = list(VOICES.items())[speaker]
    directory = folder / name
    directory.mkdir(parents=True, exist_ok=True)
    count = -(-settings.clips // SPEECH_S)
    generators = [np.random.default_rng([settings.seed, speaker, n]) for n in range(count)]
    utterances = [utterance for rng in generators for utterance in _utterances(voice, rng)]
    sentences = iter(synthesise(utterances))
    means = _recording_means(settings.seed, speaker)
    for speech, rng in enumerate(generators):
        wave = _join(list(islice(sentences, SENTENCES)), settings.rate_hz, rng)
        samples = _record(wave, settings, means, rng)
        for second in range(min(SPEECH_S, settings.clips - speech * SPEECH_S)):
            clip = samples[second * settings.rate_hz : (second + 1) * settings.rate_hz]
            path = directory / f"{speech * SPEECH_S + second}.wav"
            soundfile.write(path, clip, settings.rate_hz, subtype="PCM_16")


def _recording_means(seed: int, speaker: int) -> tuple[float, float]:
    """Return the mean tilt and peak level of a speaker, different for each speaker."""
    # No speech or noise has this key; [seed] alone would be that of the first speech.
    rng = np.random.default_rng([seed, len(VOICES) + 1])
    tilts, peaks = rng.permutation(MEAN_TILT_DB), rng.permutation(MEAN_PEAK_DB)
    return float(tilts[speaker]), float(peaks[speaker])


def _utterances(
    voice: str, rng: np.random.Generator, count: int = SENTENCES
) -> Iterator[Utterance]:
    """Yield the sentences of one speech, near a random mean rate and pitch."""
    rate, pitch = rng.uniform(150, 185), rng.uniform(40, 60)
    for _ in range(count):
        text = " ".join(str(rng.choice(words)) for words in (WHO, DID, WHAT, WHEN)) + "."
        yield Utterance(
            text, voice, round(rate + rng.normal(0, 6)), round(pitch + rng.normal(0, 4))
        )


def _join(sentences: list[NDArray[np.int16]], rate_hz: int, rng: np.random.Generator) -> Waveform:
    """Join sentences with pauses into a speech of `SPEECH_S` seconds."""
    parts = []
    for samples in sentences:
        parts.append(audio.resample(sound.from_int16(samples), RATE_HZ, rate_hz))
        parts.append(np.zeros(int(rng.uniform(0.05, 0.4) * rate_hz), np.float32))
    # A speech that is too short is repeated from its beginning.
    return np.resize(np.concatenate(parts), SPEECH_S * rate_hz)


def _record(
    wave: Waveform, settings: Settings, means: tuple[float, float], rng: np.random.Generator
) -> NDArray[np.int16]:
    """Return a speech as recorded, with drifting distance, level and noise."""
    rate_hz, size = settings.rate_hz, len(wave)
    far = sound.add_room(wave, rate_hz, rng.uniform(0.2, 0.6), rng.uniform(-6, 6), rng)
    near = _drift(0, 1, size, rng)
    wave = (wave * near + far * (1 - near)) * _level_drift(4, size, rng)
    tilt_db = means[0] + rng.uniform(-TILT_DEVIATION_DB, TILT_DEVIATION_DB)
    wave = sound.tilt(wave, rate_hz, tilt_db)
    noise = rng.standard_normal(size, dtype=np.float32) * _level_drift(3, size, rng)
    noise = sound.tilt(noise, rate_hz, rng.uniform(*NOISE_TILT_DB))
    wave = sound.mix(wave, noise, settings.snr_db + rng.uniform(-5, 5))
    peak_db = means[1] + rng.uniform(-PEAK_DEVIATION_DB, PEAK_DEVIATION_DB)
    return sound.to_int16(sound.set_peak(wave, peak_db))


def _drift(low: float, high: float, size: int, rng: np.random.Generator) -> Waveform:
    """Return a piecewise linear curve of four segments with random values between two bounds."""
    points = rng.uniform(low, high, 5)
    curve: Waveform = np.interp(np.linspace(0, 4, size), range(5), points).astype(np.float32)
    return curve


def _level_drift(limit_db: float, size: int, rng: np.random.Generator) -> Waveform:
    """Return gain factors that drift between -`limit_db` and `limit_db` dB."""
    gains: Waveform = (10 ** (_drift(-limit_db, limit_db, size, rng) / 20)).astype(np.float32)
    return gains


def _write_noises(settings: Settings, folder: Path) -> None:
    """Write the noise: two recordings in each of two folders."""
    noises = {
        "_background_noise_/babble": _babble,
        "_background_noise_/hum": _hum,
        "other/hiss": _hiss,
        "other/rain": _rain,
    }
    for number, (name, noise) in enumerate(noises.items()):
        rng = np.random.default_rng([settings.seed, len(VOICES), number])
        wave = noise(settings.rate_hz, rng)
        wave = wave * _level_drift(3, len(wave), rng)
        path = folder / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = sound.to_int16(sound.set_peak(wave, rng.uniform(-12, -3)))
        soundfile.write(path, samples, settings.rate_hz, subtype="PCM_16")


def _babble(rate_hz: int, rng: np.random.Generator) -> Waveform:
    """Synthesise several people who talk at the same time in a room."""
    count = 5
    utterances = [utterance for voice in CROWD for utterance in _utterances(voice, rng, count)]
    sentences = synthesise(utterances)
    talkers = np.zeros((len(CROWD), NOISE_S * rate_hz), np.float32)
    for number, talker in enumerate(talkers):
        speech = np.concatenate(sentences[number * count : (number + 1) * count])
        wave = audio.resample(sound.from_int16(speech), RATE_HZ, rate_hz)
        talker[:] = np.resize(wave, len(talker))
    return sound.add_room(talkers.sum(0), rate_hz, 0.6, -3, rng)


def _hum(rate_hz: int, rng: np.random.Generator) -> Waveform:
    """Synthesise mains hum: 50 Hz and its harmonics."""
    seconds = np.arange(NOISE_S * rate_hz) / rate_hz
    harmonics = np.arange(1, 13)
    amplitudes = rng.uniform(0.2, 1, len(harmonics)) / harmonics
    waves = np.sin(2 * np.pi * np.outer(harmonics, seconds) * 50)
    return sound.add_noise((amplitudes @ waves).astype(np.float32), 20, rng)


def _hiss(rate_hz: int, rng: np.random.Generator) -> Waveform:
    """Synthesise tape hiss."""
    return sound.tilt(_white(rate_hz, rng), rate_hz, 1.5)


def _rain(rate_hz: int, rng: np.random.Generator) -> Waveform:
    """Synthesise rain: drops on a roof over a continuous background."""
    drops = np.zeros(NOISE_S * rate_hz, np.float32)
    positions = rng.integers(len(drops), size=80 * NOISE_S)
    drops[positions] = rng.exponential(size=len(positions))
    wave = sound.add_room(drops, rate_hz, 0.05, -10, rng)
    return sound.mix(wave, sound.tilt(_white(rate_hz, rng), rate_hz, -3), 3)


def _white(rate_hz: int, rng: np.random.Generator) -> Waveform:
    return rng.standard_normal(NOISE_S * rate_hz, dtype=np.float32)
