"""Write the report: one page that opens offline, and its main table as CSV.

Input: every selected run's metrics, history, predictions, provenance and figures; the indexes of
their corpora. Output: `report.html` and `summary.csv`.
"""

import json
from pathlib import Path
from typing import Any

from scripts.lib.features.extraction import Clip
from scripts.lib.files import write_text
from scripts.lib.log import stage
from scripts.lib.report.clips import examples
from scripts.lib.report.page import render
from scripts.lib.report.results import Result, read_corpora, read_results, read_timings, table
from scripts.lib.report.texts import (
    TextResult,
    Texts,
    makes_texts,
    read_texts,
    text_table,
    utterances,
)
from scripts.lib.tables import read_table, rows_of, write_table

COLUMNS = (
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
    "wer",
    "wer_low",
    "wer_high",
    "cer",
    "bleu",
    "chrf",
)


def main(config: str, results: Path, page: Path, summary: Path) -> None:
    """Gather what `config` (JSON: data, seeds, experiments, corpora, ...) selects."""
    settings = json.loads(config)
    seeds, runs = settings["seeds"], results / "runs"
    corpora = read_corpora(settings["corpora"], results / "corpora")
    writers = {name for name in settings["order"] if makes_texts(runs / name / str(seeds[0]))}
    experiments = {name: settings["experiments"][name] for name in settings["order"]}
    found = read_results(
        {name: told for name, told in experiments.items() if name not in writers}, seeds, runs
    )
    written = read_texts(
        {name: told for name, told in experiments.items() if name in writers}, seeds, runs
    )

    def heard(name: str) -> tuple[Path, dict[str, Clip]]:
        """The predictions of an experiment's first seed, and the recordings of its corpus."""
        corpus = experiments[name]["corpus"]
        index = rows_of(read_table(results / "corpora" / f"{corpus}.csv"))
        root = Path(corpora[corpus]["root"])
        predictions = runs / name / str(seeds[0]) / "predictions.csv"
        return predictions, {row["id"]: Clip.of(row, root) for row in index}

    clips = {name: examples(*heard(name)) for name in found}
    texts = Texts(
        written,
        text_table(written, corpora, settings["data"]),
        {name: utterances(*heard(name), result.runs[0]) for name, result in written.items()},
    )
    rows = table(found, corpora, settings["data"])
    timings = read_timings(settings["timings"], corpora, settings["data"], results / "timings")
    write_text(page, render(settings, corpora, found, rows, timings, clips, texts))
    lines = {name: _line(result) for name, result in found.items()}
    lines |= {name: _text_line(result) for name, result in written.items()}
    table_rows = ([lines[name].get(column) for column in COLUMNS] for name in settings["order"])
    write_table(summary, COLUMNS, table_rows)


def _line(result: Result) -> dict[str, Any]:
    """A classification in the summary."""
    low, high = result.interval
    return {
        **_cost(result),
        "test_accuracy": result.accuracy,
        "deviation": result.deviation,
        "low": low,
        "high": high,
        "macro_f1": result.macro_f1,
        "train_accuracy": result.train_accuracy,
    }


def _text_line(result: TextResult) -> dict[str, Any]:
    """An experiment that makes texts in the summary; errors are those of normalised texts where
    there are such.
    """
    if result.task == "translate":
        figures = {name: result.mean(name) for name in ("bleu", "chrf")}
    else:
        figures = {name: result.mean(result.texts, name) for name in ("wer", "cer")}
        figures["wer_low"], figures["wer_high"] = result.test[result.texts]["interval"]
    return {**_cost(result), **figures}


def _cost(result: Result | TextResult) -> dict[str, Any]:
    return {
        "experiment": result.name,
        "corpus": result.settings["corpus"],
        "seeds": len(result.runs),
        "parameters": result.parameters,
        "seconds": result.seconds,
        "memory_mb": result.memory_mb,
    }


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            config=job.params.config,
            results=Path(job.output.page).parent,
            page=Path(job.output.page),
            summary=Path(job.output.summary),
        )
