"""Open-set figures: how well a score tells the known from unknown.

A model that knows some classes gives every item a confidence, its highest score. Known items
should have high ones, unknown low ones; accepting is calling known. The rates are those of
acceptance: TPR of the known, FPR of unknown.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
"""Confidences, shape (items,)."""

KNOWN_ACCEPTED = 0.95
"""The share of known items that a threshold shall accept."""
_GRID = np.linspace(0, 1, 101)


def roc(known: Scores, unknown: Scores) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """FPR and TPR at every threshold, from none accepted to all; both rise from 0 to 1."""
    thresholds = np.unique(np.concatenate([known, unknown]))[::-1]
    rates = [
        1 - np.searchsorted(np.sort(scores), thresholds) / len(scores)
        for scores in (unknown, known)
    ]
    fpr, tpr = (np.concatenate([[0.0], rate]) for rate in rates)
    return fpr, tpr


def auroc(known: Scores, unknown: Scores) -> float:
    """The chance that a known item is surer than a unknown; ties count half."""
    fpr, tpr = roc(known, unknown)
    return float(np.trapezoid(tpr, fpr))


def equal_error_rate(known: Scores, unknown: Scores) -> float:
    """Where as large a share of unknown is accepted as of the known refused.

    Between two thresholds the curve is taken as straight.
    """
    fpr, tpr = roc(known, unknown)
    gap = fpr + tpr - 1  # FPR less the known refused; rises from -1 to 1
    after = int(np.argmax(gap >= 0))
    way = -gap[after - 1] / (gap[after] - gap[after - 1])
    return float(fpr[after - 1] + way * (fpr[after] - fpr[after - 1]))


def fpr_at_tpr(known: Scores, unknown: Scores, tpr: float = KNOWN_ACCEPTED) -> float:
    """The share of unknown accepted where at least `tpr` of the known are."""
    fprs, tprs = roc(known, unknown)
    return float(fprs[np.argmax(tprs >= tpr)])


def threshold(validation: Scores, accepted: float = KNOWN_ACCEPTED) -> float:
    """The highest threshold that accepts at least the share `accepted` of known items.

    Set on held-out known items alone: no unknown is seen.
    """
    refused = int(np.floor(round(len(validation) * (1 - accepted), 9)))
    return float(np.sort(validation)[refused])


def fold_figures(
    validation: Scores, known: Scores, unknown: Mapping[str, Scores]
) -> dict[str, Any]:
    """All figures of one fold, for each kind of unknown by itself and for all together.

    `validation` sets the threshold; `known` are the test items of known classes.
    """
    bar = threshold(validation)
    kinds = {**unknown, "all": np.concatenate(list(unknown.values()))}
    return {
        "threshold": bar,
        "known": {"items": len(known), "accepted": float((known >= bar).mean())},
        "unknown": {kind: _against(known, scores, bar) for kind, scores in kinds.items()},
    }


def means(folds: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The figures' means over folds: of `left out` classes, of each other kind, of `all`.

    A fold is named after the class that it leaves out.
    """
    by_kind: dict[str, list[Mapping[str, Any]]] = {}
    for fold, figures in folds.items():
        for kind, those in figures["unknown"].items():
            by_kind.setdefault("left out" if kind == fold else kind, []).append(those)
    return {
        "known": _mean([figures["known"] for figures in folds.values()]),
        "unknown": {kind: _mean(entries) for kind, entries in by_kind.items()},
    }


def _against(known: Scores, unknown: Scores, bar: float) -> dict[str, Any]:
    fpr, tpr = roc(known, unknown)
    return {
        "items": len(unknown),
        "auroc": auroc(known, unknown),
        "equal_error_rate": equal_error_rate(known, unknown),
        "fpr_at_tpr": fpr_at_tpr(known, unknown),
        "accepted": float((unknown >= bar).mean()),
        "roc": np.interp(_GRID, fpr, tpr).round(4).tolist(),
    }


def _mean(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: np.mean([e[name] for e in entries], axis=0).tolist() for name in entries[0]}
