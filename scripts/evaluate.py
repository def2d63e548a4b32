"""Judge predictions.

Input: a run's predictions, the index. Output: `metrics.json` with the figures of each part.
Method: from the saved predictions alone; the interval resamples speakers (or groups) where the
split keeps them apart, and is Wilson's otherwise.
"""

import json
from pathlib import Path

import numpy as np

from scripts.lib.files import read_json, write_json
from scripts.lib.log import stage
from scripts.lib.metrics import summary as figures
from scripts.lib.splits import PARTS
from scripts.lib.tables import read_table


def main(predictions: Path, index: Path, summary: Path, config: str, metrics: Path) -> None:
    """Write the metrics by `config` (JSON: `by`, the column that the split keeps apart)."""
    table, items = read_table(predictions), read_table(index)
    by, classes = json.loads(config)["by"], read_json(summary)["classes"]
    group_of = dict(zip(items["id"], items[by])) if by else {}
    number = {name: n for n, name in enumerate(classes)}
    true = np.array([number[label] for label in table["label"]])
    predicted = np.array([number[label] for label in table["predicted"]])
    part_of = np.array(table["part"])
    judged = {}
    for part in PARTS:
        rows = np.flatnonzero(part_of == part)
        if len(rows):
            groups = [group_of[table["id"][row]] for row in rows] if by else None
            judged[part] = figures(true[rows], predicted[rows], len(classes), groups)
    write_json(metrics, {"classes": classes, "parts": judged})


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            predictions=Path(job.input.predictions),
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            config=job.params.config,
            metrics=Path(job.output.metrics),
        )
