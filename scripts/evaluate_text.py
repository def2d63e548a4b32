"""Evaluate texts: transcriptions or translations against their references.

Input: a run's predictions, the index. Output: `metrics.json` with the metrics of each part. Method:
computed from the saved texts alone; intervals of error rates are over the speakers (or groups) that
the corpus knows, else over clips.
"""

import json
from pathlib import Path

from resound.io.csv_table import read_table, rows_of
from resound.io.files import write_json
from resound.metrics.text_evaluation import TextEvaluationSettings, evaluate_text
from resound.runtime.stage import stage
from resound.settings import typed


def main(predictions: Path, index: Path, config: str, metrics: Path) -> None:
    """Write the metrics; `config` holds the `TextEvaluationSettings` as JSON."""
    settings = typed(TextEvaluationSettings, json.loads(config))
    rows = rows_of(read_table(predictions))
    write_json(metrics, evaluate_text(rows, read_table(index), settings))


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            predictions=Path(job.input.predictions),
            index=Path(job.input.index),
            config=job.params.config,
            metrics=Path(job.output.metrics),
        )
