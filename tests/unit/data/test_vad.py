"""Voice activity detection: bursts of noise between silences, split where they are too long."""

from itertools import pairwise

import numpy as np
import pytest

from resound.arrays import Array
from resound.data.vad import find_speech

RATE = 16000


def recording(*segments: tuple[float, float]) -> Array:
    """Return white noise in segments of the given durations (in seconds) and levels."""
    random = np.random.default_rng(0)
    noise = [level * random.standard_normal(int(s * RATE)) for s, level in segments]
    return np.concatenate(noise).astype(np.float32)


def speech_seconds(samples: Array, max_s: float = 30) -> list[tuple[float, float]]:
    return [(first / RATE, end / RATE) for first, end in find_speech(samples, RATE, max_s)]


@pytest.mark.parametrize("level", [0.0, 0.001, 0.05])
def test_pauses_separate_segments(level: float) -> None:
    samples = recording((1, level), (2, 0.5), (1, level), (1.5, 0.3), (0.7, level))
    segments = speech_seconds(samples)
    assert np.allclose(segments, [(0.85, 3.15), (3.85, 5.65)], atol=0.05)


def test_a_short_gap_is_not_a_pause() -> None:
    samples = recording((0.6, 0.001), (1, 0.5), (0.3, 0.001), (1, 0.5), (0.6, 0.001))
    assert np.allclose(speech_seconds(samples), [(0.45, 3.05)], atol=0.05)


def test_long_speech_is_split_where_it_is_quietest() -> None:
    samples = recording((1, 0), (2.4, 0.5), (0.2, 0.1), (2.4, 0.5), (1, 0))
    segments = speech_seconds(samples, max_s=3)
    assert all(end - first <= 3 for first, end in segments)
    assert segments[0][1] == pytest.approx(3.5, abs=0.12)  # in the quiet section
    assert segments[0][1] == segments[1][0] and len(segments) == 2


@pytest.mark.parametrize("seconds", [95, 31.7, 60.02])
def test_segments_cover_steady_sound_in_order(seconds: float) -> None:
    samples = recording((seconds, 0.3))
    segments = find_speech(samples, RATE, 30)
    assert segments[0][0] == 0 and segments[-1][1] == len(samples)
    assert all(one[1] == other[0] for one, other in pairwise(segments))
    assert all(0 < end - first <= 30 * RATE for first, end in segments)


def test_silence_is_not_speech() -> None:
    assert find_speech(np.zeros(5 * RATE, np.float32), RATE, 30) == []
    assert find_speech(np.zeros(7, np.float32), RATE, 30) == []
    assert find_speech(np.full(7, 0.1, np.float32), RATE, 30) == [(0, 7)]
