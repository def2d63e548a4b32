"""Extraction: from the recordings of an index to one memory-mapped matrix, over a pool of workers.

The number of rows of a clip follows from its length, so the whole matrix is allocated before the
first clip is read, and each worker writes its own rows in place: nothing is collected or copied,
and memory holds one block of clips per worker, however large the corpus is.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from resound.arrays import Array
from resound.data import audio
from resound.data.clips import Clip
from resound.data.decoding.errors import UnreadableClip
from resound.errors import UserError
from resound.features.common.kinds import feature_module
from resound.io.files import atomic_file
from resound.runtime.memory import keep_freed_memory
from resound.runtime.pool import Pool, spread

# Audio that a worker holds at once: enough to fill its FFT blocks, a few megabytes of samples.
_BLOCK_SECONDS = 60.0


@dataclass(frozen=True)
class _Block:
    clips: Sequence[Clip]
    configuration: Any
    matrix: Path
    first_row: int


def extract(
    clips: Sequence[Clip],
    configuration: Any,
    matrix: Path,
    offsets: Path,
    pool: Pool = "process",
    workers: int = 1,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Write the features of `clips` as two `.npy` files that can be memory-mapped.

    `matrix` has shape (rows, configuration.width), float32; `offsets` has shape (clips + 1,),
    int64: clip i has the rows offsets[i] to offsets[i + 1]. `progress` is called with the number of
    clips that are done. The result does not depend on `pool` and `workers`. Raises UserError if a
    recording has changed since it was indexed.
    """
    rows = [configuration.rows(_samples(clip, configuration)) for clip in clips]
    bounds = np.concatenate([[0], np.cumsum(rows, dtype=np.int64)])
    with atomic_file(matrix) as draft, atomic_file(offsets) as offsets_draft:
        np.save(offsets_draft, bounds)
        shape = (int(bounds[-1]), configuration.width)
        np.lib.format.open_memmap(draft, "w+", np.float32, shape).flush()
        blocks = [
            _Block(clips[start:end], configuration, draft, int(bounds[start]))
            for start, end in _block_bounds(clips)
        ]
        done = 0
        for count in spread(_extract_block, blocks, pool, workers):
            done += count
            progress(done)


def _samples(clip: Clip, configuration: Any) -> int:
    return audio.resampled_length(clip.samples, clip.rate_hz, configuration.rate_hz)


def _block_bounds(clips: Sequence[Clip]) -> Iterator[tuple[int, int]]:
    """Yield runs of clips of about `_BLOCK_SECONDS`, of at least one clip each."""
    start, seconds = 0, 0.0
    for n, clip in enumerate(clips):
        seconds += clip.samples / clip.rate_hz
        if seconds >= _BLOCK_SECONDS or n == len(clips) - 1:
            yield start, n + 1
            start, seconds = n + 1, 0.0


def _extract_block(block: _Block) -> int:
    keep_freed_memory()
    configuration = block.configuration
    clips = [_read(clip, configuration) for clip in block.clips]
    features = feature_module(configuration.kind).extract(configuration, clips)
    rows = np.ascontiguousarray(features, np.float32)
    _check_finite(rows, block)
    # Written, not assigned to a memory map of the file, which costs a page fault every 4 KB.
    header = np.lib.format.open_memmap(block.matrix, "r").offset
    with block.matrix.open("r+b") as file:
        file.seek(header + block.first_row * rows[0].nbytes)
        file.write(rows.data)
    return len(block.clips)


def _check_finite(rows: Array, block: _Block) -> None:
    """Raise UserError if the features of a clip are not finite."""
    if np.isfinite(rows).all():
        return
    first = int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])
    counts = [block.configuration.rows(_samples(clip, block.configuration)) for clip in block.clips]
    clip = block.clips[int(np.searchsorted(np.cumsum(counts), first, side="right"))]
    raise UserError(
        f"{clip.path}: its features are not finite numbers: leave it out with `exclude`"
    )


def _read(clip: Clip, configuration: Any) -> Array:
    changed = f"{clip.path} has changed since the corpus was indexed"
    try:
        samples = clip.read(configuration.rate_hz, verify=True)
    except UnreadableClip as error:
        raise UserError(
            f"{changed} ({error}): restore it, or run again to index the corpus again"
        ) from error
    if len(samples) != _samples(clip, configuration):
        raise UserError(f"{changed} (its length differs): run again to index the corpus again")
    return samples
