"""Split a corpus into parts.

Input: the index. Output: `id, part` for each item, in the order of the index; the part `none` is
not used. Method: drawn from the split's own seed, cut into blocks, or read from lists.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.lib.errors import UserError
from scripts.lib.log import stage
from scripts.lib.splits import Part, Split, block_parts, listed_parts, parts_of
from scripts.lib.tables import read_table, write_table


def main(index: Path, config: str, name: str, parts: Path) -> None:
    """Write the split `name` by `config` (JSON: the split)."""
    split, table = Split(**json.loads(config)["split"]), read_table(index)
    try:
        rows = zip(table["id"], _parts(split, table))
    except UserError as error:
        raise UserError(f"splits.{name}: {error}") from None
    write_table(parts, ("id", "part"), ((item, part or "none") for item, part in rows))


def _parts(split: Split, table: Mapping[str, list[str]]) -> Sequence[Part | None]:
    if split.kind == "blocks":
        return block_parts(split, table["label"], table["path"])
    if split.files is not None:
        return listed_parts(split.files, table["id"])
    return parts_of(split, table[split.by or "id"])


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            index=Path(job.input.index),
            config=job.params.config,
            name=job.wildcards.split,
            parts=Path(job.output.parts),
        )
