"""Figures of predictions for frames: with and without silence, and what is taken for what."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.data import run_length
from resound.data.folds import SCORED
from resound.metrics.classification import Counts, summary

_PAIRS = 15


def parts(
    table: Mapping[str, NDArray[np.str_]],
    classes: Sequence[str],
    silence: str,
    units: NDArray[np.str_] | None,
) -> dict[str, dict[str, Any]]:
    """The figures of each part that has labels; the training part has none here.

    `units` names what the interval resamples of each row (speakers); left out, utterances.
    """
    judged: dict[str, dict[str, Any]] = {}
    for part in SCORED:
        rows = np.flatnonzero(table["part"] == part)
        if len(rows):
            true = [run_length.decode(str(table["label"][row]), classes) for row in rows]
            said = [run_length.decode(str(table["predicted"][row]), classes) for row in rows]
            names = table["id"] if units is None else units
            group = np.repeat(names[rows], [len(labels) for labels in true])
            figures = summary(np.concatenate(true), np.concatenate(said), len(classes), group)
            confusion = np.array(figures["confusion"])
            judged[part] = figures | {
                "utterances": len(rows),
                "accuracy_without_silence": _without(confusion, classes.index(silence)),
                "confused": _confused(confusion, classes),
            }
    return judged


def _without(confusion: Counts, silence: int) -> float:
    """The accuracy on frames that are not silence."""
    spoken = np.delete(confusion, silence, axis=0)
    hits = confusion.trace() - confusion[silence, silence]
    return float(hits / spoken.sum()) if spoken.sum() else 0.0


def _confused(confusion: Counts, classes: Sequence[str]) -> list[dict[str, Any]]:
    """The pairs that are most often confused, as a share of the true class."""
    wrong = confusion - np.diag(confusion.diagonal())
    support = np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    order = np.argsort(wrong, axis=None, kind="stable")[::-1][:_PAIRS]
    pairs = zip(*np.unravel_index(order, wrong.shape))
    return [
        {
            "true": classes[true],
            "predicted": classes[said],
            "frames": int(wrong[true, said]),
            "share": float(wrong[true, said] / support[true, 0]),
        }
        for true, said in pairs
        if wrong[true, said]
    ]
