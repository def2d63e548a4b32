"""Extract the features of a corpus, or of a shard of it, by a configuration.

Input: the index and its summary. Output: a matrix of rows and an offset a clip, as `.npy` files
that open with `mmap_mode="r"`. Method: `resound.features.common.extraction`, batched over a pool.
"""

import json
from pathlib import Path
from types import SimpleNamespace

from resound.data.clips import Clip
from resound.features.common.extraction import extract, kind_module
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
    """Write the features of a shard (its number, and of how many) by `config` (the configuration)."""
    settings = json.loads(config)["configuration"]
    configuration = kind_module(SimpleNamespace(**settings)).Settings(**settings)
    root = Path(read_json(summary)["root"])
    clips = shard_of([Clip.of(row, root) for row in rows_of(read_table(index))], *shard)
    told = f"of {len(clips)} clips"
    extract(
        clips,
        configuration,
        matrix,
        offsets,
        pool,
        workers,
        lambda done: progress(f"{done} {told}"),
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
