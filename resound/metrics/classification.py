"""Figures of a classification, from labels and predictions alone."""

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

_RESAMPLES = 2000
_LEVEL = 0.95


def confusion_matrix(true: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> Counts:
    """Items by true class (row) and predicted class (column)."""
    flat = np.bincount(true * classes + predicted, minlength=classes * classes)
    return flat.reshape(classes, classes)


def per_class(confusion: Counts) -> list[dict[str, float]]:
    """Precision, recall, F1 and support of each class; a figure over nothing is 0."""
    hits, support, said = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall = _ratio(hits, said), _ratio(hits, support)
    f1 = _ratio(2 * hits, said + support)
    return [
        {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(s)}
        for p, r, f, s in zip(precision, recall, f1, support)
    ]


def macro_f1(confusion: Counts) -> float:
    """The mean F1 over the classes that occur, in truth or in prediction."""
    occurs = confusion.sum(axis=0) + confusion.sum(axis=1) > 0
    return float(np.mean([c["f1"] for c, seen in zip(per_class(confusion), occurs) if seen]))


def weighted_f1(confusion: Counts) -> float:
    """The mean F1 over the classes, each weighing as many items as it has."""
    f1 = [figures["f1"] for figures in per_class(confusion)]
    return float(np.average(f1, weights=confusion.sum(axis=1)))


def uar(confusion: Counts) -> float:
    """Unweighted average recall: the mean over the classes that have items (Schuller 2009)."""
    support = confusion.sum(axis=1)
    occurs = support > 0
    return float((confusion.diagonal()[occurs] / support[occurs]).mean())


def wilson_interval(hits: int, items: int, level: float = _LEVEL) -> tuple[float, float]:
    """Wilson's score interval of a proportion (Wilson 1927)."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, spread = hits / items, z * z / items
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * np.sqrt(share * (1 - share) / items + spread / (4 * items))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def group_bootstrap_interval(
    right: NDArray[np.bool_],
    groups: Sequence[str] | NDArray[np.str_],
    level: float = _LEVEL,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile interval of accuracy when whole groups (speakers) are drawn anew.

    Items of one speaker are not independent: the interval resamples speakers, 2,000 times
    (Efron and Tibshirani 1993, chapter 13).
    """
    _, number = np.unique(np.asarray(groups), return_inverse=True)
    items, hits = np.bincount(number), np.bincount(number, weights=right)
    draws = np.random.default_rng(seed).integers(len(items), size=(_RESAMPLES, len(items)))
    accuracies = hits[draws].sum(axis=1) / items[draws].sum(axis=1)
    low, high = np.quantile(accuracies, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def summary(
    true: NDArray[np.int64],
    predicted: NDArray[np.int64],
    classes: int,
    groups: Sequence[str] | NDArray[np.str_] | None,
) -> dict[str, Any]:
    """All figures of one part; `groups` (two or more) makes the interval one over groups."""
    confusion, right = confusion_matrix(true, predicted, classes), true == predicted
    if groups is not None and len(np.unique(np.asarray(groups))) > 1:
        interval, method = group_bootstrap_interval(right, groups), "bootstrap by group"
    else:
        interval, method = wilson_interval(int(right.sum()), len(right)), "Wilson"
    return {
        "items": len(true),
        "accuracy": float(right.mean()),
        "interval": list(interval),
        "interval_method": method,
        "macro_f1": macro_f1(confusion),
        "weighted_f1": weighted_f1(confusion),
        "uar": uar(confusion),
        "confusion": confusion.tolist(),
        "per_class": per_class(confusion),
    }


def _ratio(part: Counts, whole: Counts) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
