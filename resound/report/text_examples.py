"""Test pairs of texts to read: the most confident errors and correct predictions of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from resound.io.csv_table import read_table, rows_of


@dataclass(frozen=True)
class TextExample:
    """A test pair of premise and hypothesis with its true label and the predicted one."""

    id: str
    premise: str
    hypothesis: str
    label: str
    predicted: str
    probability: float | None
    """The probability of the predicted label; None if the model gives no probabilities."""


def select_text_examples(
    predictions: Path, index: Sequence[Mapping[str, str]], errors: int = 5, correct: int = 3
) -> list[TextExample]:
    """Return the test predictions of highest score: up to `errors` wrong, `correct` right ones."""
    rows = [row for row in rows_of(read_table(predictions)) if row["part"] == "test"]
    # Copies of an item, and several folds, may test it more than once; its first row is used.
    rows = list({row["id"]: row for row in reversed(rows)}.values())[::-1]
    rows.sort(key=_score, reverse=True)
    wrong = [row for row in rows if row["label"] != row["predicted"]]
    right = [row for row in rows if row["label"] == row["predicted"]]
    texts = {row["id"]: (row["premise"], row["hypothesis"]) for row in index}
    return [
        TextExample(row["id"], *texts[row["id"]], row["label"], row["predicted"], _probability(row))
        for row in wrong[:errors] + right[:correct]
    ]


def _score(row: Mapping[str, str]) -> float:
    return float(row[f"score_{row['predicted']}"])


def _probability(row: Mapping[str, str]) -> float | None:
    scores = [float(value) for name, value in row.items() if name.startswith("score_")]
    are_probabilities = min(scores) >= 0 and abs(sum(scores) - 1) < 1e-3
    return _score(row) if are_probabilities else None
