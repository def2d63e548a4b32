"""Draw what ways of extracting cost.

Input: a timing's figures. Output: bars of clips a second with their ratios, as SVG.
"""

from pathlib import Path

from resound.io.files import read_json
from resound.report import plots
from resound.runtime.stage import stage


def main(figures: Path, figure: Path) -> None:
    """Draw the ways of `figures`."""
    plots.timings(read_json(figures)["ways"], figure)


if __name__ == "__main__":
    with stage() as (job, _):
        main(figures=Path(job.input.figures), figure=Path(job.output.figure))
