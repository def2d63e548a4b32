"""Write the report: one HTML page that works offline, and its main table as CSV.

Input: metrics, history, predictions, provenance, plots and comparison of every selected run; the
indexes and splits of their corpora; benchmarks and studies. Output: `report.html` and
`summary.csv`.
"""

import json
from pathlib import Path

from resound.io.csv_table import write_table
from resound.io.files import write_text
from resound.report.content import read_content
from resound.report.page import render_page
from resound.report.summary import COLUMNS, summary_rows
from resound.runtime.stage import stage


def main(config: str, results: Path, page: Path, summary: Path) -> None:
    """Report on what `config` (JSON: data, seeds, experiments, corpora, ...) selects."""
    settings = json.loads(config)
    content = read_content(settings, results)
    write_text(page, render_page(settings, content))
    write_table(summary, COLUMNS, summary_rows(content, settings["order"]))


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            config=job.params.config,
            results=Path(job.output.page).parent,
            page=Path(job.output.page),
            summary=Path(job.output.summary),
        )
