"""Draw how languages were told.

Input: a run's metrics. Output: confusion matrix and per-class bars as SVG.
"""

from pathlib import Path

from resound.io.files import read_json
from resound.report import plots
from resound.runtime.stage import stage


def main(metrics: Path, confusion: Path, classes: Path) -> None:
    """Draw the test part."""
    judged = read_json(metrics)
    test, names = judged["parts"]["test"], judged["classes"]
    plots.confusion(test["confusion"], names, confusion)
    plots.classes(test["per_class"], names, None, classes)


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            metrics=Path(job.input.metrics),
            confusion=Path(job.output.confusion),
            classes=Path(job.output.classes),
        )
