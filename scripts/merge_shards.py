"""Merge the features of a corpus's shards.

Input: the matrix and the offsets of each shard. Output: a matrix of rows and the offset of each
clip, as `.npy` files that can be memory-mapped. Method: each row is copied once, from file to file.
"""

from pathlib import Path

from resound.features.common.shards import merge
from resound.runtime.stage import stage


def main(matrices: list[Path], offsets: list[Path], matrix: Path, all_offsets: Path) -> None:
    """Write `matrix` and `all_offsets` of the whole corpus."""
    merge(matrices, offsets, matrix, all_offsets)


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            matrices=[Path(path) for path in job.input.matrices],
            offsets=[Path(path) for path in job.input.offsets],
            matrix=Path(job.output.matrix),
            all_offsets=Path(job.output.offsets),
        )
