"""Evaluate predictions.

Input: a run's predictions, the index. Output: `metrics.json` with the metrics of each part and, if
there are unknown classes, of their rejection. Method: computed from the saved predictions alone;
intervals are over speakers (or groups) if the split keeps them apart, over items if several folds
predict the same ones, and Wilson's otherwise.
"""

import json
from pathlib import Path

import numpy as np

from resound.io.csv_table import read_table
from resound.io.files import read_json, write_json
from resound.metrics.evaluation import EvaluationSettings, evaluate
from resound.runtime.stage import stage
from resound.settings import typed


def main(predictions: Path, index: Path, summary: Path, config: str, metrics: Path) -> None:
    """Write the metrics; `config` holds the `EvaluationSettings` as JSON."""
    table = {name: np.array(column) for name, column in read_table(predictions).items()}
    classes = read_json(summary)["classes"]
    settings = typed(EvaluationSettings, json.loads(config))
    write_json(metrics, evaluate(table, read_table(index), classes, settings))


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            predictions=Path(job.input.predictions),
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            config=job.params.config,
            metrics=Path(job.output.metrics),
        )
