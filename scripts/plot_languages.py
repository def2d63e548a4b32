"""Plot a language identification run.

Input: its metrics. Output: confusion matrix and metrics per class, as SVG.
"""

from pathlib import Path

from resound.io.files import read_json
from resound.report import plots
from resound.runtime.stage import stage


def main(metrics: Path, confusion: Path, classes: Path) -> None:
    """Plot the test part."""
    scores = read_json(metrics)
    test, names = scores["parts"]["test"], scores["classes"]
    plots.plot_confusion(test["confusion"], names, confusion)
    plots.plot_classes(test["per_class"], names, None, classes)


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            metrics=Path(job.input.metrics),
            confusion=Path(job.output.confusion),
            classes=Path(job.output.classes),
        )
