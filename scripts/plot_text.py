"""Plot the fine-tuning of a model that writes texts.

Input: its history. Output: curves of loss and of validation WER, as SVG.
"""

from pathlib import Path

from resound.report import plots
from resound.report.history import read_history
from resound.runtime.stage import stage


def main(history: Path, figure: Path) -> None:
    """Plot the curves of `history`."""
    plots.plot_text_learning_curves(read_history(history), figure)


if __name__ == "__main__":
    with stage() as (job, _):
        main(history=Path(job.input.history), figure=Path(job.output.figure))
