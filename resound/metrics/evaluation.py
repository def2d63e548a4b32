"""Evaluate saved predictions: metrics of each part, of unknown classes, and of subsets."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.data.folds import PARTS, SCORED
from resound.metrics import open_set
from resound.metrics.chunk_voting import combine_chunks, recording_of
from resound.metrics.classification import classification_metrics
from resound.metrics.frames import frame_metrics
from resound.settings import settings

Predictions = Mapping[str, NDArray[np.str_]]
"""Columns `fold, id, part, label, predicted` and one `score_<class>` for each class."""

_OTHER = "other"


@settings
class EvaluationSettings:
    """How the predictions of an experiment are evaluated."""

    group_by: str | None
    """The column of the index that the split keeps apart; intervals are over its values."""
    silence: str | None
    """The class that is no phoneme, if labels are those of frames."""
    probabilities: bool
    """Whether scores are probabilities."""
    exclude_classes: list[str]
    """Classes that the split leaves out."""
    vote: bool
    """Whether the chunks of a recording are combined into one prediction."""


def evaluate(
    predictions: Predictions,
    index: Mapping[str, Sequence[str]],
    classes: Sequence[str],
    settings: EvaluationSettings,
) -> dict[str, Any]:
    """Return the contents of `metrics.json`.

    `index` holds the columns of the corpus index and `classes` all classes of the corpus.
    """
    classes = [name for name in classes if name not in settings.exclude_classes]
    if settings.vote:
        predictions = combine_chunks(predictions, classes)
    units = _resampling_units(predictions, index, settings.group_by)
    metrics: dict[str, Any] = {"scored": "recordings"} if settings.vote else {}
    if settings.silence is None:
        # A model that knows more languages than the corpus has may predict one of those.
        foreign = ~np.isin(predictions["predicted"], classes)
        if foreign.any():
            classes = [*classes, _OTHER]
            predicted = np.where(foreign, _OTHER, predictions["predicted"])
            predictions = {**predictions, "predicted": predicted}
        metrics["parts"] = _part_metrics(predictions, classes, units, settings.probabilities)
    else:
        metrics["parts"] = frame_metrics(predictions, classes, settings.silence, units)
    metrics["classes"] = classes
    if "unknown" in predictions["part"]:
        metrics["open_set"] = _open_set_metrics(predictions, classes)
    if any(index.get("subsets", ())):
        metrics["subsets"] = _subset_metrics(predictions, index, classes)
    return metrics


def _resampling_units(
    predictions: Predictions, index: Mapping[str, Sequence[str]], group_by: str | None
) -> NDArray[np.str_] | None:
    """Return for each row the unit that intervals are over.

    That is the row's group, or its item if several folds predict the same items; None if rows are
    independent.
    """
    if group_by:
        group_of = {recording_of(item): group for item, group in zip(index["id"], index[group_by])}
        return np.array([group_of[recording_of(item)] for item in predictions["id"]])
    return predictions["id"] if len(set(predictions["fold"])) > 1 else None


def _part_metrics(
    predictions: Predictions,
    classes: list[str],
    units: NDArray[np.str_] | None,
    probabilities: bool,
) -> dict[str, dict[str, Any]]:
    """Return the metrics of each part of the known classes, over all folds together."""
    metrics: dict[str, dict[str, Any]] = {}
    for part in SCORED:
        rows = np.flatnonzero(predictions["part"] == part)
        if len(rows):
            true = _class_numbers(predictions["label"][rows], classes)
            predicted = _class_numbers(predictions["predicted"][rows], classes)
            groups = None if units is None else units[rows]
            metrics[part] = classification_metrics(true, predicted, len(classes), groups)
            if probabilities:
                metrics[part]["mean_probability"] = _mean_probability(predictions, rows, classes)
    return metrics


def _class_numbers(names: NDArray[np.str_], classes: list[str]) -> NDArray[np.int64]:
    number = {name: n for n, name in enumerate(classes)}
    return np.array([number[name] for name in names], dtype=np.int64)


def _mean_probability(
    predictions: Predictions, rows: NDArray[np.intp], classes: list[str]
) -> list[float]:
    """Return the mean probability of the true class, for each class; 0 for one without items."""
    means = dict.fromkeys(classes, 0.0)
    for name in classes:
        of_class = rows[predictions["label"][rows] == name]
        if len(of_class):
            means[name] = float(predictions[f"score_{name}"][of_class].astype(float).mean())
    return list(means.values())


def _open_set_metrics(predictions: Predictions, classes: list[str]) -> dict[str, Any]:
    """Return the metrics of each fold, named after the class it leaves out, and their means."""
    folds = {}
    for fold in dict.fromkeys(predictions["fold"]):
        known = [f"score_{name}" for name in classes if name != fold]
        confidence = np.max([predictions[name].astype(float) for name in known], axis=0)
        in_fold = predictions["fold"] == fold
        in_part = {part: in_fold & (predictions["part"] == part) for part in PARTS}
        unknown = {
            str(kind): confidence[in_part["unknown"] & (predictions["label"] == kind)]
            for kind in dict.fromkeys(predictions["label"][in_part["unknown"]])
        }
        folds[str(fold)] = open_set.fold_metrics(
            confidence[in_part["validation"]], confidence[in_part["test"]], unknown
        )
    return {"folds": folds, "mean": open_set.mean_over_folds(folds)}


def _subset_metrics(
    predictions: Predictions, index: Mapping[str, Sequence[str]], classes: list[str]
) -> dict[str, dict[str, Any]]:
    """Return the metrics of each named subset of the test part."""
    subsets_of = {
        item: names.split(";") for item, names in zip(index["id"], index["subsets"]) if names
    }
    test = predictions["part"] == "test"
    metrics = {}
    for subset in sorted({name for names in subsets_of.values() for name in names}):
        rows = test & np.array([subset in subsets_of.get(item, ()) for item in predictions["id"]])
        if rows.any():
            true = _class_numbers(predictions["label"][rows], classes)
            predicted = _class_numbers(predictions["predicted"][rows], classes)
            metrics[subset] = classification_metrics(true, predicted, len(classes), None)
    return metrics
