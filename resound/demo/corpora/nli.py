"""A corpus of Persian sentence pairs in the file format of FarsTail (Amirkhani et al. 2020).

Two columns of the test table mark the pairs that are hard: those that a model of the hypothesis
alone, or of the word overlap, predicts wrongly.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt, Le
from numpy.typing import NDArray

from resound.demo.synthesis.sentence_pairs import LABELS, Pair, overlap, pairs
from resound.io.files import write_text
from resound.runtime.pool import Pool
from resound.settings import Natural, settings

Size = Annotated[int, Gt(0), Le(6000)]


@settings
class Settings:
    """Pairs of Persian sentences from a small grammar, in the layout of FarsTail."""

    kind: Literal["nli"]
    """Natural language inference."""
    train: Size = 3000
    """Number of pairs in the training part."""
    validation: Size = 400
    """Number of pairs in the validation part."""
    test: Size = 600
    """Number of pairs in the test part. The parts share no premises."""
    seed: Natural = 1
    """Seed of all random draws."""


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the three files below `folder`: the same bytes for any `pool` and `workers`."""
    source = pairs("corpus", np.random.default_rng(settings.seed))
    train, validation, test = (
        _part(source, size) for size in (settings.train, settings.validation, settings.test)
    )
    hard = {
        "hard(hypothesis)": by_hypothesis(train, test) != labels_of(test),
        "hard(overlap)": by_overlap(train, test) != labels_of(test),
    }
    data = folder / "data"
    write_text(data / "Train-word.csv", _format(train))
    write_text(data / "Val-word.csv", _format(validation))
    write_text(data / "Test-word.csv", _format(test, hard))


def _part(source: Iterator[list[Pair]], size: int) -> list[Pair]:
    """Take `size` pairs; the last premise may have fewer hypotheses than it would otherwise."""
    part: list[Pair] = []
    while len(part) < size:
        part += next(source)
    return part[:size]


def _format(part: Sequence[Pair], hard: dict[str, NDArray[np.bool_]] | None = None) -> str:
    """Format pairs as tab-separated values with a header; `hard` holds additional flags."""
    hard = hard or {}
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow([*(field.name for field in fields(Pair)), *hard])
    for number, pair in enumerate(part):
        flags = [int(column[number]) for column in hard.values()]
        writer.writerow([pair.premise, pair.hypothesis, pair.label, *flags])
    return text.getvalue()


def labels_of(part: Sequence[Pair]) -> NDArray[np.intp]:
    """Return the label of each pair as an index into `LABELS`, shape (pairs,)."""
    return np.array([LABELS.index(pair.label) for pair in part], dtype=np.intp)


def by_hypothesis(train: Sequence[Pair], test: Sequence[Pair]) -> NDArray[np.intp]:
    """Predict labels by Bernoulli naive Bayes on the words of the hypothesis, add-one smoothed."""
    words = sorted({word for pair in train for word in pair.hypothesis.split()})

    def indicators(part: Sequence[Pair]) -> NDArray[np.float64]:
        texts = [set(pair.hypothesis.split()) for pair in part]
        return np.array([[word in text for word in words] for text in texts], dtype=np.float64)

    train_rows, labels, test_rows = indicators(train), labels_of(train), indicators(test)
    scores = []
    for label in range(len(LABELS)):
        rows = train_rows[labels == label]
        probability = (rows.sum(0) + 1) / (len(rows) + 2)
        likelihood = test_rows @ np.log(probability) + (1 - test_rows) @ np.log(1 - probability)
        scores.append(likelihood + np.log((len(rows) + 1) / len(train_rows)))
    best: NDArray[np.intp] = np.argmax(scores, axis=0)
    return best


def by_overlap(train: Sequence[Pair], test: Sequence[Pair]) -> NDArray[np.intp]:
    """Predict the most frequent label of the training pairs with the same rounded overlap."""
    votes = np.zeros((6, len(LABELS)))
    np.add.at(votes, (_fifths(train), labels_of(train)), 1)
    best: NDArray[np.intp] = np.argmax(votes, axis=1)
    return best[_fifths(test)]


def _fifths(part: Sequence[Pair]) -> NDArray[np.intp]:
    """Return the overlap of each pair in fifths, rounded to integers."""
    overlaps = [overlap(pair.premise, pair.hypothesis) for pair in part]
    fifths: NDArray[np.intp] = np.rint(5 * np.array(overlaps)).astype(np.intp)
    return fifths
