"""Draw the figures of a run.

Input: its metrics and history, its corpus' summary. Output: curves, confusion matrix and
per-class bars as SVG.
"""

import json
from pathlib import Path

from scripts.lib import plots
from scripts.lib.files import read_json
from scripts.lib.log import stage
from scripts.lib.reported import comparable
from scripts.lib.tables import read_table


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
    series = {name: [float(v) for v in values] for name, values in read_table(history).items()}
    holds = comparable(settings["data"], read_json(summary)["items"], settings["reported_items"])
    plots.curves(series, curves)
    plots.confusion(test["confusion"], names, confusion)
    plots.classes(test["per_class"], names, settings["per_class"] if holds else None, classes)


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
