"""Extract the features of a corpus, or of a shard of it, by a recipe.

Input: the index and its summary. Output: a matrix of rows and an offset a clip, as `.npy` files
that open with `mmap_mode="r"`. Method: `scripts.lib.features.extraction`, batched over a pool.
"""

import json
from pathlib import Path
from types import SimpleNamespace

from scripts.lib.features.extraction import Clip, extract, kind_module
from scripts.lib.features.shards import shard_of
from scripts.lib.files import read_json
from scripts.lib.log import Announce, stage
from scripts.lib.pool import Pool
from scripts.lib.tables import read_table, rows_of


def main(
    index: Path,
    summary: Path,
    config: str,
    shard: tuple[int, int],
    matrix: Path,
    offsets: Path,
    pool: Pool,
    workers: int,
    announce: Announce,
) -> None:
    """Write the features of a shard (its number, and of how many) by `config` (the recipe)."""
    settings = json.loads(config)["recipe"]
    recipe = kind_module(SimpleNamespace(**settings)).Settings(**settings)
    root = Path(read_json(summary)["root"])
    clips = shard_of([Clip.of(row, root) for row in rows_of(read_table(index))], *shard)
    told = f"of {len(clips)} clips"
    extract(clips, recipe, matrix, offsets, pool, workers, lambda done: announce(f"{done} {told}"))


if __name__ == "__main__":
    with stage() as (job, told):
        main(
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            config=job.params.config,
            shard=(int(job.wildcards.get("shard", 1)), int(job.wildcards.get("shards", 1))),
            matrix=Path(job.output.matrix),
            offsets=Path(job.output.offsets),
            pool=job.config["pool"],
            workers=job.threads,
            announce=told,
        )
