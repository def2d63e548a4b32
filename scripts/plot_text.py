"""Plot the fine-tuning of a model that writes texts.

Input: its history, its corpus' summary. Output: curves of loss and of validation WER, as SVG, with
those that the source report gives for the same corpus.
"""

import json
from pathlib import Path

from resound.io.files import read_json
from resound.report import plots
from resound.report.history import read_history
from resound.report.published import describes_report
from resound.runtime.stage import stage


def main(history: Path, summary: Path, config: str, figure: Path) -> None:
    """Plot the curves of `history`; `config` (JSON) has the data and what the report gives."""
    settings = json.loads(config)
    comparable = describes_report(settings["data"], read_json(summary) | settings)
    reported = settings["curves"] if comparable else {}
    plots.plot_text_learning_curves(read_history(history), reported, figure)


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            history=Path(job.input.history),
            summary=Path(job.input.summary),
            config=job.params.config,
            figure=Path(job.output.figure),
        )
