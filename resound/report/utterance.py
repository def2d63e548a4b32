"""The utterance of a run that is plotted: its spectrogram, true and predicted phonemes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from resound.data import run_length
from resound.data.clips import Clip
from resound.features import logmel
from resound.report.plots import Segment


@dataclass(frozen=True)
class FrameLabels:
    """The true and predicted class of each frame of an item."""

    id: str
    true: NDArray[np.int64]
    predicted: NDArray[np.int64]

    @property
    def accuracy(self) -> float:
        """The fraction of frames predicted correctly."""
        return float((self.true == self.predicted).mean())


def median_utterance(
    predictions: Sequence[Mapping[str, str]], classes: Sequence[str]
) -> FrameLabels:
    """Return the test item of median accuracy from the rows of `predictions.csv`."""
    utterances = [
        FrameLabels(
            row["id"],
            run_length.decode(row["label"], classes),
            run_length.decode(row["predicted"], classes),
        )
        for row in predictions
        if row["part"] == "test"
    ]
    utterances.sort(key=lambda utterance: utterance.accuracy)
    return utterances[len(utterances) // 2]


def log_mel_spectrogram(clip: Clip, hop_s: float) -> NDArray[np.float32]:
    """Return a log-mel spectrogram of a recording, shape (frames, bands)."""
    settings = logmel.Settings(kind="logmel", rate_hz=16000, hop_ms=1000 * hop_s, mels=64)
    return logmel.extract(settings, [clip.read(settings.rate_hz)])


def segments(labels: NDArray[np.int64], classes: Sequence[str], hop_s: float) -> list[Segment]:
    """Return each run of equal frame labels as a segment."""
    bounds = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    return [(classes[labels[a]], a * hop_s, b * hop_s) for a, b in pairwise(bounds)]
