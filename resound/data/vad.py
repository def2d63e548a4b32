"""Where somebody speaks: stretches between pauses, none longer than a model hears at once."""

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


def spoken(samples: Array, rate_hz: int, longest_s: float) -> list[tuple[int, int]]:
    """The first sample and the end of each stretch of speech, in order, none overlapping.

    Quiet is what lies below the middle between the 5th and the 95th percentile of the level (RMS
    of 20 ms, in dB); half a second of it is a pause. A stretch longer than `longest_s` is cut
    where it is quietest in its second half. A sound as steady as a tone is one stretch; digital
    silence is none.
    """
    hop = round(_HOP_S * rate_hz)
    level = _level(samples, hop)
    loud = level > 20 * np.log10(_SILENCE)
    if not loud.any():
        return []
    low, high = np.percentile(level[loud], [5, 95])
    if high - low > _STEADY_DB:
        loud &= level > (low + high) / 2
    margin, longest = round(_MARGIN_S / _HOP_S), int(longest_s / _HOP_S)
    stretches = []
    for first, end in _joined(loud):
        first, end = max(0, first - margin), min(len(level), end + margin)
        stretches += list(_cut(level, first, end, longest))
    return [(first * hop, min(end * hop, len(samples))) for first, end in stretches]


def _level(samples: Array, hop: int) -> NDArray[np.float64]:
    """The level in dB of each hop; the last may be short."""
    squares = np.add.reduceat(np.square(samples, dtype=np.float64), range(0, len(samples), hop))
    counts = np.full(len(squares), hop)
    counts[-1] = len(samples) - hop * (len(squares) - 1)
    level: NDArray[np.float64] = 10 * np.log10(squares / counts + _SILENCE**2 / 10)
    return level


def _joined(loud: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Runs of what is loud; those with less than a pause between them are one."""
    places = np.flatnonzero(loud)
    gaps = np.flatnonzero(np.diff(places) > _PAUSE_S / _HOP_S)
    firsts = [places[0], *places[gaps + 1]]
    ends = [*places[gaps], places[-1]]
    for first, last in zip(firsts, ends, strict=True):
        yield int(first), int(last) + 1


def _cut(
    level: NDArray[np.float64], first: int, end: int, longest: int
) -> Iterator[tuple[int, int]]:
    """A stretch in pieces of at most `longest` hops."""
    bounds = [first]
    while end - bounds[-1] > longest:
        middle = bounds[-1] + longest // 2
        smooth = np.convolve(level[middle : bounds[-1] + longest], np.ones(5) / 5, "same")
        bounds.append(middle + int(smooth[2:-2].argmin()) + 2)
    yield from pairwise([*bounds, end])
