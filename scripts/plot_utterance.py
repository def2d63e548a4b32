"""Plot an utterance of the test part: its spectrogram above true and predicted phonemes.

Input: a run's predictions, the index and its summary, the features. Output: an SVG. Method: the
utterance of median accuracy, its first seconds; a corpus of arrays has no audio, so its features
are drawn instead.
"""

import json
from pathlib import Path

from resound.data.clips import Clip
from resound.data.feature_cache import Features
from resound.io.csv_table import read_table, rows_of
from resound.io.files import read_json
from resound.report import plots
from resound.report.utterance import log_mel_spectrogram, median_utterance, segments
from resound.runtime.stage import stage

_MAX_SECONDS = 4.0


def main(
    predictions: Path,
    index: Path,
    summary: Path,
    matrix: Path,
    offsets: Path,
    config: str,
    figure: Path,
) -> None:
    """Plot with `config` (JSON: the hop between frames in seconds)."""
    hop_s, corpus = json.loads(config)["hop_s"], read_json(summary)
    classes = corpus["classes"]
    utterance = median_utterance(rows_of(read_table(predictions)), classes)
    items = rows_of(read_table(index))
    number = [item["id"] for item in items].index(utterance.id)
    clip = Clip.from_row(items[number], Path(corpus["root"]))
    if clip.path.suffix == ".npy":
        image = Features.open(matrix, offsets).clip(number)
    else:
        image = log_mel_spectrogram(clip, hop_s)
    frames = min(len(utterance.true), round(_MAX_SECONDS / hop_s))
    true = segments(utterance.true[:frames], classes, hop_s)
    predicted = segments(utterance.predicted[:frames], classes, hop_s)
    plots.plot_utterance(image[:frames].T, frames * hop_s, true, predicted, figure)


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
