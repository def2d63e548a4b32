"""Metrics of a classification, computed from labels and predictions alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.metrics.intervals import (
    LEVEL,
    Counts,
    bootstrap_interval,
    sum_by_group,
    wilson_interval,
)


def confusion_matrix(true: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> Counts:
    """Count items by true class (row) and predicted class (column)."""
    flat = np.bincount(true * classes + predicted, minlength=classes * classes)
    return flat.reshape(classes, classes)


def per_class(confusion: Counts) -> list[dict[str, float]]:
    """Return precision, recall, F1 and support of each class; a ratio with denominator 0 is 0."""
    hits, support, predicted = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall = _ratio(hits, predicted), _ratio(hits, support)
    f1 = _ratio(2 * hits, predicted + support)
    return [
        {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(s)}
        for p, r, f, s in zip(precision, recall, f1, support)
    ]


def macro_f1(confusion: Counts) -> float:
    """Return the mean F1 over the classes that occur as a label or as a prediction."""
    occurs = confusion.sum(axis=0) + confusion.sum(axis=1) > 0
    return float(np.mean([c["f1"] for c, present in zip(per_class(confusion), occurs) if present]))


def weighted_f1(confusion: Counts) -> float:
    """Return the mean F1 over the classes, weighted by their numbers of items."""
    f1 = [metrics["f1"] for metrics in per_class(confusion)]
    return float(np.average(f1, weights=confusion.sum(axis=1)))


def uar(confusion: Counts) -> float:
    """Return the unweighted average recall over the classes that have items (Schuller 2009)."""
    support = confusion.sum(axis=1)
    occurs = support > 0
    return float((confusion.diagonal()[occurs] / support[occurs]).mean())


def group_bootstrap_interval(
    correct: NDArray[np.bool_],
    groups: Sequence[str] | NDArray[np.str_],
    level: float = LEVEL,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the bootstrap interval of accuracy when whole groups (speakers) are drawn."""
    counts = np.stack([correct, np.ones_like(correct)], axis=1).astype(np.int64)
    return bootstrap_interval(sum_by_group(counts, groups), _accuracy, level, seed)


def classification_metrics(
    true: NDArray[np.int64],
    predicted: NDArray[np.int64],
    classes: int,
    groups: Sequence[str] | NDArray[np.str_] | None,
) -> dict[str, Any]:
    """Return all metrics of one part.

    The interval of accuracy is the bootstrap's over `groups` if there are two or more of them,
    Wilson's otherwise.
    """
    confusion, correct = confusion_matrix(true, predicted, classes), true == predicted
    if groups is not None and len(np.unique(np.asarray(groups))) > 1:
        interval, method = group_bootstrap_interval(correct, groups), "bootstrap by group"
    else:
        interval, method = wilson_interval(int(correct.sum()), len(correct)), "Wilson"
    return {
        "items": len(true),
        "accuracy": float(correct.mean()),
        "interval": list(interval),
        "interval_method": method,
        "macro_f1": macro_f1(confusion),
        "weighted_f1": weighted_f1(confusion),
        "uar": uar(confusion),
        "confusion": confusion.tolist(),
        "per_class": per_class(confusion),
    }


def _accuracy(counts: Counts) -> float:
    hits, items = counts
    return float(hits / items)


def _ratio(numerator: Counts, denominator: Counts) -> NDArray[np.float64]:
    return np.divide(numerator, denominator, out=np.zeros(len(numerator)), where=denominator > 0)
