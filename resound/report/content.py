"""The content of the report's page, read from the results folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resound.data.clips import Clip
from resound.io.csv_table import read_table, rows_of
from resound.report.audio_examples import AudioExample, select_audio_examples
from resound.report.conclusions import Conclusion, read_conclusions
from resound.report.extraction_benchmarks import ExtractionBenchmark, read_benchmarks
from resound.report.recognition import (
    Recognition,
    is_text_run,
    read_text_results,
    select_utterances,
    text_rows,
)
from resound.report.results import (
    ClassificationResult,
    ResultRow,
    read_classification_results,
    read_corpora,
    result_rows,
    svg_data_uri,
)
from resound.report.splits import SplitSummary, summarise_splits
from resound.report.studies import Study, read_studies
from resound.report.text_examples import TextExample, select_text_examples
from resound.report.variants import Family, read_families


@dataclass(frozen=True)
class Content:
    """What the page shows, apart from its settings."""

    corpora: Mapping[str, dict[str, Any]]
    figures: Mapping[str, str] = field(default_factory=dict)
    """Of each corpus of an experiment, its splits as an SVG image in a data URI."""
    splits: Sequence[SplitSummary] = ()
    results: Mapping[str, ClassificationResult] = field(default_factory=dict)
    rows: Sequence[ResultRow] = ()
    families: Sequence[Family] = ()
    conclusions: Sequence[Conclusion] = ()
    benchmarks: Sequence[ExtractionBenchmark] = ()
    studies: Sequence[Study] = ()
    audio_examples: Mapping[str, Sequence[AudioExample]] = field(default_factory=dict)
    """Test items of each classification experiment on recordings."""
    text_examples: Mapping[str, Sequence[TextExample]] = field(default_factory=dict)
    """Test items of each classification experiment on pairs of texts."""
    recognition: Recognition = field(default_factory=Recognition)


def read_content(settings: Mapping[str, Any], results: Path) -> Content:
    """Read what `settings` select from the folder `results`.

    `settings` has the `data`, the `seeds`, the `order` of the experiments, and the settings of
    `experiments`, `corpora`, `extraction_benchmarks` and `studies`.
    """
    data, seeds, runs = settings["data"], settings["seeds"], results / "runs"
    corpora = read_corpora(settings["corpora"], results / "corpora")
    indexes = {name: rows_of(read_table(results / "corpora" / f"{name}.csv")) for name in corpora}
    recordings = {
        name: {row["id"]: Clip.from_row(row, Path(corpus["root"])) for row in indexes[name]}
        for name, corpus in corpora.items()
        if not corpus.get("texts")
    }
    experiments = {name: settings["experiments"][name] for name in settings["order"]}
    corpus_of = {name: experiment["corpus"] for name, experiment in experiments.items()}
    first_run = {name: runs / name / str(seeds[0]) for name in experiments}
    predictions = {name: run / "predictions.csv" for name, run in first_run.items()}

    writes_text = {name: is_text_run(run) for name, run in first_run.items()}
    classifications = {n: e for n, e in experiments.items() if not writes_text[n]}
    recognitions = {n: e for n, e in experiments.items() if writes_text[n]}
    classified = read_classification_results(classifications, seeds, runs)
    recognised = read_text_results(recognitions, seeds, runs)
    return Content(
        corpora=corpora,
        figures={
            corpus: svg_data_uri(results / "splits" / f"{corpus}.svg")
            for corpus in corpora
            if corpus in corpus_of.values()
        },
        splits=summarise_splits(experiments, indexes, results / "splits"),
        results=classified,
        rows=result_rows(classified, corpora, data),
        families=read_families(classified, corpora, data, runs),
        conclusions=read_conclusions(
            settings.get("conclusions", {}), {**classified, **recognised}, indexes, runs
        ),
        benchmarks=read_benchmarks(
            settings["extraction_benchmarks"], corpora, data, results / "extraction_benchmarks"
        ),
        studies=read_studies(settings["studies"], results / "studies"),
        audio_examples={
            name: select_audio_examples(predictions[name], recordings[corpus_of[name]])
            for name in classified
            if corpus_of[name] in recordings
        },
        text_examples={
            name: select_text_examples(predictions[name], indexes[corpus_of[name]])
            for name in classified
            if corpus_of[name] not in recordings
        },
        recognition=Recognition(
            recognised,
            text_rows(recognised, corpora, data),
            {
                name: select_utterances(
                    predictions[name], recordings[corpus_of[name]], result.runs[0]
                )
                for name, result in recognised.items()
            },
        ),
    )
