"""Plot what the corpora hold, and how the splits that experiments use divide them.

Input: the indexes and their summaries, the splits, and the frame labels with their offsets of
corpora whose labels belong to frames. Output: one SVG image per corpus with one row of plots per
split: items, speakers and genders by class, durations and text lengths, by part. One job draws
all, because starting it takes longer than drawing.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from resound.data.folds import read_folds
from resound.io.csv_table import read_table
from resound.io.files import read_json
from resound.report.data_counts import Corpus, Frames, rows_of_splits
from resound.report.data_plots import draw_data
from resound.runtime.stage import stage


def main(
    indexes: Sequence[Path],
    summaries: Sequence[Path],
    splits: Sequence[Path],
    labels: Sequence[Path],
    offsets: Sequence[Path],
    config: str,
    figures: Sequence[Path],
) -> None:
    """Draw the figure of each corpus by `config` (JSON: the path patterns that have genders).

    `figures` and `indexes` are named after their corpus, `splits` are in folders of its name, and
    `labels` and `offsets` in the folders of its features.
    """
    patterns = json.loads(config)["patterns"]
    frames = {
        path.parents[1].name: Frames(np.load(path, mmap_mode="r"), np.load(of_items))
        for path, of_items in zip(labels, offsets, strict=True)
    }
    for index, summary, figure in zip(indexes, summaries, figures, strict=True):
        name, items = figure.stem, read_table(index)
        corpus = Corpus(items, read_json(summary)["classes"], patterns[name], frames.get(name))
        own = [path for path in splits if path.parent.name == name]
        folds = {path.stem: read_folds(path, items["id"]) for path in own}
        draw_data(rows_of_splits(corpus, folds), figure)


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            indexes=list(map(Path, job.input.indexes)),
            summaries=list(map(Path, job.input.summaries)),
            splits=list(map(Path, job.input.splits)),
            labels=list(map(Path, job.input.labels)),
            offsets=list(map(Path, job.input.offsets)),
            config=job.params.config,
            figures=list(map(Path, job.output.figures)),
        )
