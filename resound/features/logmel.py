"""Log-mel spectrogram: decibels of mel power, one row per frame."""

from collections.abc import Sequence
from typing import Literal

from resound.arrays import Array
from resound.features.common import dsp
from resound.features.common.mel import decibels, mel_spectra
from resound.settings import Positive, settings


@settings
class Settings(dsp.Framing):
    """Log-mel frames; each clip spans at most 80 dB."""

    kind: Literal["logmel"]
    mels: Positive = 40
    """Number of mel filters."""

    pooled = False
    least_seconds = 0.0

    @property
    def width(self) -> int:
        """Number of values per row."""
        return self.mels

    def rows(self, samples: int) -> int:
        """Return the number of rows of a clip of `samples` at `rate_hz`."""
        return self.frames(samples)


def extract(configuration: Settings, clips: Sequence[Array]) -> Array:
    """Return the rows of `clips`, one clip after the other, shape (frames, mels), in dB."""
    mel, offsets = mel_spectra(clips, configuration, configuration.mels)
    return decibels(mel, offsets)


def by_librosa(configuration: Settings, clip: Array) -> Array:
    """Return librosa's features of one clip, which are the definition."""
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
