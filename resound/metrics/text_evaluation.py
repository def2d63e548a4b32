"""Evaluate saved texts: transcriptions and translations against their references."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from resound.data.folds import SCORED
from resound.data.normalisers import NormaliserName, normalised, normaliser_version
from resound.metrics.text import transcription_metrics, translation_metrics
from resound.settings import settings

Rows = Sequence[Mapping[str, str]]
"""Predictions with the columns `id, part, reference, language, hypothesis`."""


@settings
class TextEvaluationSettings:
    """How the predicted texts of an experiment are evaluated."""

    task: Literal["transcribe", "translate"]
    normaliser: NormaliserName | None
    """Applied to references and hypotheses, for a second set of metrics."""
    group_by: str | None
    """The column of the index that the split keeps apart, if any; intervals are over its values.
    Otherwise they are over the speakers that the corpus knows, or else over its groups."""


def evaluate_text(
    predictions: Rows, index: Mapping[str, Sequence[str]], settings: TextEvaluationSettings
) -> dict[str, Any]:
    """Return the contents of `metrics.json`; `index` holds the columns of the corpus index."""
    rows = [row for row in predictions if row["part"] in SCORED]
    parts = {part: [row for row in rows if row["part"] == part] for part in SCORED}
    metrics: dict[str, Any] = {"task": settings.task}
    group_of = _known_groups(index, settings.group_by)
    if settings.task == "translate":
        translation = partial(_translation, group_of)
        metrics["parts"] = {
            part: translation(of_part) for part, of_part in parts.items() if of_part
        }
        return metrics
    name = settings.normaliser
    transcription = partial(_transcription, group_of, name)
    metrics["normaliser"] = normaliser_version(name) if name else None
    metrics["parts"] = {part: transcription(of_part) for part, of_part in parts.items() if of_part}
    metrics["all"] = transcription(rows)
    return metrics


def _known_groups(
    index: Mapping[str, Sequence[str]], group_by: str | None
) -> dict[str, str] | None:
    """Return the speaker or group of each item; an item whose own is not known is one by itself.

    Return None if the corpus knows neither.
    """
    for column in (group_by,) if group_by else ("speaker", "group"):
        values = index.get(column, ())
        if any(values):
            return {item: value or f"item {item}" for item, value in zip(index["id"], values)}
    return None


def _transcription(
    group_of: Mapping[str, str] | None, normaliser: NormaliserName | None, rows: Rows
) -> dict[str, Any]:
    """Return error rates of the texts as they are and, if there is a normaliser, by it."""
    references, hypotheses = _texts(rows)
    groups = _groups(group_of, rows)
    metrics = {**_counts(rows), "raw": transcription_metrics(references, hypotheses, groups)}
    if normaliser:
        metrics["normalised"] = transcription_metrics(
            normalised(normaliser, references), normalised(normaliser, hypotheses), groups
        )
    return metrics


def _translation(group_of: Mapping[str, str] | None, rows: Rows) -> dict[str, Any]:
    return {**_counts(rows), **translation_metrics(*_texts(rows), _groups(group_of, rows))}


def _groups(group_of: Mapping[str, str] | None, rows: Rows) -> list[str] | None:
    return [group_of[row["id"]] for row in rows] if group_of else None


def _texts(rows: Rows) -> tuple[list[str], list[str]]:
    """Return references and hypotheses."""
    return [row["reference"] for row in rows], [row["hypothesis"] for row in rows]


def _counts(rows: Rows) -> dict[str, Any]:
    """Return the number of items, and the number in each language, largest first."""
    languages = Counter(row["language"] for row in rows)
    return {"items": len(rows), "languages": dict(languages.most_common())}
