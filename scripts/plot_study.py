"""Draw the plots of a study.

Input: its findings. Output: all its plots in one SVG image.
"""

from pathlib import Path

from resound.io.files import read_json
from resound.report.study_plots import draw_plots
from resound.runtime.stage import stage


def main(findings: Path, figure: Path) -> None:
    """Draw the plots of `findings` into `figure`."""
    draw_plots(read_json(findings)["plots"], figure)


if __name__ == "__main__":
    with stage() as (job, _):
        main(findings=Path(job.input.findings), figure=Path(job.output.figure))
