"""Split a corpus into parts.

Input: the index and its summary. Output: `fold, id, part` for each fold and each item, in the
order of the index; the part `none` is not used. Method: drawn from the split's own seed, cut into
blocks, or read from lists, strangers left out; for an open set, a fold without each class.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from scripts.lib.errors import UserError
from scripts.lib.files import read_json
from scripts.lib.log import stage
from scripts.lib.splits import (
    ONLY_FOLD,
    Part,
    Split,
    block_parts,
    leave_each_out,
    listed_parts,
    partition_parts,
    parts_of,
    write_folds,
)
from scripts.lib.tables import read_table


def main(index: Path, summary: Path, config: str, name: str, parts: Path) -> None:
    """Write the split `name` by `config` (JSON: the split)."""
    split, table = Split(**json.loads(config)["split"]), read_table(index)
    classes, labels = read_json(summary)["classes"], table["label"]
    # Where labels are those of frames, every item is known.
    known = np.flatnonzero(np.isin(labels, classes) | (np.array(labels) == ""))
    drawn: list[Part | None] = [None] * len(labels)
    try:
        of_known = {column: [entries[n] for n in known] for column, entries in table.items()}
        for item, part in zip(known, _parts(split, of_known), strict=True):
            drawn[item] = part
    except UserError as error:
        raise UserError(f"splits.{name}: {error}") from None
    folds = leave_each_out(drawn, labels, classes) if split.open_set else {ONLY_FOLD: drawn}
    write_folds(parts, table["id"], folds)


def _parts(split: Split, table: Mapping[str, list[str]]) -> Sequence[Part | None]:
    if split.kind == "test_only":
        return ["test"] * len(table["id"])
    if split.kind == "blocks":
        return block_parts(split, table["label"], table["path"])
    if split.kind == "partitions":
        return partition_parts(split, table["partition"], table[split.by or "id"])
    if split.files is not None:
        return listed_parts(split.files, table["id"])
    return parts_of(split, table[split.by or "id"])


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            config=job.params.config,
            name=job.wildcards.split,
            parts=Path(job.output.parts),
        )
