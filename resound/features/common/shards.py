"""Shards: a large corpus in runs of clips that are extracted apart, and put together."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resound.data.clips import Clip
from resound.io.files import atomic_file


def shard_of(clips: Sequence[Clip], number: int, shards: int) -> list[Clip]:
    """The clips of shard `number`, counted from 1, of `shards` with about as many seconds each.

    The shards in turn are `clips` in their order; a shard may be empty where clips are few.
    """
    seconds = np.array([clip.samples / clip.rate_hz for clip in clips])
    middles = np.cumsum(seconds) - seconds / 2
    own = shards * middles // seconds.sum() == number - 1
    return [clip for clip, is_own in zip(clips, own, strict=True) if is_own]


def gather(
    matrices: Sequence[Path], offsets: Sequence[Path], matrix: Path, all_offsets: Path
) -> None:
    """Put the features of shards, in their order, together as those of the whole corpus.

    The two files are what `extraction.extract` writes of all clips at once. Each row is copied
    once, from file to file.
    """
    parts = [np.load(path, mmap_mode="r") for path in matrices]
    shape = (sum(len(part) for part in parts), parts[0].shape[1])
    with atomic_file(matrix) as draft, atomic_file(all_offsets) as offsets_draft:
        np.save(offsets_draft, _joined([np.load(path) for path in offsets]))
        whole = np.lib.format.open_memmap(draft, "w+", parts[0].dtype, shape)
        with draft.open("r+b") as file:
            file.seek(whole.offset)
            for path, part in zip(matrices, parts, strict=True):
                with path.open("rb") as rows:
                    rows.seek(part.offset)
                    shutil.copyfileobj(rows, file, 2**20)


def _joined(offsets: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Offsets of runs of clips as those of all clips."""
    starts = np.cumsum([0, *(own[-1] for own in offsets)])
    return np.concatenate([[0], *(start + own[1:] for start, own in zip(starts, offsets))])
