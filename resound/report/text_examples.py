"""Pairs of texts to read: a run's surest mistakes and some of its surest hits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from resound.io.csv_table import read_table, rows_of


@dataclass(frozen=True)
class Pair:
    """A test item: a premise, a hypothesis, how they relate and what the model said."""

    id: str
    premise: str
    hypothesis: str
    label: str
    predicted: str
    confidence: float | None
    """The probability of what was predicted; None where the model gives no probabilities."""


def pairs(
    predictions: Path, index: Sequence[Mapping[str, str]], mistakes: int = 5, hits: int = 3
) -> list[Pair]:
    """Up to `mistakes` test items that the model got most surely wrong, and `hits` right."""
    rows = [row for row in rows_of(read_table(predictions)) if row["part"] == "test"]
    # Copies of an item, and several folds, may judge it more than once; the first one counts.
    rows = list({row["id"]: row for row in reversed(rows)}.values())[::-1]
    rows.sort(key=_score, reverse=True)
    wrong = [row for row in rows if row["label"] != row["predicted"]]
    right = [row for row in rows if row["label"] == row["predicted"]]
    texts = {row["id"]: (row["premise"], row["hypothesis"]) for row in index}
    return [
        Pair(row["id"], *texts[row["id"]], row["label"], row["predicted"], _probability(row))
        for row in wrong[:mistakes] + right[:hits]
    ]


def _score(row: Mapping[str, str]) -> float:
    return float(row[f"score_{row['predicted']}"])


def _probability(row: Mapping[str, str]) -> float | None:
    scores = [float(value) for name, value in row.items() if name.startswith("score_")]
    are_probabilities = min(scores) >= 0 and abs(sum(scores) - 1) < 1e-3
    return _score(row) if are_probabilities else None
