"""Label every frame of a corpus.

Input: the index and its summary, the offsets of the features. Output: `labels.npy`, one class
number per row of the feature matrix, -1 where the recording has no symbols. Method: the class of
the segment that contains the centre of the frame, or the corpus's own label of that frame.
"""

import json
from pathlib import Path

import numpy as np

from resound.data.frame_labels import Alignment, AlignmentError, label_frames
from resound.errors import UserError
from resound.io.csv_table import read_table, rows_of
from resound.io.files import atomic_file, read_json
from resound.runtime.stage import stage


def main(index: Path, summary: Path, offsets: Path, config: str, output: Path) -> None:
    """Write the labels by `config` (JSON: the alignment, the hop in seconds)."""
    settings, corpus = json.loads(config), read_json(summary)
    alignment, root = Alignment(**settings["alignment"]), Path(corpus["root"])
    bounds, rows = np.load(offsets), rows_of(read_table(index))
    with atomic_file(output) as temporary:
        labels = np.lib.format.open_memmap(temporary, "w+", np.int16, (int(bounds[-1]),))
        labels[:] = -1
        for row, first, end in zip(rows, bounds[:-1], bounds[1:], strict=True):
            if not row["alignment"]:
                continue
            path = root / row["alignment"]
            hop = settings["hop_s"] * int(row["rate_hz"])
            times = np.arange(end - first) * hop
            try:
                labels[first:end] = label_frames(path, alignment, corpus["classes"], times)
            except (AlignmentError, OSError) as error:
                raise UserError(
                    f"{path} has changed since the corpus was indexed ({error}); run again to"
                    " index the corpus again"
                ) from error
        labels.flush()


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            offsets=Path(job.input.offsets),
            config=job.params.config,
            output=Path(job.output.labels),
        )
