"""From cached features to the arrays that a model sees: arranged, padded, standardised."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array
from resound.data.feature_cache import Features
from resound.data.folds import Part
from resound.settings import Natural, settings

Arrange = Literal[
    "pooled", "flatten_then_pad", "pad_then_flatten", "padded", "sequences", "windows", "ragged"
]


@settings
class Input:
    """How a clip's features become a model's input."""

    arrange: Arrange
    """`pooled`: the one row of a pooled configuration. `flatten_then_pad`: coefficient after
    coefficient in one vector, zeros at its end (what the digits report did: in a shorter clip
    every coefficient begins elsewhere). `pad_then_flatten`: frames padded first, so that an
    element means the same in every clip. `padded`: (frames, width), padded with zeros.
    `sequences`: (frames, width) of any length, NaN after its end. `windows`: an item is a frame,
    with `context` frames on either side. `ragged`: (frames, width) of any length, read from the
    cache and padded a batch at a time, as waveforms and tokens are."""
    context: Natural = 0
    """For `windows`: frames on either side."""
    border: Literal["utterance", "corpus"] = "utterance"
    """For `windows`: zeros beyond the `utterance`, or on into its neighbours in the `corpus`."""
    standardise: Literal["none", "each_part", "all_parts", "train"] = "none"
    """Subtract a mean, divide by a deviation: `each_part` takes them from each part itself, the
    test part too (as the digits report did), `all_parts` from everything before the split (as
    the speakers report did), `train` from the training part only. They are those
    of each column of the features; for `flatten_then_pad`, where an element means something else
    in every clip, one mean and one deviation of all elements."""


@dataclass(frozen=True)
class Ragged:
    """Clips as they lie in the cache."""

    features: Features
    clips: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.clips)

    def clip(self, n: int) -> Array:
        """The rows of item `n`: shape (its rows, width)."""
        return self.features.clip(self.clips[n])

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many rows each item has."""
        return self.features.lengths(self.clips)

    def padded(self, items: NDArray[np.intp]) -> Array:
        """Items as (items, longest of them, width); NaN, or -1 in whole numbers, after an end."""
        rows = [self.clip(n) for n in items]
        kind = self.features.matrix.dtype
        fill = np.nan if np.issubdtype(kind, np.floating) else -1
        batch = np.full((len(rows), max(map(len, rows)), rows[0].shape[1]), fill, kind)
        for place, own in zip(batch, rows):
            place[: len(own)] = own
        return batch


def arrange(
    features: Features, parts: Mapping[Part, NDArray[np.intp]], how: Input
) -> dict[Part, Any]:
    """The model inputs of each part's clips: arrays, `Ragged`, or `resound.training.inputs.windows.Windows`.

    Shape (clips, elements), or (clips, frames, width) for `padded` and `sequences`. Clips are
    padded to the longest: of all parts for `flatten_then_pad` and `sequences`, else of the
    training part, and a longer clip loses its end. No statistics see unknown: with
    them the configuration allows only those of the training part.
    """
    if how.arrange == "ragged":
        return {part: Ragged(features, clips) for part, clips in parts.items()}
    if how.arrange == "windows":
        from resound.training.inputs.windows import Windows

        across = how.border == "corpus"
        return {
            part: Windows.of(features, clips, how.context, across) for part, clips in parts.items()
        }
    every = np.concatenate(list(parts.values()))
    longest = int(features.lengths(every).max())
    if how.arrange == "flatten_then_pad":
        vectors = {
            part: _flatten_then_pad(features, clips, longest) for part, clips in parts.items()
        }
        moments = _moments(vectors, how)
        return {part: _scaled(values, *moments[part]) for part, values in vectors.items()}
    moments = _moments({part: _rows(features, clips) for part, clips in parts.items()}, how)
    if how.arrange != "sequences":
        longest = int(features.lengths(parts["train"]).max())
    fill = np.nan if how.arrange == "sequences" else 0.0
    padded = {
        part: _padded(features, clips, longest, fill, *moments[part])
        for part, clips in parts.items()
    }
    if how.arrange in ("padded", "sequences"):
        return padded
    return {
        part: np.ascontiguousarray(frames.swapaxes(1, 2)).reshape(len(frames), -1)
        for part, frames in padded.items()
    }


def _rows(features: Features, clips: NDArray[np.intp]) -> Array:
    return np.concatenate([features.clip(clip) for clip in clips])


def _moments(rows: Mapping[Part, Array], how: Input) -> dict[Part, tuple[Array, Array]]:
    """The mean and deviation that each part is standardised by.

    Of each column; where elements have no fixed meaning, of everything as one column.
    """
    if how.standardise == "none":
        return {part: (np.zeros(1, np.float32), np.ones(1, np.float32)) for part in rows}
    if how.arrange == "flatten_then_pad":
        rows = {part: values.reshape(-1, 1) for part, values in rows.items()}
    if how.standardise == "each_part":
        return {part: _mean_and_deviation(values) for part, values in rows.items()}
    by = rows["train"] if how.standardise == "train" else np.concatenate(list(rows.values()))
    return dict.fromkeys(rows, _mean_and_deviation(by))


def _mean_and_deviation(rows: Array) -> tuple[Array, Array]:
    """Those of each column; a constant column keeps its scale."""
    mean, deviation = rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64)
    return mean.astype(np.float32), np.where(deviation > 0, deviation, 1).astype(np.float32)


def _scaled(values: Array, mean: Array, deviation: Array) -> Array:
    return (values - mean) / deviation


def _padded(
    features: Features,
    clips: NDArray[np.intp],
    longest: int,
    fill: float,
    mean: Array,
    deviation: Array,
) -> Array:
    """Clips as (clips, longest, width), standardised, then `fill` after their end."""
    padded = np.full((len(clips), longest, features.matrix.shape[1]), fill, np.float32)
    for frames, clip in zip(padded, clips):
        rows = features.clip(clip)[:longest]
        frames[: len(rows)] = _scaled(rows, mean, deviation)
    return padded


def _flatten_then_pad(features: Features, clips: NDArray[np.intp], longest: int) -> Array:
    """Clips as vectors, coefficient after coefficient, zeros after their end."""
    vectors = np.zeros((len(clips), longest * features.matrix.shape[1]), np.float32)
    for vector, clip in zip(vectors, clips):
        flat = features.clip(clip).T.ravel()
        vector[: len(flat)] = flat
    return vectors
