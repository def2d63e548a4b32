"""Plot a classification run.

Input: its metrics and history, its corpus' summary. Output: learning curves, confusion matrix and
metrics per class, as SVG.
"""

import json
from pathlib import Path

from resound.io.files import read_json
from resound.report import plots
from resound.report.history import read_fold_histories
from resound.report.published import describes_report
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
    """Plot with `config` (JSON: the data, the reported recalls, curves, items and frames)."""
    scores, settings = read_json(metrics), json.loads(config)
    test, names = scores["parts"]["test"], scores["classes"]
    comparable = describes_report(settings["data"], read_json(summary) | settings)
    recalls = settings["per_class"] if comparable else None
    reported_curves = settings["curves"] if comparable else {}
    plots.plot_learning_curves(read_fold_histories(history), reported_curves, curves)
    plots.plot_confusion(test["confusion"], names, confusion)
    plots.plot_classes(test["per_class"], names, recalls, classes)


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
