"""The main metrics of every experiment as the rows of `summary.csv`."""

from collections.abc import Sequence
from typing import Any

from resound.report.content import Content
from resound.report.recognition import TextResult
from resound.report.results import ClassificationResult

COLUMNS = (
    "experiment",
    "corpus",
    "seeds",
    "test_accuracy",
    "deviation",
    "low",
    "high",
    "macro_f1",
    "weighted_f1",
    "uar",
    "train_accuracy",
    "trained_parameters",
    "total_parameters",
    "seconds",
    "memory_mb",
    "device",
    "precision",
    "device_memory_mb",
    "utilisation",
    "wer",
    "wer_low",
    "wer_high",
    "cer",
    "bleu",
    "chrf",
)


def summary_rows(content: Content, order: Sequence[str]) -> list[list[Any]]:
    """Return one row per experiment in `order`; a metric that it does not have is None."""
    rows = {name: _classification_row(result) for name, result in content.results.items()}
    rows |= {name: _text_row(result) for name, result in content.recognition.results.items()}
    return [[rows[name].get(column) for column in COLUMNS] for name in order]


def _classification_row(result: ClassificationResult) -> dict[str, Any]:
    low, high = result.interval
    return {
        **_cost(result),
        "test_accuracy": result.accuracy,
        "deviation": result.standard_deviation,
        "low": low,
        "high": high,
        "macro_f1": result.macro_f1,
        "weighted_f1": result.weighted_f1,
        "uar": result.uar,
        "train_accuracy": result.train_accuracy,
    }


def _text_row(result: TextResult) -> dict[str, Any]:
    """Return the row of an experiment that writes texts; error rates are of `text_form`."""
    if result.task == "translate":
        return {**_cost(result), **{name: result.mean(name) for name in ("bleu", "chrf")}}
    form = result.text_form
    low, high = result.test[form]["interval"]
    rates = {name: result.mean(form, name) for name in ("wer", "cer")}
    return {**_cost(result), **rates, "wer_low": low, "wer_high": high}


def _cost(result: ClassificationResult | TextResult) -> dict[str, Any]:
    """Return the identity and the cost of an experiment."""
    return {
        "experiment": result.name,
        "corpus": result.settings["corpus"],
        "seeds": len(result.runs),
        "trained_parameters": result.parameters,
        "total_parameters": result.total_parameters,
        "seconds": result.seconds,
        "memory_mb": result.memory_mb,
        "device": result.device,
        "precision": result.precision,
        "device_memory_mb": result.device_memory_mb,
        "utilisation": result.utilisation,
    }
