"""Test clips to listen to: the most confident errors and correct predictions of a run."""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from resound.data.clips import Clip
from resound.io.csv_table import read_table, rows_of

_MAX_SECONDS = 8.0
_RATE_HZ = 16000


@dataclass(frozen=True)
class AudioExample:
    """A test clip with its true label, the predicted one, and its audio as a data URI."""

    id: str
    label: str
    predicted: str
    audio: str


def select_audio_examples(
    predictions: Path, recordings: Mapping[str, Clip], errors: int = 4, correct: int = 2
) -> list[AudioExample]:
    """Return the most confident test predictions: up to `errors` wrong and `correct` right ones.

    The confidence of an error is the lead of its score over that of the true class; of a correct
    prediction, the lead over the second-best class. Predictions of frame labels have no such
    scores and give no examples.
    """
    table = rows_of(read_table(predictions))
    if not any(name.startswith("score_") for name in table[0]):
        return []
    # Several folds may test the same item; its first row is used.
    rows = list({row["id"]: row for row in table[::-1] if row["part"] == "test"}.values())[::-1]
    wrong = [row for row in rows if row["label"] != row["predicted"]]
    right = [row for row in rows if row["label"] == row["predicted"]]
    selected = sorted(wrong, key=_confidence, reverse=True)[:errors]
    selected += sorted(right, key=_confidence, reverse=True)[:correct]
    return [
        AudioExample(row["id"], row["label"], row["predicted"], encode_audio(recordings[row["id"]]))
        for row in selected
    ]


def _confidence(row: Mapping[str, str]) -> float:
    """Return the lead of the predicted class over the true one, or over the second best."""
    prefix = "score_"
    scores = {
        name.removeprefix(prefix): float(score)
        for name, score in row.items()
        if name.startswith(prefix)
    }
    if row["label"] != row["predicted"]:
        # A prediction that is not a class of the corpus is scored as `other`.
        return scores.get(row["predicted"], scores.get("other", 0.0)) - scores[row["label"]]
    best, second = sorted(scores.values())[:-3:-1]
    return best - second


def encode_audio(clip: Clip, max_seconds: float = _MAX_SECONDS) -> str:
    """Encode the first `max_seconds` of a recording as MP3 and return them as a data URI."""
    samples = clip.read(_RATE_HZ)[: int(max_seconds * _RATE_HZ)]
    peak = float(np.abs(samples).max()) or 1.0
    encoded = io.BytesIO()
    soundfile.write(encoded, samples * (0.9 / peak), _RATE_HZ, format="MP3")
    return "data:audio/mpeg;base64," + base64.b64encode(encoded.getvalue()).decode()
