"""Draw the figures of a study.

Input: its findings. Output: all its figures in one SVG.
"""

from pathlib import Path

from scripts.lib.files import read_json
from scripts.lib.log import stage
from scripts.lib.study_plots import draw


def main(findings: Path, figure: Path) -> None:
    """Draw what `findings` hold."""
    draw(read_json(findings)["figures"], figure)


if __name__ == "__main__":
    with stage() as (job, _):
        main(findings=Path(job.input.findings), figure=Path(job.output.figure))
