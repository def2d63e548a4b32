"""What source reports give for experiments, beside what was measured.

Each field of `Reported`, `ReportedText` and `ReportedSeconds` has a label and a format here, so
that none of them is left out of the page.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from resound.report.formats import (
    format_duration,
    format_loss,
    format_percent,
    format_points,
    format_precise_percent,
)
from resound.report.history import History
from resound.report.published import CURVES, figures
from resound.report.results import ClassificationResult

Format = Callable[[Any], str]


def _format_integer(number: int) -> str:
    return f"{number:,}"


_LABELS: dict[str, tuple[str, Format]] = {
    # Reported
    "test_accuracy": ("test accuracy", format_precise_percent),
    "printed_accuracy": ("test accuracy in printed output", format_precise_percent),
    "train_accuracy": ("training accuracy", format_precise_percent),
    "test_loss": ("test loss", format_loss),
    "train_loss": ("training loss", format_loss),
    "macro_f1": ("macro F1", format_precise_percent),
    "weighted_f1": ("weighted F1", format_precise_percent),
    "uar": ("UAR", format_precise_percent),
    "f1": ("F1, its average not stated", format_precise_percent),
    "printed_f1": ("F1 in printed output", format_precise_percent),
    "after_epochs": ("epochs trained until then", _format_integer),
    "parameters": ("trainable parameters", _format_integer),
    "seconds": ("duration of training", format_duration),
    "per_class": ("recall by class", format_precise_percent),
    "train_loss_by_epoch": ("training loss by epoch", format_loss),
    "train_accuracy_by_epoch": ("running training accuracy by epoch", format_precise_percent),
    "validation_by_epoch": ("validation accuracy by epoch", format_precise_percent),
    # ReportedText
    "test_wer": ("WER of the test part", format_precise_percent),
    "train_wer": ("WER of the training part", format_precise_percent),
    "validation_wer": ("WER of the validation part", format_precise_percent),
    "all_wer": ("WER of all parts", format_precise_percent),
    "train_loss_by_evaluation": ("training loss by evaluation", format_loss),
    "validation_loss_by_evaluation": ("validation loss by evaluation", format_loss),
    "validation_wer_by_evaluation": ("validation WER by evaluation", format_precise_percent),
    # ReportedSeconds
    "serial": ("one clip after the other", format_duration),
    "thread_pool": ("with a pool of threads", format_duration),
}

_MEASURES: dict[str, tuple[Callable[[ClassificationResult], float | None], str | None]] = {
    "test_accuracy": (lambda result: result.accuracy, "test_accuracy"),
    "printed_accuracy": (lambda result: result.accuracy, "test_accuracy"),
    "train_accuracy": (lambda result: result.train_accuracy, "accuracy"),
    "test_loss": (lambda result: _of_last_epoch(result, "test_loss"), "test_loss"),
    "train_loss": (lambda result: _of_last_epoch(result, "loss"), "loss"),
    "macro_f1": (lambda result: result.macro_f1, None),
    "weighted_f1": (lambda result: result.weighted_f1, None),
    "uar": (lambda result: result.uar, None),
    "parameters": (lambda result: result.parameters, None),
    "seconds": (lambda result: result.seconds, None),
}
"""How a reported metric is measured, and the column of the history that has it after each epoch."""


@dataclass(frozen=True)
class Comparison:
    """A row of the table of reported and measured metrics, as texts; empty where there is none."""

    label: str
    reported: str
    measured: str
    corrected: str
    difference: str
    """Measured minus reported."""


@dataclass(frozen=True)
class CurveTable:
    """Measured and reported values by epoch, as texts; empty where there is none."""

    curves: Sequence[str]
    """The names of the curves."""
    rows: Sequence[Sequence[tuple[str, str]]]
    """The measured and the reported value of each curve, one row per epoch."""


def describe_reported(reported: Mapping[str, Any]) -> str:
    """Return all metrics of a report in one line: `test accuracy 40.38 %; macro F1 41.0 %`."""
    return "; ".join(
        f"{_LABELS[name][0]} {', '.join(map(_LABELS[name][1], values))}"
        for name, values in figures(reported)
    )


def compare_metrics(
    reported: Mapping[str, Any],
    result: ClassificationResult,
    corrected: ClassificationResult | None,
) -> list[Comparison]:
    """Return one row per single metric of the report.

    If the report stopped after some epochs, metrics that training measures in each epoch are those
    of that epoch.
    """
    epoch = reported.get("after_epochs")
    rows = []
    for name, (value, *_) in figures(reported):
        if name in CURVES or name == "per_class":
            continue
        label, to_text = _LABELS[name]
        ours = _measure(result, name, epoch)
        rows.append(
            Comparison(
                label,
                to_text(value),
                _show(result, name, ours),
                _show(corrected, name, _measure(corrected, name, epoch)) if corrected else "",
                "" if ours is None else _difference(name, ours - value),
            )
        )
    return rows


def compare_curves(reported: Mapping[str, Any], result: ClassificationResult) -> CurveTable | None:
    """Return the reported curves beside those of the first seed; None if there are none.

    The table ends with the last epoch that the report gives.
    """
    curves = {name: reported[name] for name in CURVES if reported.get(name)}
    if not curves:
        return None
    history = result.runs[0].history
    epochs = range(1, max(map(len, curves.values())) + 1)

    def cell(name: str, epoch: int) -> tuple[str, str]:
        to_text, values = _LABELS[name][1], curves[name]
        measured = _of_epoch(history, CURVES[name], epoch)
        return (
            "" if measured is None else _text(name, measured),
            to_text(values[epoch - 1]) if epoch <= len(values) else "",
        )

    labels = [_LABELS[name][0].removesuffix(" by epoch") for name in curves]
    return CurveTable(labels, [[cell(name, epoch) for name in curves] for epoch in epochs])


def _measure(result: ClassificationResult, name: str, epoch: int | None) -> float | None:
    """Return the metric that was measured; None if it was not, or is not a single number."""
    if name not in _MEASURES:
        return None
    final, column = _MEASURES[name]
    if epoch and column:
        return _mean([_of_epoch(run.history, column, epoch) for run in result.runs])
    return final(result)


def _show(result: ClassificationResult, name: str, value: float | None) -> str:
    if name in ("f1", "printed_f1"):
        macro, weighted = format_percent(result.macro_f1), format_percent(result.weighted_f1)
        return f"macro {macro}, weighted {weighted}"
    if name == "after_epochs":
        return ""
    return "not measured" if value is None else _text(name, value)


def _text(name: str, value: float) -> str:
    """Return a measured value as text."""
    to_text = _LABELS[name][1]
    if not math.isfinite(value):
        return "not finite"
    if to_text is format_loss:
        return f"{value:.4f}"
    return format_percent(value) if to_text is format_precise_percent else to_text(value)


def _difference(name: str, difference: float) -> str:
    """Return a difference as text; durations are of different machines and have none."""
    to_text = _LABELS[name][1]
    if name == "seconds" or not math.isfinite(difference):
        return ""
    if to_text is format_precise_percent:
        return format_points(difference)
    signed = f"{difference:+,}" if name == "parameters" else f"{difference:+.4f}"
    return signed.replace("-", "\u2212")


def _of_last_epoch(result: ClassificationResult, column: str) -> float | None:
    curves = [run.history.get(column, []) for run in result.runs]
    return _mean([curve[-1] for curve in curves if curve])


def _of_epoch(history: History, column: str, epoch: int) -> float | None:
    """Return the value at the end of an epoch, which may have several evaluations."""
    epochs = history.get("epoch", [])
    if column not in history or epoch not in epochs:
        return None
    return history[column][epochs.index(epoch)]


def _mean(values: Sequence[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return fmean(present) if present else None
