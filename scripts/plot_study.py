"""Draw the figures of a study.

Input: its findings. Output: all its figures in one SVG.
"""

from pathlib import Path

from resound.io.files import read_json
from resound.report.study_plots import draw
from resound.runtime.stage import stage


def main(findings: Path, figure: Path) -> None:
    """Draw what `findings` hold."""
    draw(read_json(findings)["figures"], figure)


if __name__ == "__main__":
    with stage() as (job, _):
        main(findings=Path(job.input.findings), figure=Path(job.output.figure))
