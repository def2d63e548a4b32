"""Plot how well a run separates known classes from unknown ones.

Input: its metrics. Output: ROC curves and acceptance rates at the threshold, as SVG.
"""

from pathlib import Path

from resound.io.files import read_json
from resound.report import plots
from resound.runtime.stage import stage


def main(metrics: Path, figure: Path) -> None:
    """Plot the open-set metrics."""
    plots.plot_open_set(read_json(metrics)["open_set"], figure)


if __name__ == "__main__":
    with stage() as (job, _):
        main(metrics=Path(job.input.metrics), figure=Path(job.output.figure))
