"""Music in the layout of GTZAN: `genres_original/jazz/jazz.00003.wav` is the fourth jazz clip.

A genre is a row of a table: tempo, swing, chords, instruments, a groove and distortion. A clip is
a few bars of a band that plays by it in some key and recording; now and then the band borrows one
of these from another genre, so that no single one tells the genre for certain.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import soundfile
from annotated_types import Ge, Le
from numpy.typing import NDArray

from scripts.lib.demo import sound
from scripts.lib.demo.sound import Waveform
from scripts.lib.pool import Pool, spread
from scripts.lib.settings import Natural, Positive, PositiveNumber, settings

LENGTHS = (0.85, 1.15)
"""Bounds of a clip's duration, in the `seconds` asked for."""

CYCLE = 2048
"""Samples of one cycle of a tone; a power of two, so that phases wrap by a bit mask."""

LEVELS_DB = 2.5
"""Standard deviation of the loudness of an instrument in the mix."""

REST = 0.05
"""Chance that a player leaves out a note of the groove."""

TILT_DB = 1.0
"""Standard deviation of how far recordings tilt the spectrum, in dB per octave."""

SNR_DB = (30, 45)
"""Bounds of the ratio of music to hiss."""


@settings
class Settings:
    """Synthesised music of ten genres, as GTZAN lays them out."""

    kind: Literal["genres"]
    """The music corpus."""
    clips: Positive = 20
    """Recordings of each genre."""
    seconds: PositiveNumber = 6.0
    """Middle of the durations; each clip's is within 15 % of it."""
    rate_hz: Positive = 22050
    """Sample rate of the files in Hz."""
    borrow: Annotated[float, Ge(0), Le(1)] = 0.07
    """Chance that a clip has its tempo, swing, chords, timbres, groove or drive, each for itself,
    from another genre."""
    corrupt: bool = True
    """Whether the last jazz file holds bytes that are no recording, as one of GTZAN's does."""
    seed: Natural = 1
    """What every draw follows from."""


@dataclass(frozen=True)
class Timbre:
    """The sound of an instrument's notes."""

    partials: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    """Amplitudes of the partials 1, 2, 3, ... when a note begins; high ones fade first."""
    attack_s: float
    decay_s: float
    """Time in which a note that is held falls to a third."""


@dataclass(frozen=True)
class Groove:
    """Who plays when: a character a sixteenth note, `x` loud, `o` soft; short rows repeat."""

    kick: str = "."
    snare: str = "."
    hat: str = "."
    bass: str = "x......."
    chords: str = "x......."
    lead: str = "."


@dataclass(frozen=True)
class Genre:
    """What a band knows about a genre."""

    tempo: tuple[int, int]
    """Slowest and fastest, in beats a minute."""
    swing: float
    """How late the second half of a beat comes: 0 is even, 1 as in triplets."""
    chords: str
    """A chord a bar: semitones above the key, and one of `CHORDS`."""
    timbres: tuple[str, str]
    """Instruments of the chords and of the lead."""
    groove: Groove
    drive: float
    """Distortion of the chords and the lead: 0 is clean."""


def _frequency_modulation(ratio: int, index: float) -> Callable[..., NDArray[np.float64]]:
    """Partials of a sine whose phase swings `index` radians at `ratio` times its frequency."""
    phase = np.arange(CYCLE) * (2 * np.pi / CYCLE)
    amplitudes = np.abs(np.fft.rfft(np.sin(phase + index * np.sin(ratio * phase)))) * (2 / CYCLE)
    return lambda n: amplitudes[n.astype(int)]


TIMBRES = {
    "banjo": Timbre(lambda n: abs(np.sin(n * np.pi / 9)) / n**0.5, 0.001, 0.12),
    "bass": Timbre(lambda n: n**-2.0, 0.005, 0.5),
    "bells": Timbre(_frequency_modulation(3, 2.0), 0.002, 0.5),
    "electric_piano": Timbre(_frequency_modulation(1, 1.2), 0.004, 0.7),
    "flute": Timbre(lambda n: n**-2.5, 0.05, 2.0),
    "guitar": Timbre(lambda n: abs(np.sin(n * np.pi / 5)) / n, 0.002, 0.4),
    "organ": Timbre(lambda n: np.isin(n, (1, 2, 3, 4, 6, 8)) / n**0.5, 0.01, 4.0),
    "piano": Timbre(lambda n: n**-1.4, 0.004, 0.5),
    "reed": Timbre(lambda n: (n % 2 + 0.2) / n**0.8, 0.03, 1.5),
    "saw": Timbre(lambda n: 1 / n, 0.01, 1.5),
    "square": Timbre(lambda n: (n % 2) / n, 0.005, 0.8),
    "strings": Timbre(lambda n: 1 / n / (1 + (n / 6) ** 2), 0.08, 3.0),
}
# Semitones above the root.
CHORDS = {
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "seventh": (0, 4, 7, 10),
    "major7": (4, 7, 11, 14),
    "minor7": (3, 7, 10, 14),
    "power": (-12, -5, 0),
}
GENRES = {
    "blues": Genre(
        tempo=(65, 105),
        swing=1.0,
        chords="0 seventh, 5 seventh, 0 seventh, 7 seventh",
        timbres=("guitar", "reed"),
        groove=Groove("x.......", "....x...", "x.o.", "x.o.", "x.o.", "..x.x.x...x....."),
        drive=1.0,
    ),
    "classical": Genre(
        tempo=(60, 120),
        swing=0.0,
        chords="0 major, 5 major, 7 major, 0 major",
        timbres=("strings", "flute"),
        groove=Groove(bass="x...............", chords="x.......", lead="x.o.x.oo"),
        drive=0.0,
    ),
    "country": Genre(
        tempo=(95, 130),
        swing=0.2,
        chords="0 major, 0 major, 5 major, 7 major",
        timbres=("guitar", "banjo"),
        groove=Groove("x.......", "..o.", ".", "x...", "..x.", "x.xx.xx.xx.xx.x."),
        drive=0.0,
    ),
    "disco": Genre(
        tempo=(110, 130),
        swing=0.0,
        chords="0 minor7, 5 minor7, 0 minor7, 10 major7",
        timbres=("guitar", "strings"),
        groove=Groove("x...", "....x...", "o.x.", "x.x.", "..xx..x.", "x.......x...x..."),
        drive=0.3,
    ),
    "hiphop": Genre(
        tempo=(80, 100),
        swing=0.4,
        chords="0 minor7, 0 minor7, 8 major7, 7 minor7",
        timbres=("electric_piano", "bells"),
        groove=Groove(
            "x..x..x...x.....",
            "....x...",
            "xoxo",
            "x..x......x.....",
            "x.........o.....",
            "......x.........",
        ),
        drive=0.3,
    ),
    "jazz": Genre(
        tempo=(120, 190),
        swing=0.9,
        chords="2 minor7, 7 seventh, 0 major7, 9 seventh",
        timbres=("piano", "reed"),
        groove=Groove(
            "o...............", "......o.", "x...x.x.", "x...", "...x..x.........", "x.xxx.x."
        ),
        drive=0.0,
    ),
    "metal": Genre(
        tempo=(110, 170),
        swing=0.0,
        chords="0 power, 0 power, 1 power, 3 power",
        timbres=("saw", "saw"),
        groove=Groove("xxxx", "....x...", "x...", "x.xx", "x.xxx.xx", "............xxxx"),
        drive=12.0,
    ),
    "pop": Genre(
        tempo=(98, 126),
        swing=0.0,
        chords="0 major, 7 major, 9 minor, 5 major",
        timbres=("electric_piano", "square"),
        groove=Groove("x.....x.x.......", "....x...", "x.x.", "x.o.", "x...", "x.x...x.x..x...."),
        drive=0.3,
    ),
    "reggae": Genre(
        tempo=(65, 90),
        swing=0.3,
        chords="0 minor, 5 minor, 0 minor, 10 major",
        timbres=("organ", "guitar"),
        groove=Groove(
            "........x.......", "........x.......", "o.x.", "x.xx..x.", "..x.", "..........x.x..."
        ),
        drive=0.2,
    ),
    "rock": Genre(
        tempo=(105, 145),
        swing=0.0,
        chords="0 major, 10 major, 5 major, 0 major",
        timbres=("guitar", "saw"),
        groove=Groove("x.....x.x.......", "....x...", "x.x.", "x.x.", "x.x.", "........x.x.xx.."),
        drive=4.0,
    ),
}


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    No clip depends on how many others there are, but which jazz file is corrupt does.
    """
    for genre in GENRES:
        _path(folder, genre, 0).parent.mkdir(parents=True, exist_ok=True)
    tasks = [(genre, clip) for genre in GENRES for clip in range(settings.clips)]
    deque(spread(partial(_write_clip, settings, folder), tasks, pool, workers), maxlen=0)


def _path(folder: Path, genre: str, clip: int) -> Path:
    return folder / "genres_original" / genre / f"{genre}.{clip:05}.wav"


def _write_clip(settings: Settings, folder: Path, task: tuple[str, int]) -> None:
    """Play, record and write one clip: a genre and a number that counts from 0."""
    path = _path(folder, *task)
    if settings.corrupt and task == ("jazz", settings.clips - 1):
        path.write_bytes(b"These bytes are no recording.\n" * 64)
    else:
        soundfile.write(path, _clip(settings, *task), settings.rate_hz, subtype="PCM_16")


def _clip(settings: Settings, genre: str, clip: int) -> NDArray[np.int16]:
    """The samples of one clip."""
    rng = np.random.default_rng([settings.seed, list(GENRES).index(genre), clip])
    style = _style(genre, settings.borrow, rng)
    samples = int(settings.seconds * rng.uniform(*LENGTHS) * settings.rate_hz)
    return _record(_play(style, samples, settings.rate_hz, rng), settings.rate_hz, rng)


def _style(genre: str, borrow: float, rng: np.random.Generator) -> Genre:
    """The genre's row, some of its cells perhaps from others' rows."""
    others = [GENRES[name] for name in GENRES if name != genre]
    names = [field.name for field in fields(Genre)]
    lenders = rng.integers(len(others), size=len(names))
    borrowed = rng.random(len(names)) < borrow
    rows = [others[n] if lent else GENRES[genre] for n, lent in zip(lenders, borrowed)]
    return Genre(**{name: getattr(row, name) for name, row in zip(names, rows)})


def _play(style: Genre, samples: int, rate_hz: int, rng: np.random.Generator) -> Waveform:
    """What a band plays in the genre, from some moment of a bar on."""
    band = _Band(style, samples, rate_hz, rng)
    pitched = _level(band.chords(), rng) + _level(band.lead(), rng)
    if style.drive:
        pitched = np.tanh(pitched * (1 + style.drive))
    return _level(band.drums(), rng) + _level(band.bass(), rng) + _level(pitched, rng)


def _level(part: Waveform, rng: np.random.Generator) -> Waveform:
    """A part of the mix, as loud as someone happened to set it; silence stays silence."""
    size = float(np.sqrt(np.mean(np.square(part))))
    return part * np.float32(10 ** (rng.normal(0, LEVELS_DB) / 20) / (size or 1))


class _Band:
    """Players who share a key, a beat and a source of chance."""

    def __init__(self, style: Genre, samples: int, rate_hz: int, rng: np.random.Generator) -> None:
        self.style, self.samples, self.rate_hz, self.rng = style, samples, rate_hz, rng
        self.key = int(rng.integers(48, 60))
        self.step_s = 15 / rng.uniform(*style.tempo)
        self.first = int(rng.integers(16))
        """The step of the groove at which the clip begins."""
        self.steps = self.first + int(samples / rate_hz / self.step_s) + 1
        self._tones: dict[tuple[str, int, int], Waveform] = {}

    def drums(self) -> Waveform:
        """Kick, snare and hat, tuned for this clip."""
        seconds = np.arange(self.rate_hz // 4, dtype=np.float32) / self.rate_hz
        noise = self.rng.standard_normal(len(seconds), dtype=np.float32)
        low, middle, dry = self.rng.uniform([42, 160, 0.7], [60, 220, 1.4]).astype(np.float32)
        # The kick's pitch falls from six times its last one.
        kick = np.sin(2 * np.pi * low * (seconds + 5 * (1 - np.exp(-30 * seconds)) / 30))
        kick *= np.exp(-9 * dry * seconds)
        snare = (noise + np.sin(2 * np.pi * middle * seconds)) * np.exp(-18 * dry * seconds)
        hat = np.diff(noise, 2, append=[0, 0]) * np.exp(-45 * dry * seconds) / 4
        track = np.zeros(self.samples, np.float32)
        groove = self.style.groove
        for row, drum in ((groove.kick, kick), (groove.snare, snare), (groove.hat, hat)):
            for step, loudness in self._hits(row):
                self._add(track, step, drum * np.float32(loudness))
        return track

    def bass(self) -> Waveform:
        """Roots, now and then fifths, two octaves below the chords."""
        track = np.zeros(self.samples, np.float32)
        row = self.style.groove.bass
        for step, loudness in self._hits(row):
            fifth = 7 if self.rng.random() < 0.25 else 0
            tone = self._tone("bass", self._root(step) - 12 + fifth, _gap(row, step))
            self._add(track, step, tone * np.float32(loudness))
        return track

    def chords(self) -> Waveform:
        """The chord of each bar."""
        track = np.zeros(self.samples, np.float32)
        row = self.style.groove.chords
        for step, loudness in self._hits(row):
            for above in self._chord(step):
                tone = self._tone(self.style.timbres[0], self._root(step) + above, _gap(row, step))
                self._add(track, step, tone * np.float32(loudness))
        return track

    def lead(self) -> Waveform:
        """A walk up and down the notes of the chords, an octave above them, with rests."""
        track = np.zeros(self.samples, np.float32)
        row = self.style.groove.lead
        place = 0
        for step, loudness in self._hits(row):
            chord = self._chord(step)
            place = int(np.clip(place + self.rng.integers(-2, 3), -2, 4))
            octave, note = divmod(place, len(chord))
            pitch = self._root(step) + 12 * (octave + 1) + chord[note]
            if self.rng.random() < 0.8:
                tone = self._tone(self.style.timbres[1], pitch, _gap(row, step))
                self._add(track, step, tone * np.float32(loudness))
        return track

    def _hits(self, row: str) -> list[tuple[int, float]]:
        """The steps of the clip at which `row` plays, and how loudly."""
        steps = range(self.first, self.steps)
        kept = self.rng.random(len(steps)) >= REST
        played = [n for n, keep in zip(steps, kept) if keep and row[n % len(row)] != "."]
        touch = self.rng.uniform(0.7, 1, len(played))
        return [(n, (0.4 if row[n % len(row)] == "o" else 1) * t) for n, t in zip(played, touch)]

    def _bar(self, step: int) -> tuple[int, tuple[int, ...]]:
        """Root above the key and notes of the chord at a step."""
        bars = self.style.chords.split(", ")
        root, kind = bars[step // 16 % len(bars)].split()
        return int(root), CHORDS[kind]

    def _root(self, step: int) -> int:
        return self.key + self._bar(step)[0]

    def _chord(self, step: int) -> tuple[int, ...]:
        return self._bar(step)[1]

    def _tone(self, instrument: str, pitch: int, steps: int) -> Waveform:
        """A note that lasts some steps; a band plays few, each many times."""
        key = (instrument, pitch, steps)
        if key not in self._tones:
            hz = 440 * 2 ** ((pitch - 69) / 12)
            samples = int(steps * self.step_s * self.rate_hz)
            self._tones[key] = _tone(TIMBRES[instrument], hz, samples, self.rate_hz)
        return self._tones[key]

    def _add(self, track: Waveform, step: int, tone: Waveform) -> None:
        """Play `tone` at a step, moved by the swing and a little by chance."""
        beat, within = divmod(step, 4)
        half = 0.5 + self.style.swing / 6
        moved = beat + float(np.interp(within, (0, 2, 4), (0, half, 1)))
        seconds = (4 * moved - self.first) * self.step_s + self.rng.normal(0, 0.004)
        start = max(0, int(seconds * self.rate_hz))
        room = max(0, self.samples - start)
        track[start : start + len(tone)] += tone[:room]


def _gap(row: str, step: int) -> int:
    """Steps until `row` plays again, at most half a bar."""
    return next((n for n in range(1, 8) if row[(step + n) % len(row)] != "."), 8)


def _tone(timbre: Timbre, hz: float, samples: int, rate_hz: int) -> Waveform:
    """One note: a cycle of its waveform read round and round, losing its high partials first."""
    number = np.arange(1, max(2, min(CYCLE // 2, int(rate_hz / 2 / hz))))
    amplitudes = np.zeros((2, CYCLE // 2 + 1))
    amplitudes[:, number] = timbre.partials(number.astype(float))
    amplitudes[1, number] *= np.exp((1 - number) / 3)
    cycles = np.fft.irfft(-1j * amplitudes).astype(np.float32)
    cycles /= np.sqrt(np.mean(np.square(cycles[0])))
    steps = (np.arange(samples) * (hz * CYCLE / rate_hz)).astype(np.int64) & (CYCLE - 1)
    seconds = np.arange(samples, dtype=np.float32) / rate_hz
    begin, end = np.minimum(1, seconds / timbre.attack_s), np.minimum(1, seconds[::-1] / 0.01)
    fresh = np.exp(seconds / (-0.3 * timbre.decay_s))
    tone: Waveform = cycles[1, steps] * (1 - fresh) + cycles[0, steps] * fresh
    return tone * np.exp(-seconds / timbre.decay_s) * begin * end


def _record(wave: Waveform, rate_hz: int, rng: np.random.Generator) -> NDArray[np.int16]:
    """The mix with the hiss, the tone and the loudness of some recording."""
    wave = sound.add_noise(wave, rng.uniform(*SNR_DB), rng)
    wave = sound.tilt(wave, rate_hz, rng.normal(0, TILT_DB))
    return sound.to_int16(sound.set_peak(wave, rng.uniform(-12, -1)))
