"""Draw an utterance of the test part: its spectrogram, and phonemes true and predicted along time.

Input: a run's predictions, the index and its summary, the features. Output: an SVG. Method: the
utterance of median accuracy, its first seconds; a corpus of arrays has no sound, so its own
values are drawn.
"""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resound.data import run_length
from resound.data.clips import Clip
from resound.data.feature_cache import Features
from resound.features import logmel
from resound.io.csv_table import read_table, rows_of
from resound.io.files import read_json
from resound.report import plots
from resound.runtime.stage import stage

_LONGEST_S = 4.0


def main(
    predictions: Path,
    index: Path,
    summary: Path,
    matrix: Path,
    offsets: Path,
    config: str,
    figure: Path,
) -> None:
    """Draw by `config` (JSON: the seconds from one frame to the next)."""
    hop, corpus = json.loads(config)["hop_s"], read_json(summary)
    classes, rows = corpus["classes"], rows_of(read_table(predictions))
    judged = [
        (
            row["id"],
            run_length.decode(row["label"], classes),
            run_length.decode(row["predicted"], classes),
        )
        for row in rows
        if row["part"] == "test"
    ]
    judged.sort(key=lambda item: float((item[1] == item[2]).mean()))
    name, true, said = judged[len(judged) // 2]
    frames = min(len(true), round(_LONGEST_S / hop))
    items = rows_of(read_table(index))
    place = [item["id"] for item in items].index(name)
    clip = Clip.of(items[place], Path(corpus["root"]))
    values = _spectrogram(clip, hop) if clip.path.suffix != ".npy" else None
    if values is None:
        values = Features.open(matrix, offsets).clip(place)
    along = [_along_time(labels[:frames], classes, hop) for labels in (true, said)]
    plots.utterance(values[:frames].T, frames * hop, along[0], along[1], figure)


def _spectrogram(clip: Clip, hop: float) -> NDArray[np.float32]:
    configuration = logmel.Settings(kind="logmel", rate_hz=16000, hop_ms=1000 * hop, mels=64)
    return logmel.extract(configuration, [clip.read(configuration.rate_hz)])


def _along_time(
    labels: NDArray[np.int64], classes: list[str], hop: float
) -> list[tuple[str, float, float]]:
    """Each stretch of equal labels as its symbol, begin and end in seconds."""
    bounds = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    return [(classes[labels[begin]], begin * hop, end * hop) for begin, end in pairwise(bounds)]


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            predictions=Path(job.input.predictions),
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            matrix=Path(job.input.matrix),
            offsets=Path(job.input.offsets),
            config=job.params.config,
            figure=Path(job.output.figure),
        )
