"""Metrics of frame predictions: with and without silence, and the most frequent confusions."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.data import run_length
from resound.data.folds import SCORED
from resound.metrics.classification import classification_metrics
from resound.metrics.intervals import Counts

_PAIRS = 15


def frame_metrics(
    predictions: Mapping[str, NDArray[np.str_]],
    classes: Sequence[str],
    silence: str,
    units: NDArray[np.str_] | None,
) -> dict[str, dict[str, Any]]:
    """Return the metrics of each part that has predictions; labels are run-length encoded.

    `units` names for each row the unit that the interval is over (a speaker); None stands for
    utterances.
    """
    metrics_of_part: dict[str, dict[str, Any]] = {}
    for part in SCORED:
        rows = np.flatnonzero(predictions["part"] == part)
        if not len(rows):
            continue
        true, predicted = (
            [run_length.decode(str(predictions[column][row]), classes) for row in rows]
            for column in ("label", "predicted")
        )
        unit_of_row = predictions["id"] if units is None else units
        groups = np.repeat(unit_of_row[rows], [len(labels) for labels in true])
        metrics = classification_metrics(
            np.concatenate(true), np.concatenate(predicted), len(classes), groups
        )
        confusion = np.array(metrics["confusion"])
        metrics_of_part[part] = metrics | {
            "utterances": len(rows),
            "accuracy_without_silence": _accuracy_without(confusion, classes.index(silence)),
            "confused": _most_confused(confusion, classes),
        }
    return metrics_of_part


def _accuracy_without(confusion: Counts, silence: int) -> float:
    """Return the accuracy on the frames whose label is not silence."""
    speech = np.delete(confusion, silence, axis=0)
    hits = confusion.trace() - confusion[silence, silence]
    return float(hits / speech.sum()) if speech.sum() else 0.0


def _most_confused(confusion: Counts, classes: Sequence[str]) -> list[dict[str, Any]]:
    """Return the most frequent confusions, with their fraction of the true class's frames."""
    errors = confusion - np.diag(confusion.diagonal())
    support = np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    order = np.argsort(errors, axis=None, kind="stable")[::-1][:_PAIRS]
    pairs = zip(*np.unravel_index(order, errors.shape))
    return [
        {
            "true": classes[true],
            "predicted": classes[predicted],
            "frames": int(errors[true, predicted]),
            "fraction": float(errors[true, predicted] / support[true, 0]),
        }
        for true, predicted in pairs
        if errors[true, predicted]
    ]
