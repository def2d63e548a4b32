"""Voice activity detection: synthesised sentences between silences and noise."""

from itertools import pairwise

import numpy as np
import pytest

from resound.arrays import Array
from resound.data.vad import RATE_HZ, find_speech, join_segments, keep_segments, merge_segments
from resound.demo.synthesis.phrases import synthesise_trimmed
from resound.demo.synthesis.speech import Utterance

TEXTS = ["the weather is nice today", "the child likes milk", "we read a new book"]


@pytest.fixture(scope="module")
def sentences() -> list[Array]:
    utterances = [Utterance(text, "en-us") for text in TEXTS]
    waves = synthesise_trimmed(utterances, RATE_HZ)
    return [(0.1 * wave / wave.std()).astype(np.float32) for wave in waves]


def between_pauses(waves: list[Array], pause_s: float) -> tuple[Array, list[tuple[float, float]]]:
    """Return the sentences with pauses around them, and the times of each in seconds."""
    pause = np.zeros(int(pause_s * RATE_HZ), np.float32)
    parts, times, now = [pause], [], pause_s
    for wave in waves:
        times.append((now, now + len(wave) / RATE_HZ))
        now = times[-1][1] + pause_s
        parts += [wave, pause]
    return np.concatenate(parts), times


def in_seconds(segments: list[tuple[int, int]]) -> list[tuple[float, float]]:
    return [(first / RATE_HZ, end / RATE_HZ) for first, end in segments]


@pytest.mark.parametrize("noise_db", [None, -20])
@pytest.mark.parametrize("softer_db", [0, 10])
def test_each_sentence_is_a_segment(
    sentences: list[Array], softer_db: float, noise_db: float | None
) -> None:
    """Also a softer one, and in noise: a threshold of level loses these."""
    levels = [1, 10 ** (-softer_db / 20), 1]
    waves = [level * wave for level, wave in zip(levels, sentences)]
    samples, times = between_pauses(waves, 1.5)
    if noise_db is not None:
        noise = np.random.default_rng(0).standard_normal(len(samples))
        samples = samples + (0.1 * 10 ** (noise_db / 20) * noise).astype(np.float32)
    found = in_seconds(find_speech(samples, pause_s=0.5, margin_s=0.1))
    assert np.allclose(found, times, atol=0.35)


def test_a_short_gap_is_not_a_pause(sentences: list[Array]) -> None:
    samples, times = between_pauses(sentences, 0.6)
    (one,) = in_seconds(find_speech(samples, pause_s=2, margin_s=0.1))
    # Silence at the end is no pause either.
    assert one == pytest.approx((times[0][0], times[-1][1] + 0.6), abs=0.35)


def test_long_speech_is_split(sentences: list[Array]) -> None:
    samples = np.concatenate(sentences * 3)
    found = find_speech(samples, pause_s=0.5, margin_s=0.1, max_s=3)
    assert len(found) > len(samples) / RATE_HZ / 3
    assert all(0 < end - first <= 3 * RATE_HZ for first, end in found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))
    kept = sum(end - first for first, end in found)
    assert kept > 0.9 * len(samples)


def test_silence_and_noise_are_not_speech() -> None:
    noise = np.random.default_rng(0).standard_normal(10 * RATE_HZ).astype(np.float32)
    for samples in (np.zeros(5 * RATE_HZ), np.zeros(7), np.zeros(0), 0.01 * noise, 0.3 * noise):
        assert find_speech(samples.astype(np.float32), 0.5, 0.2) == []


def test_segments_are_joined_across_short_pauses() -> None:
    second = RATE_HZ
    segments = [(second, 2 * second), (3 * second, 4 * second), (10 * second, 11 * second)]
    assert join_segments(segments, 2, 0, 12 * second) == [
        (second, 4 * second),
        (10 * second, 11 * second),
    ]
    # Margins end at the middle of a pause, and at the ends of the recording.
    assert join_segments(segments, 0.5, 1.5, 12 * second) == [
        (0, 2.5 * second),
        (2.5 * second, 5.5 * second),
        (8.5 * second, 12 * second),
    ]
    assert join_segments([], 1, 1, 100) == []


def test_segments_are_merged_while_they_fit() -> None:
    segments = [(0, 10), (15, 20), (22, 31), (40, 75), (80, 90)]
    assert merge_segments(segments, 30) == [(0, 20), (22, 31), (40, 75), (80, 90)]
    assert merge_segments(segments, 100) == [(0, 90)]
    assert merge_segments([], 10) == []


def test_kept_segments_follow_each_other() -> None:
    samples = np.arange(10, dtype=np.float32)
    assert keep_segments(samples, [(1, 3), (6, 8)]).tolist() == [1, 2, 6, 7]
