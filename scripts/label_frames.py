"""Give every frame of a corpus its label.

Input: the index and its summary, the features' offsets. Output: `labels.npy`, a class number for
each row of the features' matrix, -1 where the recording has no symbols. Method: the class of the
stretch in which a frame's centre lies, or the corpus' own label of that frame.
"""

import json
from pathlib import Path

import numpy as np

from resound.data.frame_labels import Alignment, Misaligned, frame_labels
from resound.errors import UserError
from resound.io.csv_table import read_table, rows_of
from resound.io.files import atomic_file, read_json
from resound.runtime.stage import stage


def main(index: Path, summary: Path, offsets: Path, config: str, labels: Path) -> None:
    """Write the labels by `config` (JSON: the alignment, the hop in seconds)."""
    settings, corpus = json.loads(config), read_json(summary)
    alignment, root = Alignment(**settings["alignment"]), Path(corpus["root"])
    bounds, rows = np.load(offsets), rows_of(read_table(index))
    with atomic_file(labels) as draft:
        made = np.lib.format.open_memmap(draft, "w+", np.int16, (int(bounds[-1]),))
        made[:] = -1
        for row, first, end in zip(rows, bounds[:-1], bounds[1:], strict=True):
            if row["alignment"]:
                hop = settings["hop_s"] * int(row["rate_hz"])
                times = np.arange(end - first) * hop
                path = root / row["alignment"]
                try:
                    made[first:end] = frame_labels(path, alignment, corpus["classes"], times)
                except (Misaligned, OSError) as error:
                    changed = f"{path} is not what it was when the corpus was indexed"
                    raise UserError(f"{changed} ({error}): run again to index anew") from error
        made.flush()


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            offsets=Path(job.input.offsets),
            config=job.params.config,
            labels=Path(job.output.labels),
        )
