"""Shards: any number of them gives the same bytes for the features of a corpus."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import soundfile

from resound.data.clips import Clip
from resound.features import mfcc
from resound.features.common.extraction import extract
from resound.features.common.shards import merge, shard_of

CONFIGURATION = mfcc.Settings(kind="mfcc")
SECONDS = [0.6, 0.5, 2.5, 1.0, 0.2, 0.3, 0.4]


@pytest.fixture
def clips(tmp_path: Path, write_clip: Callable[..., Path]) -> list[Clip]:
    paths = [
        write_clip(tmp_path / "data" / f"{n}.wav", seconds, 16000, seed=n)
        for n, seconds in enumerate(SECONDS)
    ]
    return [Clip(path, soundfile.info(path).frames, 16000) for path in paths]


def merged_files(folder: Path, clips: list[Clip], shards: int) -> list[bytes]:
    """Return the bytes of matrix and offsets of a corpus, extracted in `shards` shards."""
    names = [[folder / f"{n}.{array}.npy" for n in range(shards)] for array in ("rows", "offsets")]
    for n, (rows, offsets) in enumerate(zip(*names, strict=True), 1):
        extract(shard_of(clips, n, shards), CONFIGURATION, rows, offsets)
    merged = [folder / "matrix.npy", folder / "offsets.npy"]
    merge(*names, *merged)
    return [path.read_bytes() for path in merged]


@pytest.mark.parametrize("shards", [1, 2, 3, 5, 20])
def test_features_do_not_depend_on_the_number_of_shards(
    tmp_path: Path, clips: list[Clip], shards: int
) -> None:
    """20 shards of 7 clips: some are empty."""
    whole = [tmp_path / "matrix.npy", tmp_path / "offsets.npy"]
    extract(clips, CONFIGURATION, *whole)
    assert merged_files(tmp_path / "shards", clips, shards) == [path.read_bytes() for path in whole]


@pytest.mark.parametrize("shards", [1, 2, 3, 7, 20])
def test_every_clip_is_in_one_shard_in_order(shards: int) -> None:
    random = np.random.default_rng(shards)
    lengths = random.integers(1, 10_000, 200)
    clips = [Clip(Path(f"{n}.wav"), int(length), 8000) for n, length in enumerate(lengths)]
    parts = [shard_of(clips, n, shards) for n in range(1, shards + 1)]
    assert [clip for part in parts for clip in part] == clips
    # No shard differs from the mean duration by more than the longest clip.
    samples = [sum(clip.samples for clip in part) for part in parts]
    assert max(abs(n - lengths.sum() / shards) for n in samples) <= lengths.max()


def test_merged_features_are_complete_or_absent(
    tmp_path: Path, clips: list[Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, offsets = tmp_path / "1.npy", tmp_path / "1.offsets.npy"
    extract(clips, CONFIGURATION, rows, offsets)
    merged = tmp_path / "merged"
    merged.mkdir()
    (merged / "matrix.npy").write_bytes(b"of an earlier run")

    def copy_half(source: BinaryIO, file: BinaryIO, size: int) -> None:
        file.write(source.read(1000))
        raise OSError("no space left")

    monkeypatch.setattr(shutil, "copyfileobj", copy_half)
    with pytest.raises(OSError, match="no space"):
        merge([rows], [offsets], merged / "matrix.npy", merged / "offsets.npy")
    assert [path.name for path in merged.iterdir()] == ["matrix.npy"]
    assert (merged / "matrix.npy").read_bytes() == b"of an earlier run"
