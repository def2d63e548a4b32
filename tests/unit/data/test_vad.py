"""Where somebody speaks: bursts of noise between silences, cut where they are too long."""

from itertools import pairwise

import numpy as np
import pytest

from resound.arrays import Array
from resound.data.vad import spoken

RATE = 16000


def recording(*stretches_told: tuple[float, float]) -> Array:
    """Stretches of white noise, each of so many seconds and so loud."""
    random = np.random.default_rng(0)
    stretches = [level * random.standard_normal(int(s * RATE)) for s, level in stretches_told]
    return np.concatenate(stretches).astype(np.float32)


def in_seconds(samples: Array, longest_s: float = 30) -> list[tuple[float, float]]:
    return [(first / RATE, end / RATE) for first, end in spoken(samples, RATE, longest_s)]


@pytest.mark.parametrize("hush", [0.0, 0.001, 0.05])
def test_pauses_part_what_is_said(hush: float) -> None:
    samples = recording((1, hush), (2, 0.5), (1, hush), (1.5, 0.3), (0.7, hush))
    found = in_seconds(samples)
    assert np.allclose(found, [(0.85, 3.15), (3.85, 5.65)], atol=0.05)


def test_a_breath_is_no_pause() -> None:
    samples = recording((0.6, 0.001), (1, 0.5), (0.3, 0.001), (1, 0.5), (0.6, 0.001))
    assert np.allclose(in_seconds(samples), [(0.45, 3.05)], atol=0.05)


def test_long_speech_is_cut_where_it_is_quietest() -> None:
    samples = recording((1, 0), (2.4, 0.5), (0.2, 0.1), (2.4, 0.5), (1, 0))
    found = in_seconds(samples, longest_s=3)
    assert all(end - first <= 3 for first, end in found)
    assert found[0][1] == pytest.approx(3.5, abs=0.12)  # in the lull
    assert found[0][1] == found[1][0] and len(found) == 2


@pytest.mark.parametrize("seconds", [95, 31.7, 60.02])
def test_stretches_cover_steady_sound_in_order(seconds: float) -> None:
    samples = recording((seconds, 0.3))
    found = spoken(samples, RATE, 30)
    assert found[0][0] == 0 and found[-1][1] == len(samples)
    assert all(one[1] == two[0] for one, two in pairwise(found))
    assert all(0 < end - first <= 30 * RATE for first, end in found)


def test_silence_is_no_speech() -> None:
    assert spoken(np.zeros(5 * RATE, np.float32), RATE, 30) == []
    assert spoken(np.zeros(7, np.float32), RATE, 30) == []
    assert spoken(np.full(7, 0.1, np.float32), RATE, 30) == [(0, 7)]
