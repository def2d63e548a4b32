"""Write the report: one page that opens offline, and its main table as CSV.

Input: every selected run's metrics, history, predictions, provenance and figures; the indexes of
their corpora. Output: `report.html` and `summary.csv`.
"""

import json
from pathlib import Path

from scripts.lib.features.extraction import Clip
from scripts.lib.files import write_text
from scripts.lib.log import stage
from scripts.lib.report.clips import examples
from scripts.lib.report.page import render
from scripts.lib.report.results import read_corpora, read_results, read_timings, table
from scripts.lib.tables import read_table, rows_of, write_table


def main(config: str, results: Path, page: Path, summary: Path) -> None:
    """Gather what `config` (JSON: data, seeds, experiments, corpora, ...) selects."""
    settings = json.loads(config)
    corpora = read_corpora(settings["corpora"], results / "corpora")
    experiments = {name: settings["experiments"][name] for name in settings["order"]}
    found = read_results(experiments, settings["seeds"], results / "runs")
    clips = {}
    for name, result in found.items():
        corpus = result.settings["corpus"]
        index = read_table(results / "corpora" / f"{corpus}.csv")
        predictions = results / "runs" / name / str(settings["seeds"][0]) / "predictions.csv"
        root = Path(corpora[corpus]["root"])
        recordings = {row["id"]: Clip.of(row, root) for row in rows_of(index)}
        clips[name] = examples(predictions, recordings)
    rows = table(found, corpora, settings["data"])
    timings = read_timings(settings["timings"], corpora, settings["data"], results / "timings")
    write_text(page, render(settings, corpora, found, rows, timings, clips))
    columns = (
        "experiment",
        "corpus",
        "seeds",
        "test_accuracy",
        "deviation",
        "low",
        "high",
        "macro_f1",
        "train_accuracy",
        "parameters",
        "seconds",
        "memory_mb",
    )
    write_table(
        summary,
        columns,
        (
            (
                r.name,
                r.settings["corpus"],
                len(r.runs),
                r.accuracy,
                r.deviation,
                *r.interval,
                r.macro_f1,
                r.train_accuracy,
                r.parameters,
                r.seconds,
                r.memory_mb,
            )
            for r in found.values()
        ),
    )


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            config=job.params.config,
            results=Path(job.output.page).parent,
            page=Path(job.output.page),
            summary=Path(job.output.summary),
        )
