"""Corpora of text pairs, a premise and a hypothesis: how their tables read, and their index."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path
from typing import Annotated

from annotated_types import MinLen

from resound.data.recordings import Rejected
from resound.errors import UserError
from resound.io.spreadsheet import read_sheet, unreadable
from resound.settings import settings


@settings
class Pairs:
    """The tables of a corpus of text pairs and the names of their columns."""

    files: Annotated[dict[str, str], MinLen(1)]
    """A table (xlsx, csv, tsv, jsonl) of each `partition`, below the source."""
    premise: str = "premise"
    """The column of the text that is given."""
    hypothesis: str = "hypothesis"
    """The column of the text that may follow from it."""
    label: str = "label"
    """The column of the class."""
    subsets: list[str] = field(default_factory=list)
    """Columns that mark items by `1`; those of the test part are judged by themselves too. A table
    may lack them."""

    def problem(self) -> str | None:
        """What is wrong with these settings together, if anything."""
        return unreadable(list(self.files.values()))


@dataclass(frozen=True)
class Pair:
    """Two texts and what the first says of the second."""

    id: str
    """Its partition and its row, counted as an editor does: `test/2`."""
    path: str
    """The table, below the corpus."""
    label: str
    group: str
    """A digest of the premise, which several pairs may share."""
    partition: str
    premise: str
    hypothesis: str
    subsets: str
    """The names of the subsets that it is in, with `;` between."""
    sha256: str
    """Of what the row says."""


PAIR_COLUMNS = tuple(column.name for column in fields(Pair))


def index(
    root: Path, told: Pairs, labels: Sequence[str] | None, names: Mapping[str, str]
) -> tuple[list[Pair], list[Rejected]]:
    """The pairs of all tables below `root`, in their order, and those that cannot be used.

    `labels` are the classes, where they are known beforehand, and `names` what labels of the
    tables are called. Raises UserError where a table is missing, unreadable, or lacks a column.
    """
    found = [entry for part in told.files for entry in _read(root, told, part, labels, names)]
    pairs = [entry for entry in found if isinstance(entry, Pair)]
    if not pairs:
        raise UserError(
            f"the corpus is empty: no row of {', '.join(told.files.values())} is usable"
        )
    return pairs, [entry for entry in found if isinstance(entry, Rejected)]


def _read(
    root: Path, told: Pairs, partition: str, labels: Sequence[str] | None, names: Mapping[str, str]
) -> Iterator[Pair | Rejected]:
    table = told.files[partition]
    for number, row in read_sheet(root / table, [told.premise, told.hypothesis, told.label]):
        place = f"{table}, row {number}"
        texts = [row.get(column, "").strip() for column in (told.premise, told.hypothesis)]
        label = row.get(told.label, "").strip()
        label = names.get(label, label)
        empty = [column for column, text in zip((told.premise, told.hypothesis), texts) if not text]
        if empty:
            yield Rejected(place, f"has no {empty[0]}")
        elif not label or (labels is not None and label not in labels):
            yield Rejected(place, f"label '{label}' is not among the corpus' `labels`")
        else:
            yield Pair(
                id=f"{partition}/{number}",
                path=table,
                label=label,
                group=_digest(texts[0]),
                partition=partition,
                premise=texts[0],
                hypothesis=texts[1],
                subsets=";".join(name for name in told.subsets if row.get(name, "").strip() == "1"),
                sha256=_digest(repr(sorted(row.items()))),
            )


def rows(entries: Sequence[Pair]) -> list[tuple[object, ...]]:
    """Table rows of pairs."""
    return [astuple(entry) for entry in entries]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
