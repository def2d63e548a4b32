"""Times of segments in a recording of which only the speech was decoded."""

import pytest

from resound.data.vad import RATE_HZ, Segment
from resound.models.whisper.fallback import TimedText
from resound.prediction.timing import fit_to_speech, time_in_recording


def samples(*seconds: tuple[float, float]) -> list[Segment]:
    return [(int(first * RATE_HZ), int(end * RATE_HZ)) for first, end in seconds]


KEPT = samples((2, 5), (10, 11), (20, 30))
"""They last 3, 1 and 10 seconds: they begin at 0, 3 and 4 in what is decoded."""


@pytest.mark.parametrize(
    ("decoded", "start", "end"),
    [(0, 2, 2), (1, 3, 3), (3, 10, 5), (3.5, 10.5, 10.5), (4, 20, 11), (14, 30, 30), (15, 30, 30)],
)
def test_times_are_those_of_the_recording(decoded: float, start: float, end: float) -> None:
    """Where two sections meet, a segment starts in the second, or ends in the first."""
    assert time_in_recording(decoded, KEPT, end=False) == pytest.approx(start)
    assert time_in_recording(decoded, KEPT, end=True) == pytest.approx(end)


def fitted(texts: list[tuple[float, float]], speech: list[Segment]) -> list[tuple[float, float]]:
    found = fit_to_speech([TimedText(*times, "a") for times in texts], speech)
    return [(text.start, text.end) for text in found]


def test_a_segment_does_not_last_through_a_pause() -> None:
    speech = samples((1, 4), (7, 9))
    assert fitted([(0.2, 7.2), (7.2, 9.5)], speech) == [(1, 4), (7, 9)]


def test_a_time_within_speech_remains() -> None:
    speech = samples((1, 6), (8, 9.5))
    assert fitted([(0.5, 3), (3, 7.5), (7.5, 10)], speech) == [(1, 3), (3, 6), (8, 9.5)]


def test_a_segment_without_speech_keeps_its_times() -> None:
    assert fitted([(1, 2), (3.0, 3.004)], []) == [(1, 2), (3, 3)]
    assert fitted([(1, 2)], samples((5, 6))) == [(1, 2)]
