"""Effects of rooms, noise and microphones on clean synthetic sound.

Waveforms are float32 arrays of mono samples with full scale at 1.0. Functions return new arrays,
and take the random generator that they draw from as an argument.
"""

import numpy as np
from numpy.typing import NDArray

Waveform = NDArray[np.float32]


def from_int16(samples: NDArray[np.int16]) -> Waveform:
    """Convert 16-bit samples to a waveform."""
    return samples.astype(np.float32) / np.float32(32768)


def to_int16(wave: Waveform) -> NDArray[np.int16]:
    """Convert a waveform to 16-bit samples, scaling it down if its peak would clip."""
    peak = max(1.0, float(np.abs(wave).max(initial=0)))
    return np.round(wave * (32767 / peak)).astype(np.int16)


def trim(wave: Waveform, threshold: float = 0.02) -> Waveform:
    """Return the part between the first and last sample of at least `threshold` times the peak."""
    magnitude = np.abs(wave)
    loud = np.flatnonzero(magnitude >= threshold * magnitude.max(initial=0))
    return wave[loud[0] : loud[-1] + 1] if loud.size else wave


def place(wave: Waveform, length: int, rng: np.random.Generator) -> Waveform:
    """Place a sound at a random position in `length` samples of silence, truncating it to fit."""
    wave = wave[:length]
    start = int(rng.integers(length - len(wave) + 1))
    return np.pad(wave, (start, length - len(wave) - start))


def add_room(
    wave: Waveform, rate_hz: int, reverb_s: float, direct_db: float, rng: np.random.Generator
) -> Waveform:
    """Add the reverberation of a room, keeping the length of the sound.

    The impulse response follows Polack's (1988) model: white noise with an exponential envelope
    that decays by 60 dB in `reverb_s` seconds. The direct sound has `direct_db` dB more energy
    than the reverberation.
    """
    seconds = np.arange(1, int(reverb_s * rate_hz)) / rate_hz
    tail = rng.standard_normal(len(seconds)) * 10 ** (-3 * seconds / reverb_s)
    tail *= 10 ** (-direct_db / 20) / np.sqrt(np.sum(tail**2))
    # A circular convolution of this size does not wrap around, and powers of two are fast.
    size = 1 << (len(wave) + len(tail)).bit_length()
    response = np.concatenate([[1.0], tail])
    spectrum = np.fft.rfft(wave, size) * np.fft.rfft(response, size)
    reverberant: Waveform = np.fft.irfft(spectrum, size)[: len(wave)].astype(np.float32)
    return reverberant


def add_noise(wave: Waveform, snr_db: float, rng: np.random.Generator) -> Waveform:
    """Add white noise whose energy is exactly `snr_db` dB below that of the sound."""
    return mix(wave, rng.standard_normal(len(wave)), snr_db)


def mix(wave: Waveform, noise: NDArray[np.floating], snr_db: float) -> Waveform:
    """Add `noise`, scaled so that its energy is exactly `snr_db` dB below that of the sound."""
    ratio = np.sum(np.square(wave, dtype=np.float64)) / np.sum(np.square(noise, dtype=np.float64))
    noisy: Waveform = (wave + noise * np.sqrt(ratio * 10 ** (-snr_db / 10))).astype(np.float32)
    return noisy


def tilt(wave: Waveform, rate_hz: int, db_per_octave: float) -> Waveform:
    """Tilt the spectrum by `db_per_octave` around 1 kHz, with constant gain below 60 Hz."""
    # The Fourier transform is slow for many lengths; multiples of 4,096 have small factors.
    size = -(-len(wave) // 4096) * 4096
    octaves = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / rate_hz), 60) / 1000)
    gain = (10 ** (octaves * (db_per_octave / 20))).astype(np.float32)
    tilted: Waveform = np.fft.irfft(np.fft.rfft(wave, size) * gain, size).astype(np.float32)
    return tilted[: len(wave)]


def set_peak(wave: Waveform, peak_db: float) -> Waveform:
    """Scale a sound to a peak of `peak_db` dB relative to full scale."""
    peak = np.abs(wave).max(initial=0)
    return wave if peak == 0 else wave * np.float32(10 ** (peak_db / 20) / peak)
