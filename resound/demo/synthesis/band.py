"""A band of synthetic players: instruments, chords, and who plays what when."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resound.demo.synthesis.sound import Waveform

CYCLE = 2048
"""Samples of one cycle of a tone; a power of two, so that phases wrap by a bit mask."""

LEVELS_DB = 2.5
"""Standard deviation of the loudness of an instrument in the mix."""

REST = 0.05
"""Chance that a player leaves out a note of the groove."""


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


def play(style: Genre, samples: int, rate_hz: int, rng: np.random.Generator) -> Waveform:
    """What a band plays in the genre, from some moment of a bar on."""
    band = Band(style, samples, rate_hz, rng)
    pitched = _level(band.chords(), rng) + _level(band.lead(), rng)
    if style.drive:
        pitched = np.tanh(pitched * (1 + style.drive))
    return _level(band.drums(), rng) + _level(band.bass(), rng) + _level(pitched, rng)


def _level(part: Waveform, rng: np.random.Generator) -> Waveform:
    """A part of the mix, as loud as someone happened to set it; silence stays silence."""
    size = float(np.sqrt(np.mean(np.square(part))))
    return part * np.float32(10 ** (rng.normal(0, LEVELS_DB) / 20) / (size or 1))


class Band:
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
            tone = self._tone("bass", self._root(step) - 12 + fifth, gap(row, step))
            self._add(track, step, tone * np.float32(loudness))
        return track

    def chords(self) -> Waveform:
        """The chord of each bar."""
        track = np.zeros(self.samples, np.float32)
        row = self.style.groove.chords
        for step, loudness in self._hits(row):
            for above in self._chord(step):
                tone = self._tone(self.style.timbres[0], self._root(step) + above, gap(row, step))
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
                tone = self._tone(self.style.timbres[1], pitch, gap(row, step))
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
            self._tones[key] = tone(TIMBRES[instrument], hz, samples, self.rate_hz)
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


def gap(row: str, step: int) -> int:
    """Steps until `row` plays again, at most half a bar."""
    return next((n for n in range(1, 8) if row[(step + n) % len(row)] != "."), 8)


def tone(timbre: Timbre, hz: float, samples: int, rate_hz: int) -> Waveform:
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
