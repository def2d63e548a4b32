"""Log-mel spectrogram: decibels of mel power, a row a frame."""

from collections.abc import Sequence
from typing import Literal

from resound.arrays import Array
from resound.features.common import dsp
from resound.features.common.mel import decibels, mel_spectra
from resound.settings import Positive, settings


@settings
class Settings(dsp.Framing):
    """Log-mel frames, no clip spanning more than 80 dB."""

    kind: Literal["logmel"]
    mels: Positive = 40
    """Mel filters."""

    pooled = False
    least_seconds = 0.0

    @property
    def width(self) -> int:
        """Values in a row."""
        return self.mels

    def rows(self, samples: int) -> int:
        """Rows of a clip of `samples` at `rate_hz`."""
        return self.frames(samples)


def extract(configuration: Settings, clips: Sequence[Array]) -> Array:
    """The rows of `clips`, one clip after the other: shape (frames, mels), in dB."""
    mel, offsets = mel_spectra(clips, configuration, configuration.mels)
    return decibels(mel, offsets)


def by_librosa(configuration: Settings, clip: Array) -> Array:
    """The definition: what librosa makes of one clip, and what a notebook's loop calls."""
    import librosa

    mel = librosa.feature.melspectrogram(
        y=clip,
        sr=configuration.rate_hz,
        n_fft=configuration.n_fft,
        hop_length=configuration.hop,
        n_mels=configuration.mels,
    )
    rows: Array = librosa.power_to_db(mel).T
    return rows
