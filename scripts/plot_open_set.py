"""Draw how well a run tells unknown.

Input: its metrics. Output: curves of acceptance and bars at the threshold, as SVG.
"""

from pathlib import Path

from resound.io.files import read_json
from resound.report import plots
from resound.runtime.stage import stage


def main(metrics: Path, figure: Path) -> None:
    """Draw the open-set figures of `metrics`."""
    plots.open_set(read_json(metrics)["open_set"], figure)


if __name__ == "__main__":
    with stage() as (job, _):
        main(metrics=Path(job.input.metrics), figure=Path(job.output.figure))
