"""Metrics of a classification, computed from labels and predictions alone."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.metrics.intervals import Counts, Groups, accuracy_interval


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


def classification_metrics(
    true: NDArray[np.int64],
    predicted: NDArray[np.int64],
    classes: int,
    groups: Groups | None,
) -> dict[str, Any]:
    """Return all metrics of one part; `groups` are what the interval of accuracy is over."""
    confusion, correct = confusion_matrix(true, predicted, classes), true == predicted
    return {
        "items": len(true),
        "accuracy": float(correct.mean()),
        **accuracy_interval(correct, groups).as_metrics(),
        "macro_f1": macro_f1(confusion),
        "weighted_f1": weighted_f1(confusion),
        "uar": uar(confusion),
        "confusion": confusion.tolist(),
        "per_class": per_class(confusion),
    }


def _ratio(numerator: Counts, denominator: Counts) -> NDArray[np.float64]:
    return np.divide(numerator, denominator, out=np.zeros(len(numerator)), where=denominator > 0)
