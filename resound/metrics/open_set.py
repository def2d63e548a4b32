"""Open-set metrics: how well a confidence separates known classes from unknown ones.

A model that knows some of the classes gives every item a confidence, its highest class score.
Items of known classes should have high confidences, unknown items low ones; an item at or above a
threshold is accepted as known. TPR is the fraction of known items that are accepted, FPR that of
unknown items.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
"""Confidences, shape (items,)."""

KNOWN_ACCEPTED = 0.95
"""The fraction of known items that the threshold accepts."""
_GRID = np.linspace(0, 1, 101)


def roc(known: Scores, unknown: Scores) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return FPR and TPR at every threshold, highest threshold first; both rise from 0 to 1."""
    thresholds = np.unique(np.concatenate([known, unknown]))[::-1]
    rates = [
        1 - np.searchsorted(np.sort(scores), thresholds) / len(scores)
        for scores in (unknown, known)
    ]
    fpr, tpr = (np.concatenate([[0.0], rate]) for rate in rates)
    return fpr, tpr


def auroc(known: Scores, unknown: Scores) -> float:
    """Return the probability that a known item scores above an unknown one; ties count half."""
    fpr, tpr = roc(known, unknown)
    return float(np.trapezoid(tpr, fpr))


def equal_error_rate(known: Scores, unknown: Scores) -> float:
    """Return the rate at which as many unknown items are accepted as known ones are rejected.

    The ROC curve is interpolated linearly between two thresholds.
    """
    fpr, tpr = roc(known, unknown)
    gap = fpr + tpr - 1  # FPR minus the rate of rejected known items; rises from -1 to 1
    after = int(np.argmax(gap >= 0))
    weight = -gap[after - 1] / (gap[after] - gap[after - 1])
    return float(fpr[after - 1] + weight * (fpr[after] - fpr[after - 1]))


def fpr_at_tpr(known: Scores, unknown: Scores, tpr: float = KNOWN_ACCEPTED) -> float:
    """Return the FPR at the highest threshold whose TPR is at least `tpr`."""
    fprs, tprs = roc(known, unknown)
    return float(fprs[np.argmax(tprs >= tpr)])


def threshold(validation: Scores, accepted: float = KNOWN_ACCEPTED) -> float:
    """Return the highest threshold that accepts at least the fraction `accepted` of known items.

    `validation` holds the confidences of held-out known items; no unknown item is used.
    """
    rejected = int(np.floor(round(len(validation) * (1 - accepted), 9)))
    return float(np.sort(validation)[rejected])


def fold_metrics(
    validation: Scores, known: Scores, unknown: Mapping[str, Scores]
) -> dict[str, Any]:
    """Return the metrics of one fold, for each kind of unknown item and for `all` kinds together.

    `validation` sets the threshold; `known` holds the test items of known classes.
    """
    limit = threshold(validation)
    kinds = {**unknown, "all": np.concatenate(list(unknown.values()))}
    return {
        "threshold": limit,
        "known": {"items": len(known), "accepted": float((known >= limit).mean())},
        "unknown": {kind: _separation(known, scores, limit) for kind, scores in kinds.items()},
    }


def mean_over_folds(folds: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the means over folds, for `left out` classes, each other kind, and `all` kinds.

    A fold is named after the class that it leaves out.
    """
    metrics_of_kind: dict[str, list[Mapping[str, Any]]] = {}
    for fold, metrics in folds.items():
        for kind, kind_metrics in metrics["unknown"].items():
            name = "left out" if kind == fold else kind
            metrics_of_kind.setdefault(name, []).append(kind_metrics)
    return {
        "known": _mean([metrics["known"] for metrics in folds.values()]),
        "unknown": {kind: _mean(entries) for kind, entries in metrics_of_kind.items()},
    }


def _separation(known: Scores, unknown: Scores, limit: float) -> dict[str, Any]:
    fpr, tpr = roc(known, unknown)
    return {
        "items": len(unknown),
        "auroc": auroc(known, unknown),
        "equal_error_rate": equal_error_rate(known, unknown),
        "fpr_at_tpr": fpr_at_tpr(known, unknown),
        "accepted": float((unknown >= limit).mean()),
        "roc": np.interp(_GRID, fpr, tpr).round(4).tolist(),
    }


def _mean(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: np.mean([e[name] for e in entries], axis=0).tolist() for name in entries[0]}
