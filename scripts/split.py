"""Split a corpus into training, validation and test parts.

Input: the index, the rejected items, and the summary. Output: one row `fold, id, part` per fold and
item, in the order of the index; the part `none` is not used, and an oversampled item has several
rows. Method: parts are drawn from the seed of the split, cut into blocks, or read from lists;
unknown items are left out. An open set has one fold per class, which is unknown in it.
"""

import json
from pathlib import Path

from resound.data.assignment import split_corpus
from resound.data.folds import find_untrained, write_folds
from resound.data.splits import Split
from resound.errors import UserError
from resound.io.csv_table import read_table
from resound.io.files import read_json
from resound.runtime.stage import stage


def main(index: Path, rejected: Path, summary: Path, config: str, name: str, output: Path) -> None:
    """Write the split `name` by `config` (JSON: the split)."""
    split, table = Split(**json.loads(config)["split"]), read_table(index)
    reasons = read_table(rejected)
    try:
        assignment = split_corpus(
            split,
            table,
            read_json(summary)["classes"],
            dict(zip(reasons["path"], reasons["reason"], strict=True)),
        )
    except UserError as error:
        raise UserError(f"splits.{name}: {error}") from None
    for fold, parts in assignment.folds.items():
        labels = [table["label"][n] for n in assignment.items]
        for label in find_untrained(labels, parts):
            print(f"fold {fold}: no training item has the class '{label}' of test items")
    write_folds(output, table["id"], assignment.items, assignment.folds)


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            index=Path(job.input.index),
            rejected=Path(job.input.rejected),
            summary=Path(job.input.summary),
            config=job.params.config,
            name=job.wildcards.split,
            output=Path(job.output.split),
        )
