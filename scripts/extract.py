"""Extract the features of a corpus, or of a shard of it.

Input: the index and its summary. Output: a matrix of rows and the offset of each clip, as `.npy`
files that can be memory-mapped. Method: `resound.features.common.extraction`, in batches over a
pool.
"""

import json
from pathlib import Path

from resound.data.clips import Clip
from resound.features.common.extraction import extract
from resound.features.common.kinds import configuration_of
from resound.features.common.shards import shard_of
from resound.io.csv_table import read_table, rows_of
from resound.io.files import read_json
from resound.runtime.pool import Pool
from resound.runtime.progress import Progress
from resound.runtime.stage import stage


def main(
    index: Path,
    summary: Path,
    config: str,
    shard: tuple[int, int],
    matrix: Path,
    offsets: Path,
    pool: Pool,
    workers: int,
    progress: Progress,
) -> None:
    """Write the features of a shard (its number, the number of shards) by `config` (JSON)."""
    configuration = configuration_of(json.loads(config)["configuration"])
    root = Path(read_json(summary)["root"])
    clips = shard_of([Clip.from_row(row, root) for row in rows_of(read_table(index))], *shard)
    extract(
        clips,
        configuration,
        matrix,
        offsets,
        pool,
        workers,
        lambda done: progress(f"{done} of {len(clips)} clips"),
    )


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            config=job.params.config,
            shard=(int(job.wildcards.get("shard", 1)), int(job.wildcards.get("shards", 1))),
            matrix=Path(job.output.matrix),
            offsets=Path(job.output.offsets),
            pool=job.config["pool"],
            workers=job.threads,
            progress=progress,
        )
