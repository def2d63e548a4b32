"""Where a recording has speech, by the voice activity detector Silero VAD.

The network is that of the package silero-vad, which contains its weights. On two voices with 10 dB
between them, and noise, a threshold of level loses words that the network keeps.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from resound.arrays import Array

RATE_HZ = 16000
"""The sampling rate of the network."""

Segment = tuple[int, int]
"""The first sample of a section of a recording, and its end."""


@cache
def _network() -> Any:
    threads = torch.get_num_threads()
    from silero_vad import load_silero_vad

    torch.set_num_threads(threads)  # the package sets one thread for all of PyTorch
    return load_silero_vad()


def find_speech(
    samples: Array, pause_s: float, margin_s: float, max_s: float = float("inf")
) -> list[Segment]:
    """Return the segments of speech of a recording at 16 kHz, in order, without overlap.

    Only silence of at least `pause_s` seconds separates two segments, or ends the last; each has a
    margin of `margin_s` before and after it. Segments longer than `max_s` seconds are split, at a
    pause if they have one.
    """
    from silero_vad import get_speech_timestamps

    if not len(samples):
        return []
    found = get_speech_timestamps(
        torch.from_numpy(np.ascontiguousarray(samples, np.float32)),
        _network(),
        sampling_rate=RATE_HZ,
        min_silence_duration_ms=round(1000 * pause_s),
        speech_pad_ms=round(1000 * margin_s),
        max_speech_duration_s=max_s,
    )
    return [(section["start"], section["end"]) for section in found]


def join_segments(
    segments: Sequence[Segment], pause_s: float, margin_s: float, samples: int
) -> list[Segment]:
    """Return segments joined across pauses shorter than `pause_s`, wider by `margin_s` seconds.

    They stay within the `samples` of the recording, and do not overlap.
    """
    joined: list[Segment] = []
    for first, end in segments:
        if joined and first - joined[-1][1] < pause_s * RATE_HZ:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    margin = round(margin_s * RATE_HZ)
    borders = [0, *((one[1] + two[0]) // 2 for one, two in pairwise(joined)), samples]
    return [
        (max(low, first - margin), min(high, end + margin))
        for (first, end), (low, high) in zip(joined, pairwise(borders))
    ]


def merge_segments(segments: Sequence[Segment], max_samples: int) -> list[Segment]:
    """Return segments joined with the next ones while they span at most `max_samples`."""
    merged: list[Segment] = []
    for first, end in segments:
        if merged and end - merged[-1][0] <= max_samples:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((first, end))
    return merged


def keep_segments(samples: Array, segments: Sequence[Segment]) -> Array:
    """Return the samples of the segments, one segment after the other."""
    return np.concatenate([samples[first:end] for first, end in segments])
