"""Split a corpus into parts.

Input: the index. Output: `id, part` for each item, in the order of the index. Method: drawn from
the split's own seed, by items or by whole speakers or groups.
"""

import json
from pathlib import Path

from scripts.lib.errors import UserError
from scripts.lib.log import stage
from scripts.lib.splits import Split, parts_of
from scripts.lib.tables import read_table, write_table


def main(index: Path, config: str, name: str, parts: Path) -> None:
    """Write the split `name` by `config` (JSON: the split)."""
    split, table = Split(**json.loads(config)["split"]), read_table(index)
    try:
        drawn = parts_of(split, table[split.by or "id"])
    except UserError as error:
        raise UserError(f"splits.{name}: {error}") from None
    write_table(parts, ("id", "part"), zip(table["id"], drawn))


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            index=Path(job.input.index),
            config=job.params.config,
            name=job.wildcards.split,
            parts=Path(job.output.parts),
        )
