"""Compare an experiment with the baseline that it is a variant of.

Input: the predictions of both. Output: `comparison.json` with the difference of their accuracies
on the test part and the p-value of McNemar's exact test. Method: item by item, because both were
tested on the same items.
"""

import json
from pathlib import Path

from resound.errors import UserError
from resound.io.csv_table import read_table, rows_of
from resound.io.files import write_json
from resound.metrics.significance import mcnemar
from resound.runtime.stage import stage


def main(predictions: Path, baseline: Path, config: str, comparison: Path) -> None:
    """Write the comparison; `config` (JSON) holds `variant_of`, the name of the baseline."""
    own, other = _correct_test_items(predictions), _correct_test_items(baseline)
    if own.keys() != other.keys():
        raise UserError(
            f"{predictions} and {baseline} have different test items, so they cannot be compared;"
            " give both experiments the same split"
        )
    only_variant = sum(own[item] and not other[item] for item in own)
    only_baseline = sum(other[item] and not own[item] for item in own)
    result = {
        "variant_of": json.loads(config)["variant_of"],
        "items": len(own),
        "only_variant_correct": only_variant,
        "only_baseline_correct": only_baseline,
        "difference": (only_variant - only_baseline) / len(own),
        "p_value": mcnemar(only_variant, only_baseline),
    }
    write_json(comparison, result)


def _correct_test_items(predictions: Path) -> dict[tuple[str, str], bool]:
    """Return for each fold and item of the test part whether its prediction is correct."""
    rows = [row for row in rows_of(read_table(predictions)) if row["part"] == "test"]
    return {(row["fold"], row["id"]): row["label"] == row["predicted"] for row in rows}


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            predictions=Path(job.input.predictions),
            baseline=Path(job.input.baseline),
            config=job.params.config,
            comparison=Path(job.output.comparison),
        )
