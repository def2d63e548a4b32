"""Classes of frames as segments in time, and as a Praat TextGrid."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Segment(NamedTuple):
    """A run of frames of one class; times are in seconds."""

    start: float
    end: float
    label: str


def find_segments(frames: NDArray[np.int64], classes: Sequence[str], hop_s: float) -> list[Segment]:
    """Return the runs of equal classes; frame n lasts from `n * hop_s` to `(n + 1) * hop_s`."""
    if not len(frames):
        return []
    bounds = np.flatnonzero(np.diff(frames, prepend=frames[0] - 1, append=frames[-1] - 1))
    return [
        Segment(round(int(first) * hop_s, 6), round(int(end) * hop_s, 6), classes[frames[first]])
        for first, end in pairwise(bounds)
    ]


def to_textgrid(segments: Sequence[Segment], tier: str) -> str:
    """Return segments as one interval tier in the long text format of Praat's TextGrid."""
    end = segments[-1].end if segments else 0
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {end}",
        "tiers? <exists>",
        "size = 1",
        "item []:",
        "    item [1]:",
        '        class = "IntervalTier"',
        f"        name = {_quote(tier)}",
        "        xmin = 0",
        f"        xmax = {end}",
        f"        intervals: size = {len(segments)}",
    ]
    for number, segment in enumerate(segments, 1):
        lines += [
            f"        intervals [{number}]:",
            f"            xmin = {segment.start}",
            f"            xmax = {segment.end}",
            f"            text = {_quote(segment.label)}",
        ]
    return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
