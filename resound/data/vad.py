"""Voice activity detection by energy: speech segments that fit the window of a model."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array

_HOP_S = 0.02
_PAUSE_S = 0.5
_MARGIN_S = 0.15
_STEADY_DB = 6.0
_SILENCE = 1e-5


def find_speech(samples: Array, rate_hz: int, max_s: float) -> list[tuple[int, int]]:
    """Return the first sample and the end of each speech segment, in order, without overlap.

    A hop of 20 ms is quiet if its level (RMS, in dB) is below the midpoint of the 5th and the 95th
    percentile; half a second of quiet hops is a pause. Segments longer than `max_s` seconds are
    split where they are quietest in the second half of the allowed length. Sound of a steady level
    is one segment; digital silence has none.
    """
    hop = round(_HOP_S * rate_hz)
    level = _levels(samples, hop)
    loud = level > 20 * np.log10(_SILENCE)
    if not loud.any():
        return []
    low, high = np.percentile(level[loud], [5, 95])
    if high - low > _STEADY_DB:
        loud &= level > (low + high) / 2
    margin, max_hops = round(_MARGIN_S / _HOP_S), int(max_s / _HOP_S)
    segments: list[tuple[int, int]] = []
    for first, end in _join_runs(loud):
        first, end = max(0, first - margin), min(len(level), end + margin)
        segments += _split(level, first, end, max_hops)
    return [(first * hop, min(end * hop, len(samples))) for first, end in segments]


def _levels(samples: Array, hop: int) -> NDArray[np.float64]:
    """Return the level of each hop in dB; the last hop may be shorter."""
    squares = np.add.reduceat(np.square(samples, dtype=np.float64), range(0, len(samples), hop))
    counts = np.full(len(squares), hop)
    counts[-1] = len(samples) - hop * (len(squares) - 1)
    level: NDArray[np.float64] = 10 * np.log10(squares / counts + _SILENCE**2 / 10)
    return level


def _join_runs(loud: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield the first hop and the end of each loud run; join runs without a pause between them."""
    hops = np.flatnonzero(loud)
    gaps = np.flatnonzero(np.diff(hops) > _PAUSE_S / _HOP_S)
    firsts = [hops[0], *hops[gaps + 1]]
    lasts = [*hops[gaps], hops[-1]]
    for first, last in zip(firsts, lasts, strict=True):
        yield int(first), int(last) + 1


def _split(
    level: NDArray[np.float64], first: int, end: int, max_hops: int
) -> Iterator[tuple[int, int]]:
    """Split a segment into parts of at most `max_hops` hops."""
    bounds = [first]
    while end - bounds[-1] > max_hops:
        middle = bounds[-1] + max_hops // 2
        smooth = np.convolve(level[middle : bounds[-1] + max_hops], np.ones(5) / 5, "same")
        bounds.append(middle + int(smooth[2:-2].argmin()) + 2)
    yield from pairwise([*bounds, end])
