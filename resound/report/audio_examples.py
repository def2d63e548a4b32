"""Clips to listen to: a run's surest mistakes and surest hits, small enough for the page."""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from resound.data.clips import Clip
from resound.io.csv_table import read_table, rows_of

_LONGEST_S = 8.0
_RATE_HZ = 16000


@dataclass(frozen=True)
class Example:
    """A test clip with what it is, what the model said, and its sound as a data URI."""

    id: str
    label: str
    predicted: str
    sound: str


def examples(
    predictions: Path, recordings: Mapping[str, Clip], mistakes: int = 4, hits: int = 2
) -> list[Example]:
    """Up to `mistakes` test clips that the model got most surely wrong, and `hits` right.

    How sure is the winning score's lead over the true class, or over the next best.
    """
    table = rows_of(read_table(predictions))
    if not any(name.startswith("score_") for name in table[0]):
        return []  # labels of frames have no one score
    # Several folds may judge an item; the first one counts here.
    rows = list({row["id"]: row for row in table[::-1] if row["part"] == "test"}.values())[::-1]
    wrong = [row for row in rows if row["label"] != row["predicted"]]
    right = [row for row in rows if row["label"] == row["predicted"]]
    chosen = sorted(wrong, key=_lead, reverse=True)[:mistakes]
    chosen += sorted(right, key=_lead, reverse=True)[:hits]
    return [
        Example(row["id"], row["label"], row["predicted"], sound(recordings[row["id"]]))
        for row in chosen
    ]


def _lead(row: Mapping[str, str]) -> float:
    scores = {name[6:]: float(score) for name, score in row.items() if name.startswith("score_")}
    if row["label"] != row["predicted"]:
        # What is no class of the corpus has its score among the others.
        return scores.get(row["predicted"], scores.get("other", 0.0)) - scores[row["label"]]
    best, second = sorted(scores.values())[:-3:-1]
    return best - second


def sound(clip: Clip, longest_s: float = _LONGEST_S) -> str:
    """The beginning of a recording, at most `longest_s`, as a data URI."""
    samples = clip.read(_RATE_HZ)[: int(longest_s * _RATE_HZ)]
    peak = float(np.abs(samples).max()) or 1.0
    encoded = io.BytesIO()
    soundfile.write(encoded, samples * (0.9 / peak), _RATE_HZ, format="MP3")
    return "data:audio/mpeg;base64," + base64.b64encode(encoded.getvalue()).decode()
