"""Draw the figures of a run.

Input: its metrics and history, its corpus' summary. Output: curves, confusion matrix and
per-class bars as SVG.
"""

import json
from pathlib import Path

from resound.io.csv_table import read_table, rows_of
from resound.io.files import read_json
from resound.report import plots
from resound.report.published import comparable
from resound.runtime.stage import stage


def main(
    metrics: Path,
    history: Path,
    summary: Path,
    config: str,
    curves: Path,
    confusion: Path,
    classes: Path,
) -> None:
    """Draw by `config` (JSON: the reported recall of each class and where it holds)."""
    judged, settings = read_json(metrics), json.loads(config)
    test, names = judged["parts"]["test"], judged["classes"]
    holds = comparable(settings["data"], read_json(summary)["items"], settings["reported_items"])
    plots.curves(_histories(history), curves)
    plots.confusion(test["confusion"], names, confusion)
    plots.classes(test["per_class"], names, settings["per_class"] if holds else None, classes)


def _histories(path: Path) -> list[dict[str, list[float]]]:
    """The columns of each fold's epochs."""
    rows = rows_of(read_table(path))
    folds = dict.fromkeys(row["fold"] for row in rows)
    columns = [name for name in rows[0] if name != "fold"]
    return [
        {name: [float(row[name]) for row in rows if row["fold"] == fold] for name in columns}
        for fold in folds
    ]


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            metrics=Path(job.input.metrics),
            history=Path(job.input.history),
            summary=Path(job.input.summary),
            config=job.params.config,
            curves=Path(job.output.curves),
            confusion=Path(job.output.confusion),
            classes=Path(job.output.classes),
        )
