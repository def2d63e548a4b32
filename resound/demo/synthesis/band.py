"""Synthetic music by a small band: instruments, chords and rhythmic patterns."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resound.demo.synthesis.sound import Waveform

CYCLE = 2048
"""Samples of one cycle of a tone; a power of two, so that a bit mask wraps the phase."""

LEVEL_DB = 2.5
"""Standard deviation of the level of an instrument in the mix, in dB."""

REST_PROBABILITY = 0.05
"""Probability that a player omits a note of the pattern."""


@dataclass(frozen=True)
class Timbre:
    """The sound of an instrument."""

    partials: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    """Maps partial numbers 1, 2, 3, ... to amplitudes at the onset; high partials fade first."""
    attack_s: float
    decay_s: float
    """Time in which the amplitude of a sustained note falls by a factor of e."""


@dataclass(frozen=True)
class Groove:
    """Rhythmic pattern of each player.

    One character per sixteenth note: `x` loud, `o` soft, `.` silent. Short patterns repeat.
    """

    kick: str = "."
    snare: str = "."
    hat: str = "."
    bass: str = "x......."
    chords: str = "x......."
    lead: str = "."


@dataclass(frozen=True)
class Genre:
    """The parameters by which a band plays a genre."""

    tempo: tuple[int, int]
    """Bounds of the tempo, in beats per minute."""
    swing: float
    """Delay of the second half of a beat: 0 is even, 1 is a triplet rhythm."""
    chords: str
    """One chord per bar: semitones above the key, and a name in `CHORDS`."""
    timbres: tuple[str, str]
    """Names in `TIMBRES` of the instruments of the chords and of the lead."""
    groove: Groove
    drive: float
    """Distortion of the chords and the lead; 0 is clean."""


def _frequency_modulation(ratio: int, index: float) -> Callable[..., NDArray[np.float64]]:
    """Return the partials of a sine, phase-modulated by `index` at `ratio` times its frequency."""
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
    """Return music in the given style, beginning at a random step of a bar."""
    band = Band(style, samples, rate_hz, rng)
    pitched = _level(band.chords(), rng) + _level(band.lead(), rng)
    if style.drive:
        pitched = np.tanh(pitched * (1 + style.drive))
    return _level(band.drums(), rng) + _level(band.bass(), rng) + _level(pitched, rng)


def _level(track: Waveform, rng: np.random.Generator) -> Waveform:
    """Scale a track to a random level in the mix; silence remains silence."""
    rms = float(np.sqrt(np.mean(np.square(track))))
    return track * np.float32(10 ** (rng.normal(0, LEVEL_DB) / 20) / (rms or 1))


class Band:
    """Players who share a key, a tempo and a random generator."""

    def __init__(self, style: Genre, samples: int, rate_hz: int, rng: np.random.Generator) -> None:
        self.style, self.samples, self.rate_hz, self.rng = style, samples, rate_hz, rng
        self.key = int(rng.integers(48, 60))
        self.step_s = 15 / rng.uniform(*style.tempo)
        self.first = int(rng.integers(16))
        """The sixteenth note of the bar at which the clip begins."""
        self.steps = self.first + int(samples / rate_hz / self.step_s) + 1
        self._notes: dict[tuple[str, int, int], Waveform] = {}

    def drums(self) -> Waveform:
        """Return the track of kick, snare and hi-hat, with a random tuning for this clip."""
        seconds = np.arange(self.rate_hz // 4, dtype=np.float32) / self.rate_hz
        noise = self.rng.standard_normal(len(seconds), dtype=np.float32)
        low, middle, dry = self.rng.uniform([42, 160, 0.7], [60, 220, 1.4]).astype(np.float32)
        # The pitch of the kick falls from six times its final value.
        kick = np.sin(2 * np.pi * low * (seconds + 5 * (1 - np.exp(-30 * seconds)) / 30))
        kick *= np.exp(-9 * dry * seconds)
        snare = (noise + np.sin(2 * np.pi * middle * seconds)) * np.exp(-18 * dry * seconds)
        hat = np.diff(noise, 2, append=[0, 0]) * np.exp(-45 * dry * seconds) / 4
        track = np.zeros(self.samples, np.float32)
        groove = self.style.groove
        for pattern, drum in ((groove.kick, kick), (groove.snare, snare), (groove.hat, hat)):
            for step, loudness in self._hits(pattern):
                self._add(track, step, drum * np.float32(loudness))
        return track

    def bass(self) -> Waveform:
        """Return the bass track: roots and some fifths, an octave below the roots of the chords."""
        track = np.zeros(self.samples, np.float32)
        pattern = self.style.groove.bass
        for step, loudness in self._hits(pattern):
            fifth = 7 if self.rng.random() < 0.25 else 0
            note = self._note("bass", self._root(step) - 12 + fifth, gap(pattern, step))
            self._add(track, step, note * np.float32(loudness))
        return track

    def chords(self) -> Waveform:
        """Return the track of the chords."""
        track = np.zeros(self.samples, np.float32)
        pattern = self.style.groove.chords
        instrument = self.style.timbres[0]
        for step, loudness in self._hits(pattern):
            for interval in self._chord(step):
                note = self._note(instrument, self._root(step) + interval, gap(pattern, step))
                self._add(track, step, note * np.float32(loudness))
        return track

    def lead(self) -> Waveform:
        """Return the lead track: a random walk on the chord notes an octave higher, with rests."""
        track = np.zeros(self.samples, np.float32)
        pattern = self.style.groove.lead
        degree = 0
        for step, loudness in self._hits(pattern):
            chord = self._chord(step)
            degree = int(np.clip(degree + self.rng.integers(-2, 3), -2, 4))
            octave, index = divmod(degree, len(chord))
            pitch = self._root(step) + 12 * (octave + 1) + chord[index]
            if self.rng.random() < 0.8:
                note = self._note(self.style.timbres[1], pitch, gap(pattern, step))
                self._add(track, step, note * np.float32(loudness))
        return track

    def _hits(self, pattern: str) -> list[tuple[int, float]]:
        """Return the steps of the clip at which `pattern` has a note, each with its loudness."""
        steps = range(self.first, self.steps)
        kept = self.rng.random(len(steps)) >= REST_PROBABILITY
        played = [n for n, keep in zip(steps, kept) if keep and pattern[n % len(pattern)] != "."]
        accents = [0.4 if pattern[n % len(pattern)] == "o" else 1 for n in played]
        velocities = self.rng.uniform(0.7, 1, len(played))
        return [(n, accent * v) for n, accent, v in zip(played, accents, velocities)]

    def _bar(self, step: int) -> tuple[int, tuple[int, ...]]:
        """Return the root of the chord at a step, relative to the key, and the chord intervals."""
        bars = self.style.chords.split(", ")
        root, kind = bars[step // 16 % len(bars)].split()
        return int(root), CHORDS[kind]

    def _root(self, step: int) -> int:
        return self.key + self._bar(step)[0]

    def _chord(self, step: int) -> tuple[int, ...]:
        return self._bar(step)[1]

    def _note(self, instrument: str, pitch: int, steps: int) -> Waveform:
        """Return a note that lasts `steps` steps, cached because each occurs many times."""
        key = (instrument, pitch, steps)
        if key not in self._notes:
            hz = 440 * 2 ** ((pitch - 69) / 12)
            samples = int(steps * self.step_s * self.rate_hz)
            self._notes[key] = tone(TIMBRES[instrument], hz, samples, self.rate_hz)
        return self._notes[key]

    def _add(self, track: Waveform, step: int, note: Waveform) -> None:
        """Add a note to `track` in place, at a step shifted by the swing and random jitter."""
        beat, sixteenth = divmod(step, 4)
        half = 0.5 + self.style.swing / 6
        position = beat + float(np.interp(sixteenth, (0, 2, 4), (0, half, 1)))
        seconds = (4 * position - self.first) * self.step_s + self.rng.normal(0, 0.004)
        start = max(0, int(seconds * self.rate_hz))
        remaining = max(0, self.samples - start)
        track[start : start + len(note)] += note[:remaining]


def gap(pattern: str, step: int) -> int:
    """Return the number of steps until the next note of `pattern`, at most half a bar."""
    return next((n for n in range(1, 8) if pattern[(step + n) % len(pattern)] != "."), 8)


def tone(timbre: Timbre, hz: float, samples: int, rate_hz: int) -> Waveform:
    """Synthesise one note from a repeated cycle of its waveform, whose high partials fade first."""
    partials = np.arange(1, max(2, min(CYCLE // 2, int(rate_hz / 2 / hz))))
    # The first row is the spectrum at the onset, the second that of the decayed note.
    amplitudes = np.zeros((2, CYCLE // 2 + 1))
    amplitudes[:, partials] = timbre.partials(partials.astype(float))
    amplitudes[1, partials] *= np.exp((1 - partials) / 3)
    cycles = np.fft.irfft(-1j * amplitudes).astype(np.float32)
    cycles /= np.sqrt(np.mean(np.square(cycles[0])))
    phases = (np.arange(samples) * (hz * CYCLE / rate_hz)).astype(np.int64) & (CYCLE - 1)
    seconds = np.arange(samples, dtype=np.float32) / rate_hz
    attack = np.minimum(1, seconds / timbre.attack_s)
    release = np.minimum(1, seconds[::-1] / 0.01)
    onset = np.exp(seconds / (-0.3 * timbre.decay_s))
    note: Waveform = cycles[1, phases] * (1 - onset) + cycles[0, phases] * onset
    return note * np.exp(-seconds / timbre.decay_s) * attack * release
