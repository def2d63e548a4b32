"""Results of speech recognition and speech translation, read from their run folders."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from resound.data.clips import Clip
from resound.data.normalisers import normalised
from resound.io.csv_table import read_table, rows_of
from resound.io.files import read_json
from resound.metrics.text import Operation, align_words, sentence_chrf, word_error_rate
from resound.report.audio_examples import encode_audio
from resound.report.history import History, read_history
from resound.report.results import ExperimentResult, comparable_report, svg_data_uri

_MAX_SECONDS = 30.0
"""The length of Whisper's input window."""

Alignment = list[tuple[Operation, str, str]]
Scorer = Callable[[str, str], tuple[Alignment, float]]
"""Map a reference and a hypothesis to their word alignment and their score."""


@dataclass(frozen=True)
class TextRun:
    """One experiment that writes texts, with one seed."""

    seed: int
    task: str
    """`transcribe` or `translate`."""
    normaliser: str | None
    """The version of the text normaliser behind the `normalised` metrics."""
    parts: dict[str, dict[str, Any]]
    """The metrics of each part and, if there are several parts, of `all` parts together."""
    provenance: dict[str, Any]
    curves: str | None
    """Learning curves as an SVG data URI; None unless the model was fine-tuned."""
    history: History = field(default_factory=dict)
    """The history of fine-tuning: one value per evaluation in each column."""

    @classmethod
    def read(cls, folder: Path) -> "TextRun":
        """Read the files of a run from its folder, `{experiment}/{seed}`."""
        metrics = read_json(folder / "metrics.json")
        parts = metrics["parts"]
        if "all" in metrics and len(parts) > 1:
            parts = {**parts, "all": metrics["all"]}
        tuned = (folder / "history.csv").exists()
        return cls(
            seed=int(folder.name),
            task=metrics["task"],
            normaliser=metrics.get("normaliser"),
            parts=parts,
            provenance=read_json(folder / "provenance.json"),
            curves=svg_data_uri(folder / "plots" / "curves.svg") if tuned else None,
            history=read_history(folder / "history.csv") if tuned else {},
        )

    def metric(self, *keys: str) -> float:
        """Return a metric of the test part by its path of keys, such as `raw`, `wer`."""
        value: Any = self.parts["test"]
        for key in keys:
            value = value[key]
        return float(value)


@dataclass(frozen=True)
class TextResult(ExperimentResult[TextRun]):
    """An experiment that writes texts, over its seeds."""

    @property
    def task(self) -> str:
        """`transcribe` or `translate`."""
        return self.runs[0].task

    @property
    def text_form(self) -> str:
        """The form of text whose errors are counted: `normalised` if computed, else `raw`."""
        return "normalised" if self.runs[0].normaliser else "raw"

    @property
    def test(self) -> dict[str, Any]:
        """The metrics of the first seed's test part."""
        return self.runs[0].parts["test"]

    @property
    def main_metric(self) -> tuple[str, ...]:
        """The path of keys of the metric that experiments are compared by."""
        return (self.text_form, "wer") if self.task == "transcribe" else ("bleu",)

    @property
    def score(self) -> float:
        """The main metric, the mean over seeds: a WER as a fraction, or BLEU."""
        return self.mean(*self.main_metric)

    def mean(self, *keys: str) -> float:
        """Return the mean over seeds of a metric of the test part."""
        return fmean(run.metric(*keys) for run in self.runs)

    def standard_deviation(self, *keys: str) -> float | None:
        """Return the standard deviation of a metric over seeds; None with a single seed."""
        return stdev(run.metric(*keys) for run in self.runs) if len(self.runs) > 1 else None


@dataclass(frozen=True)
class TextRow:
    """A row of the table: an experiment, those it is compared with, the reported metrics."""

    result: TextResult
    baseline: TextResult | None
    """The model before fine-tuning."""
    corrected: TextResult | None
    reported: Mapping[str, Any] | None
    """The reported metrics; None unless they were measured on the same corpus."""


@dataclass(frozen=True)
class Utterance:
    """A test clip with its reference, the model's hypothesis, and its audio as a data URI."""

    id: str
    language: str
    """The language code that was specified or detected."""
    reference: str
    hypothesis: str
    alignment: Alignment
    """Both texts word by word, as errors are counted; empty for a translation."""
    score: float
    """The word error rate of this clip; for a translation its chrF, 0 to 100."""
    audio: str

    @property
    def direction(self) -> str:
        """The reading direction, `rtl` or `ltr`, of the reference's first strong character."""
        strong = (unicodedata.bidirectional(char) for char in self.reference)
        first = next((kind for kind in strong if kind in ("L", "R", "AL")), "L")
        return "ltr" if first == "L" else "rtl"


@dataclass(frozen=True)
class Recognition:
    """The content of the page's section on recognition and translation."""

    results: dict[str, TextResult] = field(default_factory=dict)
    rows: list[TextRow] = field(default_factory=list)
    utterances: dict[str, list[Utterance]] = field(default_factory=dict)
    """Test clips of each experiment: the worst, then some of the best."""


def is_text_run(folder: Path) -> bool:
    """Return whether the run in a folder writes texts rather than predicts classes."""
    return "task" in read_json(folder / "metrics.json")


def read_text_results(
    experiments: Mapping[str, dict[str, Any]], seeds: Sequence[int], runs: Path
) -> dict[str, TextResult]:
    """Read the results of experiments that write texts from `runs/{experiment}/{seed}`."""
    return {
        name: TextResult(name, settings, [TextRun.read(runs / name / str(seed)) for seed in seeds])
        for name, settings in experiments.items()
    }


def text_rows(
    results: Mapping[str, TextResult], corpora: Mapping[str, dict[str, Any]], data: str
) -> list[TextRow]:
    """Return one row per experiment; a corrected experiment shares the row of its original."""
    corrected = {result.settings["corrected"] for result in results.values()}
    return [
        TextRow(
            result,
            results.get(result.settings["baseline"] or ""),
            results.get(result.settings["corrected"] or ""),
            comparable_report(result.settings, corpora, data),
        )
        for name, result in results.items()
        if name not in corrected
    ]


def select_utterances(
    predictions: Path, recordings: Mapping[str, Clip], run: TextRun, worst: int = 6, best: int = 2
) -> list[Utterance]:
    """Return up to `worst` test clips with the most errors, then `best` with the fewest.

    Transcriptions are ranked by the word error rate of each clip, translations by its chrF; of
    clips with equal scores the longer comes first.
    """
    rows = [row for row in rows_of(read_table(predictions)) if row["part"] == "test"]
    score: Scorer = partial(_score_transcription, run.normaliser)
    if run.task == "translate":
        score = _score_translation
    scored = [(row, *score(row["reference"], row["hypothesis"])) for row in rows]
    sign = -1 if run.task == "translate" else 1
    length = {row["id"]: len(row["reference"].split()) for row in rows}
    worst_first = sorted(scored, key=lambda entry: (-sign * entry[2], -length[entry[0]["id"]]))
    best_first = sorted(scored, key=lambda entry: (sign * entry[2], -length[entry[0]["id"]]))
    selected = worst_first[:worst]
    ids = {row["id"] for row, _, _ in selected}
    selected += [entry for entry in best_first if entry[0]["id"] not in ids][:best]
    return [
        Utterance(
            id=row["id"],
            language=row["language"],
            reference=row["reference"],
            hypothesis=row["hypothesis"],
            alignment=alignment,
            score=value,
            audio=encode_audio(recordings[row["id"]], _MAX_SECONDS),
        )
        for row, alignment, value in selected
    ]


def _score_transcription(
    normaliser: str | None, reference: str, hypothesis: str
) -> tuple[Alignment, float]:
    """Return the word alignment, of normalised texts with a `normaliser`, and the WER."""
    if normaliser:
        reference, hypothesis = normalised(normaliser, [reference, hypothesis])
    alignment = align_words(reference, hypothesis)
    return alignment, word_error_rate(alignment)


def _score_translation(reference: str, hypothesis: str) -> tuple[Alignment, float]:
    """Return an empty alignment and the chrF."""
    return [], sentence_chrf(reference, hypothesis)
