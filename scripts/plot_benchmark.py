"""Plot the speed of several methods of feature extraction.

Input: the metrics of a benchmark. Output: bars of clips per second with their ratios, as SVG.
"""

from pathlib import Path

from resound.io.files import read_json
from resound.report import plots
from resound.runtime.stage import stage


def main(metrics: Path, figure: Path) -> None:
    """Plot the methods of `metrics`."""
    plots.plot_benchmark(read_json(metrics)["methods"], figure)


if __name__ == "__main__":
    with stage() as (job, _):
        main(metrics=Path(job.input.metrics), figure=Path(job.output.figure))
