"""Frames with their neighbours, gathered when asked for: the wide array is never made.

A window is a frame and `context` frames on either side, cut out of the frame matrix, which stays
in its file (or on the device). What lies beyond the border is zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from resound.data.feature_cache import Features

# Items of a chunk, a few more where an utterance ends later.
_CHUNK = 65536


@dataclass(frozen=True)
class Windows:
    """The frames of some utterances, each with its neighbours; indexed like an array of items."""

    matrix: torch.Tensor
    """All frames of the corpus, shape (frames, width)."""
    first: NDArray[np.int64]
    """The first frame of each utterance, shape (utterances,)."""
    offsets: NDArray[np.int64]
    """Where each utterance's items begin, and the number of items: shape (utterances + 1,)."""
    context: int
    across: bool
    """Whether windows run on into the corpus' neighbouring utterances."""

    @classmethod
    def of(
        cls, features: Features, utterances: NDArray[np.intp], context: int, across: bool
    ) -> "Windows":
        """The windows of every frame of `utterances`."""
        lengths = features.lengths(utterances)
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        matrix = torch.from_numpy(features.matrix)
        return cls(matrix, features.offsets[utterances], offsets, context, across)

    def __len__(self) -> int:
        return int(self.offsets[-1])

    @property
    def size(self) -> int:
        """The values of a window."""
        return (2 * self.context + 1) * self.matrix.shape[1]

    def chunks(self) -> Iterator["Windows"]:
        """The same items in runs of whole utterances, each small enough to be scored at once."""
        starts = np.unique(np.searchsorted(self.offsets, np.arange(0, len(self), _CHUNK), "right"))
        bounds = [*(starts - 1).tolist(), len(self.first)]
        for begin, end in pairwise(bounds):
            offsets = self.offsets[begin : end + 1] - self.offsets[begin]
            yield replace(self, first=self.first[begin:end], offsets=offsets)

    def on(self, device: str) -> "Windows":
        """The same with the frames on `device`."""
        return replace(self, matrix=self.matrix.to(device))

    def __getitem__(self, items: torch.Tensor) -> torch.Tensor:
        """The windows of `items`: shape (items, 2 * context + 1, width)."""
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

    def _gather(
        self, begin: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64], span: int
    ) -> torch.Tensor:
        """Frames `begin` to `begin + span`, zero where they are not in `low` to `high`."""
        frames, width = self.matrix.shape
        windows = self.matrix.new_zeros((len(begin), span, width))
        if frames >= span:
            # Each window is one run of memory, so that it is copied at once.
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
