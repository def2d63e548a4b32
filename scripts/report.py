"""Write the report: one page that opens offline, and its main table as CSV.

Input: every selected run's metrics, history, predictions, provenance, figures and comparison; the
indexes and splits of their corpora. Output: `report.html` and `summary.csv`.
"""

import json
from pathlib import Path
from typing import Any

from resound.data.clips import Clip
from resound.io.csv_table import read_table, rows_of, write_table
from resound.io.files import write_text
from resound.report.audio_examples import examples
from resound.report.page import Content, render
from resound.report.protocols import divisions
from resound.report.recognition import (
    TextResult,
    Texts,
    makes_texts,
    read_texts,
    text_table,
    utterances,
)
from resound.report.results import Result, read_corpora, read_results, read_timings, table
from resound.report.studies import read_studies
from resound.report.text_examples import pairs
from resound.report.variants import families
from resound.runtime.stage import stage

COLUMNS = (
    "experiment",
    "corpus",
    "seeds",
    "test_accuracy",
    "deviation",
    "low",
    "high",
    "macro_f1",
    "weighted_f1",
    "uar",
    "train_accuracy",
    "parameters",
    "total_parameters",
    "seconds",
    "memory_mb",
    "device",
    "precision",
    "device_memory_mb",
    "utilisation",
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
    data, seeds, runs = settings["data"], settings["seeds"], results / "runs"
    corpora = read_corpora(settings["corpora"], results / "corpora")
    indexes = {name: rows_of(read_table(results / "corpora" / f"{name}.csv")) for name in corpora}
    experiments = {name: settings["experiments"][name] for name in settings["order"]}
    writers = {name for name in experiments if makes_texts(runs / name / str(seeds[0]))}
    found = read_results(
        {name: told for name, told in experiments.items() if name not in writers}, seeds, runs
    )
    written = read_texts(
        {name: told for name, told in experiments.items() if name in writers}, seeds, runs
    )
    predictions = {name: runs / name / str(seeds[0]) / "predictions.csv" for name in experiments}

    corpus_of = {name: told["corpus"] for name, told in experiments.items()}
    # Of each corpus that has some.
    recordings = {
        name: {row["id"]: Clip.of(row, Path(told["root"])) for row in indexes[name]}
        for name, told in corpora.items()
        if not told.get("texts")
    }
    on_texts = [name for name in found if corpus_of[name] not in recordings]
    on_sound = [name for name in found if corpus_of[name] in recordings]
    content = Content(
        corpora=corpora,
        divisions=divisions(experiments, indexes, results / "splits"),
        results=found,
        rows=table(found, corpora, data),
        families=families(found, corpora, data, runs),
        timings=read_timings(settings["timings"], corpora, data, results / "timings"),
        studies=read_studies(settings["studies"], results / "studies"),
        clips={name: examples(predictions[name], recordings[corpus_of[name]]) for name in on_sound},
        pairs={name: pairs(predictions[name], indexes[corpus_of[name]]) for name in on_texts},
        texts=Texts(
            written,
            text_table(written, corpora, data),
            {
                name: utterances(predictions[name], recordings[corpus_of[name]], result.runs[0])
                for name, result in written.items()
            },
        ),
    )
    write_text(page, render(settings, content))
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
        "weighted_f1": result.weighted_f1,
        "uar": result.uar,
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
        "total_parameters": result.total_parameters,
        "seconds": result.seconds,
        "memory_mb": result.memory_mb,
        "device": result.device,
        "precision": result.precision,
        "device_memory_mb": result.device_memory_mb,
        "utilisation": result.utilisation,
    }


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            config=job.params.config,
            results=Path(job.output.page).parent,
            page=Path(job.output.page),
            summary=Path(job.output.summary),
        )
