"""Frames with their neighbours, gathered one batch at a time.

A window is a frame and `context` frames on either side. It is cut out of the frame matrix, which
stays in its file or on a device: the array of all windows is never built. Frames beyond the border
are zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from resound.data.feature_cache import Features
from resound.training.inputs.base import Inputs, ItemShape

# Least number of items per chunk; a chunk ends with an utterance.
_CHUNK = 65536
_SCORING_BATCH = 4096


@dataclass(frozen=True)
class Windows:
    """The frames of some utterances, each with its neighbours.

    See `resound.training.inputs.base.Inputs`.
    """

    matrix: torch.Tensor
    """All frames of the corpus, shape (frames, width)."""
    first: NDArray[np.int64]
    """The first frame of each utterance, shape (utterances,)."""
    offsets: NDArray[np.int64]
    """The first item of each utterance, and the number of items: shape (utterances + 1,)."""
    context: int
    across: bool
    """Whether windows extend into the neighbouring utterances of the corpus."""
    source: torch.Tensor | None = None
    """The frames in host memory, where `matrix` is a copy on a device."""

    @classmethod
    def of(
        cls, features: Features, utterances: NDArray[np.intp], context: int, across: bool
    ) -> "Windows":
        """Return the windows of every frame of `utterances`."""
        lengths = features.lengths(utterances)
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        matrix = torch.from_numpy(features.matrix)
        return cls(matrix, features.offsets[utterances], offsets, context, across)

    def __len__(self) -> int:
        return int(self.offsets[-1])

    @property
    def item_shape(self) -> ItemShape:
        """Shape of a window: (2 * context + 1, width)."""
        return (2 * self.context + 1, self.matrix.shape[1])

    @property
    def lengths(self) -> None:
        """None: all windows are equally long."""
        return None

    @property
    def device_bytes(self) -> int:
        """Bytes of the frames."""
        return self.matrix.nbytes

    @property
    def resident(self) -> bool:
        """Whether the frames are on a GPU."""
        return self.matrix.is_cuda

    def batch(self, items: torch.Tensor) -> torch.Tensor:
        """Return the windows of `items`, shape (items, 2 * context + 1, width)."""
        number = items.cpu().numpy()
        utterance = np.searchsorted(self.offsets, number, side="right") - 1
        begin = self.first[utterance] - self.offsets[utterance] + number - self.context
        span = 2 * self.context + 1
        if self.across:
            low, high = np.zeros_like(begin), np.full_like(begin, len(self.matrix))
        else:
            low = self.first[utterance]
            high = low + self.offsets[utterance + 1] - self.offsets[utterance]
        return self._gather(begin, low, high, span)

    def to(self, device: str) -> "Windows":
        """Return the same windows, their frames on `device`."""
        return replace(self, matrix=self.matrix.to(device), source=self.matrix)

    def reuse(self, other: Inputs) -> "Windows":
        """Return these windows cut out of the frames that `other` has on a device.

        Windows of other frames are returned unchanged.
        """
        if not isinstance(other, Windows) or other.source is None:
            return self
        if other.source.data_ptr() != self.matrix.data_ptr():
            return self
        return replace(self, matrix=other.matrix, source=other.source)

    def chunks(self) -> Iterator["Windows"]:
        """Yield the same items in runs of whole utterances."""
        starts = np.unique(np.searchsorted(self.offsets, np.arange(0, len(self), _CHUNK), "right"))
        bounds = [*(starts - 1).tolist(), len(self.first)]
        for begin, end in pairwise(bounds):
            offsets = self.offsets[begin : end + 1] - self.offsets[begin]
            yield replace(self, first=self.first[begin:end], offsets=offsets)

    def scoring_batch_size(self, batch_size: int) -> int:
        """Return a size whose windows are a few megabytes."""
        return _SCORING_BATCH

    def _gather(
        self, begin: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64], span: int
    ) -> torch.Tensor:
        """Return frames `begin` to `begin + span`, zero where they are outside `low` to `high`."""
        frames, width = self.matrix.shape
        windows = self.matrix.new_zeros((len(begin), span, width))
        if frames >= span:
            # Each window is contiguous in memory, so it is copied at once.
            runs = self.matrix.as_strided((frames - span + 1, span * width), (width, 1))
            whole = torch.from_numpy(np.clip(begin, 0, frames - span)).to(self.matrix.device)
            torch.index_select(runs, 0, whole, out=windows.view(len(begin), -1))
        at_border = np.flatnonzero((begin < low) | (begin + span > high))
        if len(at_border):
            places = begin[at_border, None] + np.arange(span)
            inside = (places >= low[at_border, None]) & (places < high[at_border, None])
            rows = self.matrix[torch.from_numpy(places.clip(0, frames - 1)).to(self.matrix.device)]
            rows = rows * torch.from_numpy(inside).to(rows.device)[:, :, None]
            windows[torch.from_numpy(at_border).to(rows.device)] = rows
        return windows
