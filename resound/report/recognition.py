"""What the report tells of recognised and translated texts, gathered from their runs."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from resound.data import persian_normaliser
from resound.data.clips import Clip
from resound.io.csv_table import read_table, rows_of
from resound.io.files import read_json
from resound.metrics.text import Kind, aligned, error_rate, sentence_chrf
from resound.report.audio_examples import sound
from resound.report.results import Experiment, reported, svg

_LONGEST_S = 30.0
"""What Whisper hears at once."""


@dataclass(frozen=True)
class TextRun:
    """One experiment that makes texts, with one seed."""

    seed: int
    task: str
    """`transcribe` or `translate`."""
    normaliser: str | None
    """The version of what made texts alike for `normalised` figures."""
    parts: dict[str, dict[str, Any]]
    """The figures of each part and, where there are several, of `all` together."""
    provenance: dict[str, Any]
    curves: str | None
    """An SVG figure as a data URI, where the model was fine-tuned."""

    @classmethod
    def read(cls, folder: Path) -> "TextRun":
        """The run whose files lie in `folder`."""
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
            curves=svg(folder / "plots" / "curves.svg") if tuned else None,
        )

    def figure(self, *keys: str) -> float:
        """A figure of the test part, such as `raw`, `wer`."""
        found: Any = self.parts["test"]
        for key in keys:
            found = found[key]
        return float(found)


@dataclass(frozen=True)
class TextResult(Experiment[TextRun]):
    """An experiment that makes texts, over its seeds."""

    @property
    def task(self) -> str:
        """`transcribe` or `translate`."""
        return self.runs[0].task

    @property
    def texts(self) -> str:
        """The texts whose errors count: `normalised` where they are, else `raw`."""
        return "normalised" if self.runs[0].normaliser else "raw"

    @property
    def test(self) -> dict[str, Any]:
        """The figures of the first seed's test part."""
        return self.runs[0].parts["test"]

    @property
    def headline(self) -> tuple[str, ...]:
        """Where the figure stands that experiments are compared by."""
        return (self.texts, "wer") if self.task == "transcribe" else ("bleu",)

    @property
    def score(self) -> float:
        """The figure that experiments are compared by: a WER as a share, or BLEU."""
        return self.mean(*self.headline)

    def mean(self, *keys: str) -> float:
        """A figure of the test part, the mean over seeds."""
        return fmean(run.figure(*keys) for run in self.runs)

    def deviation(self, *keys: str) -> float | None:
        """The standard deviation of a figure over seeds, where there are several."""
        return stdev(run.figure(*keys) for run in self.runs) if len(self.runs) > 1 else None


@dataclass(frozen=True)
class TextRow:
    """A line of a table: an experiment, what it is compared with, what was reported."""

    result: TextResult
    baseline: TextResult | None
    """The model as it was before fine-tuning."""
    honest: TextResult | None
    reported: Mapping[str, Any] | None
    """The reported figures, on the very corpus that they were measured on; else None."""


@dataclass(frozen=True)
class Utterance:
    """A test clip with what was said, what the model made of it, and its sound as a data URI."""

    id: str
    language: str
    """The code that the model was told or detected."""
    reference: str
    hypothesis: str
    pairs: list[tuple[Kind, str, str]]
    """Both texts word by word as their errors were counted; of translations nothing."""
    score: float
    """The error rate of this text alone; of a translation its chrF, 0 to 100."""
    sound: str

    @property
    def direction(self) -> str:
        """How the reference runs, `rtl` or `ltr`, by the first of its letters that tells."""
        strong = (unicodedata.bidirectional(char) for char in self.reference)
        first = next((kind for kind in strong if kind in ("L", "R", "AL")), "L")
        return "ltr" if first == "L" else "rtl"


@dataclass(frozen=True)
class Texts:
    """All that the report tells of texts."""

    results: dict[str, TextResult] = field(default_factory=dict)
    rows: list[TextRow] = field(default_factory=list)
    utterances: dict[str, list[Utterance]] = field(default_factory=dict)
    """Of each experiment the worst of its test part, then some of the best."""


def makes_texts(run: Path) -> bool:
    """Whether the run in a folder made texts rather than classes."""
    return "task" in read_json(run / "metrics.json")


def read_texts(
    experiments: Mapping[str, dict[str, Any]], seeds: Sequence[int], runs: Path
) -> dict[str, TextResult]:
    """The results of experiments that make texts, read from `runs/{experiment}/{seed}`."""
    return {
        name: TextResult(name, settings, [TextRun.read(runs / name / str(seed)) for seed in seeds])
        for name, settings in experiments.items()
    }


def text_table(
    results: Mapping[str, TextResult], corpora: Mapping[str, dict[str, Any]], data: str
) -> list[TextRow]:
    """A row for each experiment that is nobody's twin."""
    twins = {result.settings["twin"] for result in results.values()}
    return [
        TextRow(
            result,
            results.get(result.settings["baseline"] or ""),
            results.get(result.settings["twin"] or ""),
            reported(result.settings, corpora, data),
        )
        for name, result in results.items()
        if name not in twins
    ]


def utterances(
    predictions: Path, recordings: Mapping[str, Clip], run: TextRun, worst: int = 6, best: int = 2
) -> list[Utterance]:
    """Up to `worst` test clips with the most errors, then the `best`; the longer of equals first.

    Transcriptions are ranked by the error rate of each, translations by its chrF.
    """
    rows = [row for row in rows_of(read_table(predictions)) if row["part"] == "test"]
    judge = _translation if run.task == "translate" else _transcription(run.normaliser)
    judged = [(row, *judge(row["text"], row["said"])) for row in rows]
    sign = -1 if run.task == "translate" else 1
    length = {row["id"]: len(row["text"].split()) for row in rows}
    bad_first = sorted(judged, key=lambda entry: (-sign * entry[2], -length[entry[0]["id"]]))
    good_first = sorted(judged, key=lambda entry: (sign * entry[2], -length[entry[0]["id"]]))
    chosen = bad_first[:worst]
    taken = {row["id"] for row, _, _ in chosen}
    chosen += [entry for entry in good_first if entry[0]["id"] not in taken][:best]
    return [
        Utterance(
            id=row["id"],
            language=row["language"],
            reference=row["text"],
            hypothesis=row["said"],
            pairs=pairs,
            score=score,
            sound=sound(recordings[row["id"]], _LONGEST_S),
        )
        for row, pairs, score in chosen
    ]


Judge = Callable[[str, str], tuple[list[tuple[Kind, str, str]], float]]


def _transcription(normaliser: str | None) -> Judge:
    """What aligns two texts as their errors were counted, and tells their error rate."""

    def judge(said: str, heard: str) -> tuple[list[tuple[Kind, str, str]], float]:
        if normaliser:
            said, heard = persian_normaliser.normalise(said), persian_normaliser.normalise(heard)
        pairs = aligned(said, heard)
        return pairs, error_rate(pairs)

    return judge


def _translation(said: str, heard: str) -> tuple[list[tuple[Kind, str, str]], float]:
    return [], sentence_chrf(said, heard)
