"""Corpora of text pairs (a premise and a hypothesis): their tables and their index.

`scripts/index_corpus.py` loads this module by name, so that an edit to the table reader makes
only the corpora with tables stale: the rule that indexes them names this file.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any

from annotated_types import MinLen

from resound.data.index import Index, Rejected, check_rejected, count_duplicates
from resound.data.names import check_case, choose_spellings, class_of
from resound.data.path_pattern import find_wrapped
from resound.errors import UserError
from resound.io.tables.formats import find_unsupported
from resound.io.tables.read import read_rows
from resound.settings import settings, typed


@settings
class Pairs:
    """The tables of a corpus of text pairs and the names of their columns."""

    files: Annotated[dict[str, str], MinLen(1)]
    """The table of each `partition`, below the source: csv, tsv, xlsx, xls, ods, jsonl or
    parquet."""
    premise: str = "premise"
    """The column with the premise."""
    hypothesis: str = "hypothesis"
    """The column with the hypothesis."""
    label: str = "label"
    """The column with the class."""
    subsets: list[str] = field(default_factory=list)
    """Columns in which `1` marks the items of a subset; subsets of the test part are also scored
    separately. A table may lack these columns."""

    def problem(self) -> str | None:
        """Return what is wrong with these settings, if anything."""
        return find_unsupported(self.files.values())


@dataclass(frozen=True)
class Pair:
    """A premise, a hypothesis, and how they are related."""

    id: str
    """The partition and the row, counted as in an editor: `test/2`."""
    path: str
    """The table, below the corpus."""
    label: str
    group: str
    """A digest of the premise, which several pairs may share."""
    partition: str
    premise: str
    hypothesis: str
    subsets: str
    """The names of the subsets to which the pair belongs, separated by `;`."""
    sha256: str
    """The start of the digest of the row."""


PAIR_COLUMNS = tuple(column.name for column in fields(Pair))


def find_tables_root(folder: Path, tables: Sequence[str]) -> Path:
    """Return the folder that contains the tables: `folder`, or the only such folder in it."""
    return find_wrapped(folder, lambda inner: any((inner / table).exists() for table in tables))


def index_text_pairs(source: Path, settings: Mapping[str, Any]) -> Index:
    """Index the text pairs in the tables below `source`, by the settings of the corpus.

    Raises UserError if a table is missing or unreadable or lacks a column, or if too many pairs are
    rejected.
    """
    columns = typed(Pairs, settings["pairs"])
    root = find_tables_root(source, list(columns.files.values()))
    pairs, rejected = read_pairs(root, columns, settings["labels"], settings["label_names"])
    check_rejected(len(pairs), rejected, settings["max_rejected"])
    summary = {
        "classes": settings["labels"] or sorted({pair.label for pair in pairs}),
        "items": len(pairs),
        "unknown": 0,
        "duplicates": count_duplicates(map(vars, pairs)),
        "rejected": len(rejected),
        "ignored": 0,
        "speakers": 0,
        "seconds": 0.0,
        "rates_hz": [],
        "texts": True,
    }
    return Index(root, PAIR_COLUMNS, [astuple(pair) for pair in pairs], rejected, summary)


def read_pairs(
    root: Path, columns: Pairs, labels: Sequence[str] | None, label_names: Mapping[str, str]
) -> tuple[list[Pair], list[Rejected]]:
    """Return the pairs of all tables below `root` in their order, and the rejected ones.

    `labels` are the classes, if they are configured; `label_names` are the classes of the labels in
    the tables, where they have different names. Raises UserError if a table is missing or
    unreadable, lacks a column, or if no pair is usable.
    """
    entries = [
        entry
        for partition in columns.files
        for entry in _read_table(root, columns, partition, labels, label_names)
    ]
    pairs = [entry for entry in entries if isinstance(entry, Pair)]
    if not pairs:
        tables = ", ".join(columns.files.values())
        raise UserError(f"the corpus is empty: no row of {tables} is usable")
    if labels is None:
        check_case(pair.label for pair in pairs)
    spellings = choose_spellings(pair.label for pair in pairs)
    pairs = [replace(pair, label=spellings[pair.label]) for pair in pairs]
    return pairs, [entry for entry in entries if isinstance(entry, Rejected)]


def _read_table(
    root: Path,
    columns: Pairs,
    partition: str,
    labels: Sequence[str] | None,
    label_names: Mapping[str, str],
) -> Iterator[Pair | Rejected]:
    table = columns.files[partition]
    required = [columns.premise, columns.hypothesis, columns.label]
    for row in read_rows(root / table, required):
        location = f"{table}, row {row.number}"
        premise, hypothesis, label = (row.cells.get(column, "").strip() for column in required)
        label = class_of(label, labels, label_names)
        if row.problem:
            yield Rejected(location, row.problem)
        elif not premise or not hypothesis:
            missing = columns.hypothesis if premise else columns.premise
            yield Rejected(location, f"has no {missing}")
        elif not label or (labels is not None and label not in labels):
            reason = f"label '{label}' is not one of the `labels` of the corpus"
            yield Rejected(location, reason)
        else:
            subsets = [name for name in columns.subsets if row.cells.get(name, "").strip() == "1"]
            yield Pair(
                id=f"{partition}/{row.number}",
                path=table,
                label=label,
                group=_digest(premise),
                partition=partition,
                premise=premise,
                hypothesis=hypothesis,
                subsets=";".join(subsets),
                sha256=_digest(repr(sorted(row.cells.items()))),
            )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
