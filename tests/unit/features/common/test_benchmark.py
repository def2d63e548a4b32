"""The benchmark: all methods give the same features, and speeds follow from the seconds."""

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
def test_all_methods_give_the_same_features(
    tmp_path: Path, write_clip: Callable[..., Path], configuration: object
) -> None:
    paths = [write_clip(tmp_path / f"{n}.wav", 0.5, seed=n) for n in range(3)]
    clips = [Clip(path, 8000, 16000) for path in paths] + [Clip(paths[0], 4000, 16000, 2000)]
    lines: list[str] = []
    methods = measure(clips, configuration, 2, 1, lines.append)
    assert [method["workers"] for method in methods] == [1, 2, 2, 1, 2, 2]
    assert [method["ours"] for method in methods] == [False] * 3 + [True] * 3
    assert max(method["difference"] for method in methods) < 1e-4
    for method in methods:
        assert method["clips_per_second"] == pytest.approx(4 / method["seconds"])
        assert method["ratio"] == pytest.approx(methods[0]["seconds"] / method["seconds"])
    assert len(lines) == 6
