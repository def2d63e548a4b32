"""Times of segments in a recording of which only the speech was decoded."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from resound.data.vad import RATE_HZ, Segment
from resound.models.whisper.fallback import TimedText

_CERTAIN_S = 0.75
"""A segment that overlaps speech by less, and by less than half of it, is not of that speech."""


def time_in_recording(seconds: float, kept: Sequence[Segment], end: bool) -> float:
    """Return the time in the recording of a time in what `keep_segments` returns, in seconds.

    Where two of the segments that were kept meet, `end` chooses the end of the first, otherwise the
    start of the second.
    """
    ends = np.array(list(accumulate(last - first for first, last in kept))) / RATE_HZ
    at = min(int(np.searchsorted(ends, seconds, "left" if end else "right")), len(kept) - 1)
    first, last = kept[at]
    start = ends[at] - (last - first) / RATE_HZ
    return float(min(first / RATE_HZ + seconds - start, last / RATE_HZ))


def fit_to_speech(texts: Sequence[TimedText], speech: Sequence[Segment]) -> list[TimedText]:
    """Return texts that begin and end with the speech that they overlap.

    Whisper lets a segment last until the next one begins, through the pause between them. Where
    speech goes on from one segment to the next, the time between them remains Whisper's.
    """
    sections = [(first / RATE_HZ, end / RATE_HZ) for first, end in speech]
    own = [[n for n, one in enumerate(sections) if _is_of(text, one)] for text in texts]
    fitted = []
    for n, text in enumerate(texts):
        start, end = text.start, text.end
        if own[n]:
            before = own[n - 1] if n else []
            after = own[n + 1] if n + 1 < len(texts) else []
            first, last = own[n][0], own[n][-1]
            start = max(start, sections[first][0]) if first in before else sections[first][0]
            end = min(end, sections[last][1]) if last in after else sections[last][1]
        fitted.append(TimedText(round(start, 2), round(max(start, end), 2), text.text))
    return fitted


def _is_of(text: TimedText, section: tuple[float, float]) -> bool:
    overlap = min(text.end, section[1]) - max(text.start, section[0])
    return overlap >= min(_CERTAIN_S, (section[1] - section[0]) / 2)
