"""What the reports conclude from their experiments, compared item by item over several seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.data.normalisers import normalised
from resound.io.csv_table import read_table
from resound.metrics.chunk_voting import combine_chunks, recording_of
from resound.metrics.classification import macro_f1
from resound.metrics.intervals import Counts, ratio
from resound.metrics.paired import Difference, Metric, Outcomes, compare, holm
from resound.metrics.text import bleu_counts, bleu_of_counts, word_errors
from resound.report.history import read_history
from resound.report.results import ExperimentResult

Results = Mapping[str, ExperimentResult[Any]]
Indexes = Mapping[str, Sequence[Mapping[str, str]]]
"""The rows of each corpus' index."""

LEVEL = 0.05
NAMES = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "wer": "WER",
    "bleu": "BLEU",
    "parameters": "number of parameters",
}


def _macro_f1(sums: Counts) -> float:
    classes = round(len(sums) ** 0.5)
    return macro_f1(sums.reshape(classes, classes))


METRICS = {
    "accuracy": Metric(ratio, ratio=True),
    "macro_f1": Metric(_macro_f1),
    "wer": Metric(lambda sums: -ratio(sums), (-inf, 0), ratio=True),
    "bleu": Metric(lambda sums: bleu_of_counts(sums) / 100),
}


@dataclass(frozen=True)
class Arm:
    """The comparison under one protocol."""

    better: str
    """The experiment that is better by the statement."""
    worse: str | None
    """The other experiment; None if the epochs of one are compared."""
    seeds: Sequence[int]
    difference: Difference | None = None
    """In the direction of the statement; None if no items are compared."""
    evidence: str = ""
    """What the verdict follows from, if no items are compared."""
    verdict: bool | None = None
    """Whether the statement is true; None if that is open."""
    p_value: float | None = None
    """The p-value, corrected for the number of comparisons under this protocol."""

    @property
    def seeds_that_agree(self) -> int:
        """The number of seeds whose own difference has the sign of the whole."""
        assert self.difference is not None
        return sum(value * self.difference.value > 0 for value in self.difference.by_seed)


@dataclass(frozen=True)
class Conclusion:
    """A statement, and its comparisons under the reported and the corrected protocol."""

    name: str
    settings: Mapping[str, Any]
    metric: str
    """The name of what is compared."""
    reported: Arm | None
    corrected: Arm | None
    """None unless all experiments have a corrected one that is selected."""

    @property
    def arms(self) -> list[Arm]:
        """The comparisons that there are."""
        return [arm for arm in (self.reported, self.corrected) if arm]


def read_conclusions(
    conclusions: Mapping[str, Mapping[str, Any]], results: Results, indexes: Indexes, runs: Path
) -> list[Conclusion]:
    """Compare what `conclusions` name, by the predictions in `runs/{experiment}/{seed}`."""
    reader = _Reader(results, indexes, runs)
    read = [reader.conclusion(name, settings) for name, settings in conclusions.items()]
    reported = _with_verdicts([conclusion.reported for conclusion in read])
    corrected = _with_verdicts([conclusion.corrected for conclusion in read])
    return [
        replace(conclusion, reported=first, corrected=second)
        for conclusion, first, second in zip(read, reported, corrected)
    ]


def verdict(difference: Difference, p_value: float) -> bool | None:
    """Return whether a statement is true, or None if that is open.

    It is open if p is not below 0.05, or if two seeds have differences of opposite signs.
    """
    agree = all(value * difference.value >= 0 for value in difference.by_seed)
    return difference.value > 0 if p_value < LEVEL and agree else None


def _with_verdicts(arms: Sequence[Arm | None]) -> list[Arm | None]:
    """Return comparisons with p corrected for the number of them, and with verdicts."""
    tested = {n: arm.difference for n, arm in enumerate(arms) if arm is not None and arm.difference}
    p_values = holm([difference.p_value for difference in tested.values()])
    complete = list(arms)
    for (n, difference), p in zip(tested.items(), p_values):
        arm = arms[n]
        assert arm is not None
        complete[n] = replace(arm, p_value=p, verdict=verdict(difference, p))
    return complete


@dataclass(frozen=True)
class _Reader:
    """Reads predictions; the outcomes of an experiment are read once."""

    results: Results
    indexes: Indexes
    runs: Path

    @cached_property
    def _read(self) -> dict[tuple[str, int, str], Outcomes]:
        return {}

    def conclusion(self, name: str, settings: Mapping[str, Any]) -> Conclusion:
        """Return a conclusion with its differences and without p-values."""
        seeds = settings["seeds"]
        experiments = [settings[key] for key in ("better", "worse", "improving") if settings[key]]
        metric = settings["metric"] or self._main_metric(experiments[0])
        named = self._arm(experiments, metric, seeds)
        corrected = [self.results[name].settings["corrected"] for name in experiments]
        label = "learning curve" if settings["improving"] else NAMES[metric]
        if settings["protocol"] == "corrected":
            return Conclusion(name, settings, label, None, named)
        others = all(name in self.results for name in corrected)
        arm = self._arm(corrected, metric, seeds) if others else None
        return Conclusion(name, settings, label, named, arm)

    def _main_metric(self, experiment: str) -> str:
        decode = self.results[experiment].settings.get("decode")
        task = decode["task"] if decode else "classify"
        return {"transcribe": "wer", "translate": "bleu"}.get(task, "accuracy")

    def _arm(self, experiments: Sequence[str], metric: str, seeds: Sequence[int]) -> Arm:
        if len(experiments) == 1:
            return self._curve(experiments[0], metric, seeds)
        better, worse = experiments
        if metric == "parameters":
            fewer, more = self.results[better].parameters, self.results[worse].parameters
            evidence = f"{fewer:,} against {more:,}"
            return Arm(better, worse, [], evidence=evidence, verdict=fewer < more)
        one, other = (self._outcomes(name, seeds, metric) for name in experiments)
        one, other = (
            self._on_items_of(other, better, one, seeds, metric),
            self._on_items_of(one, worse, other, seeds, metric),
        )
        return Arm(better, worse, seeds, compare(one, other, METRICS[metric]))

    def _curve(self, experiment: str, metric: str, seeds: Sequence[int]) -> Arm:
        """Return the last evaluation on the validation part and the best; the verdict is open.

        More epochs than were run are not tested, and one curve has no test of its differences.
        """
        column, sign = ("validation_wer", 1) if metric == "wer" else ("validation_accuracy", -1)
        histories = (
            read_history(self.runs / experiment / str(seed) / "history.csv") for seed in seeds
        )
        curves = [np.array(history[column]) for history in histories if column in history]
        if not curves or any(len(curve) < 2 for curve in curves):
            return Arm(experiment, None, seeds, evidence="no validation part")
        best = [int(np.argmin(sign * curve)) for curve in curves]
        evidence = "; ".join(
            f"validation {NAMES[metric]} {100 * curve[-1]:.1f} % at the last of {len(curve)}"
            f" evaluations, best {100 * curve[n]:.1f} % at number {n + 1}"
            for curve, n in zip(curves, best)
        )
        return Arm(experiment, None, seeds, evidence=evidence)

    def _on_items_of(
        self, other: Outcomes, name: str, own: Outcomes, seeds: Sequence[int], metric: str
    ) -> Outcomes:
        """Return the outcomes on the test items of another experiment, if a model has no others.

        A model that is not trained has seen no item, so that all of its items may test.
        """
        if self.results[name].settings["train"] is not None or set(own.ids) == set(other.ids):
            return own
        every = self._outcomes(name, seeds, metric, every_part=True)
        chosen = np.isin(every.ids, other.ids)
        if not set(other.ids) <= set(every.ids):
            return own
        groups = None if every.groups is None else every.groups[chosen]
        return Outcomes(every.ids[chosen], groups, every.counts[:, chosen])

    def _outcomes(
        self, name: str, seeds: Sequence[int], metric: str, every_part: bool = False
    ) -> Outcomes:
        """Return the counts of an experiment's test items, or of all its items, for each seed."""
        read = [self._of_seed(name, seed, metric, every_part) for seed in seeds]
        counts = np.concatenate([outcomes.counts for outcomes in read])
        return Outcomes(read[0].ids, read[0].groups, counts)

    def _of_seed(self, name: str, seed: int, metric: str, every_part: bool) -> Outcomes:
        key = (name, seed, f"{metric} {every_part}")
        if key not in self._read:
            table = read_table(self.runs / name / str(seed) / "predictions.csv")
            columns = {column: np.array(values) for column, values in table.items()}
            settings = self.results[name].settings
            index = self.indexes[settings["corpus"]]
            if settings.get("vote"):
                names = [column[len("score_") :] for column in columns if column[:6] == "score_"]
                columns = combine_chunks(columns, names)
            kept = np.full(len(columns["id"]), True) if every_part else columns["part"] == "test"
            rows = {column: values[kept] for column, values in columns.items()}
            groups = _groups(rows["id"], index, settings["split_settings"], metric)
            counts = _counts(rows, metric, settings.get("normaliser"), index)
            self._read[key] = Outcomes(rows["id"], groups, counts[np.newaxis])
        return self._read[key]


def _groups(
    items: NDArray[np.str_],
    index: Sequence[Mapping[str, str]],
    split: Mapping[str, Any],
    metric: str,
) -> NDArray[np.str_] | None:
    """Return what intervals are over, as in evaluation: what the split keeps apart.

    For texts otherwise the speakers that the corpus knows, or else its groups; an item whose own is
    not known is one by itself. None if items are independent.
    """
    texts = metric in ("wer", "bleu")
    by = split.get("group_by")
    for column in (by,) if by else ("speaker", "group") if texts else ():
        if any(row.get(column) for row in index):
            # An item is one of the index or, if chunks vote, the recording that chunks are of.
            known = {recording_of(row["id"]): row[column] for row in index}
            known |= {row["id"]: row[column] for row in index}
            return np.array([known[item] or f"item {item}" for item in items.tolist()])
    return None


def _counts(
    rows: Mapping[str, NDArray[np.str_]],
    metric: str,
    normaliser: str | None,
    index: Sequence[Mapping[str, str]],
) -> Counts:
    """Return the counts of each row for a metric, shape (rows, kinds)."""
    if metric in ("wer", "bleu"):
        texts = [rows["reference"].tolist(), rows["hypothesis"].tolist()]
        if normaliser and metric == "wer":
            texts = [normalised(normaliser, column) for column in texts]
        return word_errors(*texts) if metric == "wer" else bleu_counts(*texts)
    correct = rows["label"] == rows["predicted"]
    if metric == "accuracy":
        return np.stack([correct, np.ones_like(correct)], axis=1).astype(np.int64)
    # The cell of the confusion matrix; predictions of other classes are one class more.
    classes = sorted({row["label"] for row in index})
    number = {name: n for n, name in enumerate(classes)}
    width = len(classes) + 1
    cells = [
        number[true] * width + number.get(predicted, width - 1)
        for true, predicted in zip(rows["label"].tolist(), rows["predicted"].tolist())
    ]
    return np.eye(width * width, dtype=np.int64)[cells]
