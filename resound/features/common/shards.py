"""Shards: runs of clips of a large corpus that are extracted by separate jobs and merged."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resound.data.clips import Clip
from resound.io.files import atomic_file


def shard_of(clips: Sequence[Clip], number: int, shards: int) -> list[Clip]:
    """Return the clips of shard `number`, from 1, of `shards` of about equal duration.

    The shards one after the other are `clips` in order; a shard may be empty if clips are few.
    """
    seconds = np.array([clip.samples / clip.rate_hz for clip in clips])
    middles = np.cumsum(seconds) - seconds / 2
    own = shards * middles // seconds.sum() == number - 1
    return [clip for clip, is_own in zip(clips, own, strict=True) if is_own]


def merge(
    matrices: Sequence[Path], offsets: Sequence[Path], matrix: Path, all_offsets: Path
) -> None:
    """Merge the features of shards, in order, into those of the whole corpus.

    The two files are equal to those that `extraction.extract` writes for all clips at once. Each
    row is copied once, from file to file.
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
    """Return the offsets of all clips from those of runs of clips."""
    starts = np.cumsum([0, *(own[-1] for own in offsets)])
    return np.concatenate([[0], *(start + own[1:] for start, own in zip(starts, offsets))])
