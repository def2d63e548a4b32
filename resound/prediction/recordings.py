"""Features of any recordings, some files at a time over a pool: memory does not grow with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from resound.arrays import Array
from resound.data import audio
from resound.data.decoding.errors import UnreadableClip
from resound.data.feature_cache import Features
from resound.data.frame_arrays import read_frames
from resound.data.names import AUDIO_SUFFIXES
from resound.data.path_pattern import files_below
from resound.errors import UserError
from resound.features.common.kinds import feature_module
from resound.runtime.pool import Pool, spread

_BLOCK = 32
"""Recordings per task of the pool."""
_FRAMES_SUFFIX = ".npy"


@dataclass(frozen=True)
class Block:
    """Some recordings: the features of those that can be used, and why the others cannot."""

    paths: Sequence[Path]
    rejected: dict[int, str]
    """The reason for each rejected recording, by its position in `paths`."""
    features: Features
    """The clips of the other recordings, in their order."""
    clips: Sequence[int]
    """The number of clips of each of them: one, or its chunks."""


def find_recordings(place: Path) -> list[Path]:
    """Return the recordings that `place` names: a recording, a folder, or a list of paths.

    Recordings of a folder are sorted, at any depth. A list is a text file (`.txt`) with one path
    per line, relative to its own folder. Raises UserError if there are none.
    """
    place = place.expanduser()
    if place.is_dir():
        suffixes = AUDIO_SUFFIXES | {_FRAMES_SUFFIX}
        found = sorted(path for path in files_below(place) if path.suffix.lower() in suffixes)
        if not found:
            raise UserError(f"the folder {place} contains no recordings")
        return found
    if not place.is_file():
        raise UserError(f"there is no recording, folder or list {place}")
    if place.suffix.lower() != ".txt":
        return [place]
    lines = [line.strip() for line in place.read_text(encoding="utf-8").splitlines()]
    found = [place.parent / Path(line).expanduser() for line in lines if line]
    if not found:
        raise UserError(f"the list {place} is empty")
    return found


def names_of_outputs(recordings: Sequence[str], suffix: str) -> list[str]:
    """Return a file name for what is written about each recording; equal ones get a number."""
    names: list[str] = []
    taken: set[str] = set()
    for number, recording in enumerate(recordings):
        name = Path(recording).stem
        # Some file systems do not distinguish letter case.
        name = f"{name}_{number}" if name.lower() in taken else name
        taken.add(name.lower())
        names.append(f"{name}.{suffix}")
    return names


def extract_blocks(
    paths: Sequence[Path],
    configuration: Any,
    pool: Pool,
    workers: int,
    chunks: Mapping[str, float] | None = None,
) -> Iterator[Block]:
    """Yield the features of `paths` by a feature configuration, in their order.

    `chunks` are those of `resound.models.common.saved_model.SavedModel`.
    """
    blocks = [paths[start : start + _BLOCK] for start in range(0, len(paths), _BLOCK)]
    yield from spread(partial(_extract, configuration, chunks), blocks, pool, workers)


def _extract(
    configuration: Any, chunks: Mapping[str, float] | None, paths: Sequence[Path]
) -> Block:
    rejected: dict[int, str] = {}
    clips: list[Array] = []
    counts: list[int] = []
    for n, path in enumerate(paths):
        try:
            own = divide(_read(path, configuration), configuration, chunks)
            clips += own
            counts.append(len(own))
        except UnreadableClip as error:
            rejected[n] = str(error)
        except Exception as error:  # one file must not stop the others
            rejected[n] = f"cannot be read: {type(error).__name__}: {error}"
    rows = [configuration.rows(len(clip)) for clip in clips]
    offsets = np.cumsum([0, *rows], dtype=np.int64)
    matrix = np.zeros((0, configuration.width), np.float32)
    if clips:
        extracted = feature_module(configuration.kind).extract(configuration, clips)
        matrix = np.ascontiguousarray(extracted, np.float32)
    return Block(paths, rejected, Features(matrix, offsets), counts)


def divide(samples: Array, configuration: Any, chunks: Mapping[str, float] | None) -> list[Array]:
    """Return a recording as it is, or as chunks if it is longer than one."""
    if not chunks or len(samples) <= round(chunks["seconds"] * configuration.rate_hz):
        return [samples]
    length = round(chunks["seconds"] * configuration.rate_hz)
    least = max(chunks["min_seconds"], configuration.least_seconds) * configuration.rate_hz
    divided = [samples[start : start + length] for start in range(0, len(samples), length)]
    return [chunk for chunk in divided if len(chunk) >= least]


def _read(path: Path, configuration: Any) -> Array:
    """Return the samples of a recording, or its frames. Raises UnreadableClip."""
    if configuration.kind == "precomputed":
        return read_frames(audio.load(path))
    samples, _ = audio.read(path, configuration.rate_hz)
    seconds = len(samples) / configuration.rate_hz
    if seconds < configuration.least_seconds:
        raise UnreadableClip(
            f"lasts {seconds:.3f} s, less than the {configuration.least_seconds:.3f} s that its"
            " features take"
        )
    return samples
