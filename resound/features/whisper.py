"""Whisper's log-mel spectrogram: one row per frame, as OpenAI's models take it.

The definition is that of Radford et al. (2022) as in transformers' `WhisperFeatureExtractor`:
frames of 400 samples at 16 kHz, the clip mirrored before its first sample and followed by silence
up to the window, the logarithm of mel power, no more than 8 below its maximum, then (x + 4) / 4.
Only the frames that overlap the clip are stored; all later ones are equal, and `padded` restores
them.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from resound.arrays import Array
from resound.features.common import dsp
from resound.features.common.mel import power, sparse_filters
from resound.features.common.whisper_scale import QUIETEST, RANGE, silence
from resound.settings import Positive, PositiveNumber, settings

_FRAME = 400
_BLOCK = 6000
"""Frames that are transformed at once, so that hours of recording fit into memory."""


@settings
class DemoConfiguration:
    """The configuration of the demo model."""

    mels: Positive
    hop_ms: PositiveNumber
    window_s: Positive


@settings
class Settings:
    """Log-mel frames as a Whisper model takes them: 80 mels, or 128 since large-v3."""

    kind: Literal["whisper"]
    mels: Positive = 80
    """Number of mel filters."""
    hop_ms: PositiveNumber = 10.0
    """Time between the starts of two frames, in milliseconds."""
    window_s: Positive = 30
    """Duration of the model's window in seconds; longer clips are truncated."""
    demo: DemoConfiguration | None = None
    """What is different for the demo model."""

    pooled = False
    least_seconds = (_FRAME // 2 + 1) / 16000
    rate_hz = 16000

    @property
    def width(self) -> int:
        """Number of values per row."""
        return self.mels

    @property
    def hop(self) -> int:
        """Number of samples between the starts of two frames."""
        return round(self.hop_ms * self.rate_hz / 1000)

    @property
    def frames(self) -> int:
        """Number of frames of the window."""
        return self.window_s * self.rate_hz // self.hop

    def rows(self, samples: int) -> int:
        """Return the number of frames of a clip of `samples` that overlap it."""
        return min(self.frames, -(-(samples + _FRAME // 2) // self.hop))

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, if anything."""
        if self.hop < 1 or self.frames < 2:
            return f"a hop of {self.hop_ms} ms does not fit a window of {self.window_s} s"
        return None


def extract(configuration: Settings, clips: Sequence[Array]) -> Array:
    """Return the rows of `clips`, one clip after the other, shape (frames, mels)."""
    filters = sparse_filters(configuration.rate_hz, _FRAME, configuration.mels)
    window = dsp.hann_window(_FRAME)
    rows = []
    for clip in clips:
        frames = sliding_window_view(_extended(clip, configuration), _FRAME)[:: configuration.hop]
        frames = frames[: configuration.rows(len(clip))]
        blocks = []
        for start in range(0, len(frames), _BLOCK):
            energy = power(np.fft.rfft(frames[start : start + _BLOCK] * window))
            blocks.append(np.log10(np.maximum((filters @ energy.T).T, QUIETEST)))
        mel = np.concatenate(blocks)
        rows.append((np.maximum(mel, mel.max() - RANGE) + 4) / 4)
    return np.concatenate(rows).astype(np.float32)


def padded(rows: Array, frames: int) -> Array:
    """Return a clip's rows as the model takes them: (mels, frames), silence after its end."""
    image = np.full((rows.shape[1], frames), silence(rows.max()), np.float32)
    image[:, : len(rows)] = rows[:frames].T
    return image


def by_librosa(configuration: Settings, clip: Array) -> Array:
    """Return the same by librosa, as a notebook's loop would."""
    import librosa

    window = np.zeros(configuration.window_s * configuration.rate_hz, np.float32)
    window[: len(clip)] = clip[: len(window)]
    mel = librosa.feature.melspectrogram(
        y=window,
        sr=configuration.rate_hz,
        n_fft=_FRAME,
        hop_length=configuration.hop,
        n_mels=configuration.mels,
        pad_mode="reflect",
    )
    image = np.log10(np.maximum(mel[:, : configuration.frames], QUIETEST))
    image = (np.maximum(image, image.max() - RANGE) + 4) / 4
    rows: Array = image.T[: configuration.rows(len(clip))]
    return rows


def _extended(clip: Array, configuration: Settings) -> Array:
    """Return a clip extended by what its outer frames cover: its mirror image, then silence.

    A clip that fills the window is mirrored at its end too.
    """
    half, most = _FRAME // 2, configuration.window_s * configuration.rate_hz
    clip = clip[:most]
    after = clip[-2 : -half - 2 : -1] if len(clip) == most else np.zeros(half + configuration.hop)
    return np.concatenate([clip[half:0:-1], clip, after, np.zeros(_FRAME)])
