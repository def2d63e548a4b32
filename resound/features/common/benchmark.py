"""Speed of extraction: the notebooks' loop over clips, the same over pools, and batches.

All methods process the same clips in one process, in turn, so a machine whose speed drifts slows
all of them alike; the median of each method counts.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from resound.arrays import Array
from resound.data.clips import Clip
from resound.features.common.extraction import extract
from resound.features.common.kinds import feature_module
from resound.runtime.pool import Pool, spread
from resound.runtime.progress import Progress


@dataclass(frozen=True)
class Method:
    """A method of extraction and its measured speed."""

    name: str
    ours: bool
    workers: int
    seconds: float
    clips_per_second: float
    ratio: float
    """Speed relative to the first method."""
    difference: float
    """Largest difference from the first method's features, relative to a column's maximum."""


def measure(
    clips: Sequence[Clip], configuration: Any, workers: int, repeats: int, progress: Progress
) -> list[dict[str, Any]]:
    """Return the measurements of each method (see `Method`), the notebooks' loop first."""
    loop, batched = partial(_loop, clips, configuration), partial(_batched, clips, configuration)
    methods: dict[str, tuple[Callable[[], Array], int]] = {
        "clip by clip": (partial(loop, "none", 1), 1),
        f"clip by clip, {workers} threads": (partial(loop, "thread", workers), workers),
        f"clip by clip, {workers} processes": (partial(loop, "process", workers), workers),
        "in batches": (partial(batched, "none", 1), 1),
        f"in batches, {workers} threads": (partial(batched, "thread", workers), workers),
        f"in batches, {workers} processes": (partial(batched, "process", workers), workers),
    }
    _loop(clips[:1], configuration, "none", 1)  # librosa loads its modules at the first call
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    rows: dict[str, Array] = {}
    for repeat in range(repeats):
        for name, (run, _) in methods.items():
            start = time.perf_counter()
            rows[name] = run()
            seconds[name].append(time.perf_counter() - start)
            progress(f"{repeat + 1}/{repeats}: {name}: {seconds[name][-1]:.2f} s")
    first = median(seconds["clip by clip"])
    results = []
    for name, (_, used) in methods.items():
        spent = median(seconds[name])
        difference = _difference(rows["clip by clip"], rows[name])
        speed = len(clips) / spent
        result = Method(name, "batches" in name, used, spent, speed, first / spent, difference)
        results.append(asdict(result))
    return results


def _loop(clips: Sequence[Clip], configuration: Any, pool: Pool, workers: int) -> Array:
    return np.concatenate(list(spread(partial(_by_librosa, configuration), clips, pool, workers)))


def _by_librosa(configuration: Any, clip: Clip) -> Array:
    rows: Array = feature_module(configuration.kind).by_librosa(
        configuration, _librosa_load(clip, configuration.rate_hz)
    )
    return rows


def _librosa_load(clip: Clip, rate_hz: int) -> Array:
    import librosa

    offset = (clip.start or 0) / clip.rate_hz
    duration = None if clip.start is None else clip.samples / clip.rate_hz
    samples, _ = librosa.load(clip.path, sr=rate_hz, offset=offset, duration=duration)
    return np.asarray(samples, np.float32)


def _batched(clips: Sequence[Clip], configuration: Any, pool: Pool, workers: int) -> Array:
    with TemporaryDirectory() as folder:
        matrix, offsets = Path(folder, "matrix.npy"), Path(folder, "offsets.npy")
        extract(clips, configuration, matrix, offsets, pool, workers)
        rows: Array = np.load(matrix)
    return rows


def _difference(right: Array, rows: Array) -> float:
    scale = np.abs(right).max(axis=0)
    return float((np.abs(rows - right) / np.where(scale > 0, scale, 1)).max())
