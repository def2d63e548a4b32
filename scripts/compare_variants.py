"""Compare an experiment with the one that it is a variant of.

Input: the predictions of both. Output: `comparison.json` with the difference of their accuracies
on the test part and the p-value of McNemar's exact test. Method: item by item; both were tested on
the same ones.
"""

import json
from pathlib import Path

from resound.errors import UserError
from resound.io.csv_table import read_table, rows_of
from resound.io.files import write_json
from resound.metrics.significance import mcnemar
from resound.runtime.stage import stage


def main(predictions: Path, others: Path, config: str, comparison: Path) -> None:
    """Compare by `config` (JSON: `other`, the name of the other experiment)."""
    other = json.loads(config)["other"]
    own, their = _right(predictions), _right(others)
    if own.keys() != their.keys():
        raise UserError(f"{predictions} and {others} have other test items: nothing to compare")
    only_this = sum(own[item] and not their[item] for item in own)
    only_other = sum(their[item] and not own[item] for item in own)
    figures = {
        "with": other,
        "items": len(own),
        "only_this_right": only_this,
        "only_other_right": only_other,
        "difference": (only_this - only_other) / len(own),
        "p_value": mcnemar(only_this, only_other),
    }
    write_json(comparison, figures)


def _right(predictions: Path) -> dict[tuple[str, str], bool]:
    """Whether each item of the test part, in each fold, was told right."""
    rows = [row for row in rows_of(read_table(predictions)) if row["part"] == "test"]
    return {(row["fold"], row["id"]): row["label"] == row["predicted"] for row in rows}


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            predictions=Path(job.input.predictions),
            others=Path(job.input.others),
            config=job.params.config,
            comparison=Path(job.output.comparison),
        )
