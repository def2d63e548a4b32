"""Model inputs from cached features: arranged, padded, standardised.

An `Arrangement` is fitted on a split and can be applied to any features of the same configuration;
it is saved with the model that was trained on its inputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array
from resound.data.feature_cache import Features
from resound.data.folds import Part
from resound.errors import UserError
from resound.training.inputs.base import Inputs, ItemShape
from resound.training.inputs.dense import Dense, dense_array
from resound.training.inputs.ragged import Ragged
from resound.training.inputs.settings import Input

Items = Mapping[Part, NDArray[np.intp]]
"""The clips of each part, by their numbers in the features."""
Moments = tuple[Array, Array]
"""Mean and standard deviation of each column, or of everything as one column."""
Projection = tuple[Array, Array]
"""The mean vector, shape (elements,), and the principal axes, shape (elements, components)."""

_IDENTITY: Moments = (np.zeros(1, np.float32), np.ones(1, np.float32))


@dataclass(frozen=True)
class Arrangement:
    """How the features of clips become model inputs: settings, padded length and moments."""

    settings: Input
    length: int
    """Number of rows to which clips are padded; 0 where they are not padded as a whole."""
    moments: Mapping[Part, Moments]
    """Mean and standard deviation by which each part is standardised."""
    projection: Projection | None = None
    """What maps standardised vectors to their principal components, if they are replaced."""

    @classmethod
    def fit(cls, settings: Input, features: Features, parts: Items) -> "Arrangement":
        """Return the arrangement for a split.

        Clips are padded to the longest clip: of all parts for `flatten_then_pad` and `sequences`,
        otherwise of the training part, and longer clips are truncated. No statistics include
        unknown classes: for splits with them the configuration allows only `train` and `none`.
        Principal components are those of the training part. Raises UserError if there are fewer
        than the settings ask for.
        """
        arrangement = cls._of_elements(settings, features, parts)
        if not settings.components:
            return arrangement
        vectors = dense_array(arrangement.apply(features, parts["train"]))
        return replace(arrangement, projection=_principal_axes(vectors, settings.components))

    @classmethod
    def _of_elements(cls, settings: Input, features: Features, parts: Items) -> "Arrangement":
        """Return the arrangement before any projection."""
        if settings.arrange in ("ragged", "windows"):
            return cls(settings, 0, dict.fromkeys(parts, _IDENTITY))
        padded_to_all = settings.arrange in ("flatten_then_pad", "sequences")
        clips = np.concatenate(list(parts.values())) if padded_to_all else parts["train"]
        length = int(features.lengths(clips).max())
        if settings.standardise == "none":
            return cls(settings, length, dict.fromkeys(parts, _IDENTITY))
        if settings.arrange == "flatten_then_pad":
            rows = {part: _flatten_then_pad(features, n, length) for part, n in parts.items()}
            if settings.standardise_by == "all":
                rows = {part: vectors.reshape(-1, 1) for part, vectors in rows.items()}
        else:
            rows = {part: _rows(features, clips) for part, clips in parts.items()}
        return cls(settings, length, _moments(rows, settings))

    def apply(self, features: Features, clips: NDArray[np.intp], part: Part = "train") -> Inputs:
        """Return the inputs of `clips`, standardised as those of `part` (default: training).

        `Dense` of shape (clips, elements or components), or (clips, frames, width) for `padded` and
        `sequences`; `Ragged` or `Windows` for these two.
        """
        how = self.settings.arrange
        if how == "ragged":
            return Ragged(features, clips)
        if how == "windows":
            # Imports torch, which is not needed by those who only read settings.
            from resound.training.inputs.windows import Windows

            across = self.settings.border == "corpus"
            return Windows.of(features, clips, self.settings.context, across)
        mean, deviation = self.moments.get(part, self.moments["train"])
        if how == "flatten_then_pad":
            vectors = _flatten_then_pad(features, clips, self.length)
            return self._projected(_standardised(vectors, mean, deviation))
        fill = np.nan if how == "sequences" else 0.0
        frames = _padded(features, clips, self.length, fill, mean, deviation)
        if how in ("padded", "sequences"):
            return Dense(frames)
        vectors = np.ascontiguousarray(frames.swapaxes(1, 2)).reshape(len(frames), -1)
        return self._projected(vectors)

    def _projected(self, vectors: Array) -> Dense:
        """Return vectors, or their principal components if these replace them."""
        if self.projection is None:
            return Dense(vectors)
        mean, axes = self.projection
        return Dense(np.matmul(vectors - mean, axes, dtype=np.float32))

    def empty(self, item_shape: ItemShape) -> Inputs:
        """Return inputs without items, for a model that is loaded rather than trained."""
        if self.settings.arrange in ("ragged", "windows"):
            width = item_shape[-1]
            assert width is not None
            features = Features(np.zeros((0, width), np.float32), np.zeros(1, np.int64))
            return self.apply(features, np.zeros(0, np.intp))
        return Dense(np.zeros((0, *(size or 0 for size in item_shape)), np.float32))


def arrange(features: Features, parts: Items, settings: Input) -> dict[Part, Inputs]:
    """Return the inputs of each part, by the arrangement that is fitted on `parts`."""
    arrangement = Arrangement.fit(settings, features, parts)
    return {part: arrangement.apply(features, clips, part) for part, clips in parts.items()}


def _rows(features: Features, clips: NDArray[np.intp]) -> Array:
    return np.concatenate([features.clip(clip) for clip in clips])


def _moments(rows: Mapping[Part, Array], settings: Input) -> dict[Part, Moments]:
    """Return the moments by which each part is standardised, of each column of `rows`."""
    if settings.standardise == "each_part":
        return {part: _mean_and_deviation(values) for part, values in rows.items()}
    train_only = settings.standardise == "train"
    values = rows["train"] if train_only else np.concatenate(list(rows.values()))
    return dict.fromkeys(rows, _mean_and_deviation(values))


def _mean_and_deviation(rows: Array) -> Moments:
    """Return both for each column; a constant column keeps its scale."""
    mean, deviation = rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64)
    return mean.astype(np.float32), np.where(deviation > 0, deviation, 1).astype(np.float32)


def _principal_axes(vectors: Array, components: int) -> Projection:
    """Return the axes of largest variance, each with its largest element positive.

    Raises UserError if there are fewer axes than `components`.
    """
    if components > min(vectors.shape):
        raise UserError(
            f"`input.components: {components}` needs as many training items and elements, not"
            f" {vectors.shape[0]} items of {vectors.shape[1]} elements: lower it"
        )
    mean = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    axes = np.linalg.svd(vectors - mean, full_matrices=False)[2][:components]
    largest = np.abs(axes).argmax(axis=1)
    signs = np.sign(axes[np.arange(components), largest])
    return mean, np.ascontiguousarray((signs[:, None] * axes).T)


def _standardised(values: Array, mean: Array, deviation: Array) -> Array:
    return (values - mean) / deviation


def _padded(
    features: Features,
    clips: NDArray[np.intp],
    length: int,
    fill: float,
    mean: Array,
    deviation: Array,
) -> Array:
    """Return clips as (clips, length, width), standardised, with `fill` after their ends."""
    padded = np.full((len(clips), length, features.matrix.shape[1]), fill, np.float32)
    for frames, clip in zip(padded, clips):
        rows = features.clip(clip)[:length]
        frames[: len(rows)] = _standardised(rows, mean, deviation)
    return padded


def _flatten_then_pad(features: Features, clips: NDArray[np.intp], length: int) -> Array:
    """Return clips as vectors, coefficient after coefficient, with zeros after their ends."""
    vectors = np.zeros((len(clips), length * features.matrix.shape[1]), np.float32)
    for vector, clip in zip(vectors, clips):
        flat = features.clip(clip).T.ravel()[: len(vector)]
        vector[: len(flat)] = flat
    return vectors
