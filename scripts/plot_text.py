"""Draw how a model that writes texts was fine-tuned.

Input: its history. Output: curves of loss and of validation WER, as SVG.
"""

from pathlib import Path

from resound.io.csv_table import read_table
from resound.report import plots
from resound.runtime.stage import stage


def main(history: Path, figure: Path) -> None:
    """Draw the curves of `history`."""
    columns = read_table(history)
    plots.text_curves({name: list(map(float, column)) for name, column in columns.items()}, figure)


if __name__ == "__main__":
    with stage() as (job, _):
        main(history=Path(job.input.history), figure=Path(job.output.figure))
