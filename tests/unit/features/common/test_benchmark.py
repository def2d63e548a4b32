"""Timings: every way gives the same features, and the figures follow from the seconds."""

from collections.abc import Callable
from pathlib import Path

import pytest

from resound.data.clips import Clip
from resound.features import logmel, mel_image, mfcc, spectral
from resound.features.common.benchmark import measure

CONFIGURATIONS = [
    mfcc.Settings(kind="mfcc", deltas=1, normalise=True),
    logmel.Settings(kind="logmel"),
    mel_image.Settings(kind="mel_image", size=16),
    spectral.Settings(kind="spectral"),
]


@pytest.mark.parametrize(
    "configuration", CONFIGURATIONS, ids=lambda configuration: configuration.kind
)
def test_every_way_gives_the_same(
    tmp_path: Path, write_clip: Callable[..., Path], configuration: object
) -> None:
    paths = [write_clip(tmp_path / f"{n}.wav", 0.5, seed=n) for n in range(3)]
    clips = [Clip(path, 8000, 16000) for path in paths] + [Clip(paths[0], 4000, 16000, 2000)]
    told: list[str] = []
    ways = measure(clips, configuration, 2, 1, told.append)
    assert [way["workers"] for way in ways] == [1, 2, 2, 1, 2, 2]
    assert [way["ours"] for way in ways] == [False] * 3 + [True] * 3
    assert max(way["difference"] for way in ways) < 1e-4
    for way in ways:
        assert way["clips_per_second"] == pytest.approx(4 / way["seconds"])
        assert way["ratio"] == pytest.approx(ways[0]["seconds"] / way["seconds"])
    assert len(told) == 6
