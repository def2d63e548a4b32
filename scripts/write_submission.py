"""Write what a model says of frames without labels, as the phonemes course wants it.

Input: a run's predictions, its corpus' summary. Output: `submission.csv`: the number of each frame,
counted over the unlabelled utterances in the order of the index, and its symbol.
"""

from pathlib import Path

import numpy as np

from resound.data import run_length
from resound.io.csv_table import read_table, rows_of, write_table
from resound.io.files import read_json
from resound.runtime.stage import stage


def main(predictions: Path, summary: Path, submission: Path) -> None:
    """Write the symbols of the part `unlabelled`."""
    classes, rows = read_json(summary)["classes"], rows_of(read_table(predictions))
    said = [
        run_length.decode(row["predicted"], classes) for row in rows if row["part"] == "unlabelled"
    ]
    symbols = (classes[number] for number in np.concatenate(said))
    write_table(submission, ("id", "label"), enumerate(symbols))


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            predictions=Path(job.input.predictions),
            summary=Path(job.input.summary),
            submission=Path(job.output.submission),
        )
