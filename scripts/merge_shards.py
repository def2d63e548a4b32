"""Put the features of a corpus' shards together.

Input: a matrix and offsets a shard. Output: a matrix of rows and an offset a clip, as `.npy` files
that open with `mmap_mode="r"`. Method: rows are copied once, from file to file.
"""

from pathlib import Path

from resound.features.common.shards import gather
from resound.runtime.stage import stage


def main(matrices: list[Path], offsets: list[Path], matrix: Path, all_offsets: Path) -> None:
    """Write `matrix` and `all_offsets` of the whole corpus."""
    gather(matrices, offsets, matrix, all_offsets)


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            matrices=[Path(path) for path in job.input.matrices],
            offsets=[Path(path) for path in job.input.offsets],
            matrix=Path(job.output.matrix),
            all_offsets=Path(job.output.offsets),
        )
