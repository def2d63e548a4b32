"""Write the predicted phonemes of unlabelled frames in the format of the phonemes course.

Input: a run's predictions, its corpus summary. Output: `submission.csv` with the columns `id`, the
number of a frame, and `label`, its predicted phoneme. Method: frames are numbered over all
unlabelled utterances, in the order of the index.
"""

from pathlib import Path

import numpy as np

from resound.data import run_length
from resound.io.csv_table import read_table, rows_of, write_table
from resound.io.files import read_json
from resound.runtime.stage import stage


def main(predictions: Path, summary: Path, submission: Path) -> None:
    """Write the phonemes predicted for the part `unlabelled`."""
    classes, rows = read_json(summary)["classes"], rows_of(read_table(predictions))
    predicted = [
        run_length.decode(row["predicted"], classes) for row in rows if row["part"] == "unlabelled"
    ]
    phonemes = (classes[number] for number in np.concatenate(predicted))
    write_table(submission, ("id", "label"), enumerate(phonemes))


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            predictions=Path(job.input.predictions),
            summary=Path(job.input.summary),
            submission=Path(job.output.submission),
        )
