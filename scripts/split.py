"""Split a corpus into parts.

Input: the index and its summary. Output: `fold, id, part` for each fold and each item of a class,
in the order of the index; the part `none` is not used; a copied item has several rows. Method:
drawn from the split's own seed, cut into blocks, or read from lists, unknown left out; for an
open set, a fold without each class.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from resound.data.folds import ONLY_FOLD, Part, write_folds
from resound.data.splits import (
    Split,
    block_parts,
    copies,
    group_folds,
    leave_each_out,
    listed_parts,
    partition_parts,
    parts_of,
)
from resound.errors import UserError
from resound.io.csv_table import read_table
from resound.io.files import read_json
from resound.runtime.stage import stage


def main(index: Path, summary: Path, config: str, name: str, parts: Path) -> None:
    """Write the split `name` by `config` (JSON: the split)."""
    split, table = Split(**json.loads(config)["split"]), read_table(index)
    classes, labels = read_json(summary)["classes"], table["label"]
    if absent := set(split.exclude_classes) - set(classes):
        raise UserError(f"splits.{name}.exclude_classes: the corpus has no class '{min(absent)}'")
    wanted = [label for label in classes if label not in split.exclude_classes]
    # Where labels are those of frames, every item is known.
    items = np.flatnonzero(np.isin(labels, [*wanted, ""])).tolist()
    if split.oversample:
        items += [items[n] for n in copies([labels[n] for n in items], split.seed)]
    of_items = {column: [entries[n] for n in items] for column, entries in table.items()}
    try:
        folds = _folds(split, of_items)
    except UserError as error:
        raise UserError(f"splits.{name}: {error}") from None
    if split.open_set:
        unknown = np.flatnonzero(~np.isin(labels, [*classes, ""]))
        items += unknown.tolist()
        drawn = [*folds[ONLY_FOLD], *[None] * len(unknown)]
        folds = leave_each_out(drawn, [labels[n] for n in items], classes)
    write_folds(parts, table["id"], items, folds)


def _folds(split: Split, table: Mapping[str, list[str]]) -> Mapping[str, Sequence[Part | None]]:
    if split.folds:
        return group_folds(split, table[split.group_by or "id"], table["label"])
    return {ONLY_FOLD: _parts(split, table)}


def _parts(split: Split, table: Mapping[str, list[str]]) -> Sequence[Part | None]:
    if split.kind == "test_only":
        return ["test"] * len(table["id"])
    if split.kind == "blocks":
        return block_parts(split, table["label"], table["path"])
    if split.kind == "partitions":
        return partition_parts(split, table["partition"], table[split.group_by or "id"])
    if split.files is not None:
        return listed_parts(split.files, table["id"])
    return parts_of(split, table[split.group_by or "id"], table["label"])


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            config=job.params.config,
            name=job.wildcards.split,
            parts=Path(job.output.parts),
        )
