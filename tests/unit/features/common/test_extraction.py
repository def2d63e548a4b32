"""Extraction over a pool: the same bytes however it is spread, whole files or none."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import librosa
import numpy as np
import pytest
import soundfile

from resound.data.clips import Clip
from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.features import logmel, mel_image, mfcc, spectral
from resound.features.common import extraction
from resound.features.common.extraction import extract

Write = Callable[..., Path]

DELTAS = mfcc.Settings(kind="mfcc", deltas=2)
MEAN = mfcc.Settings(kind="mfcc", pool="mean")
LOGMEL = logmel.Settings(kind="logmel")
SPECTRAL = spectral.Settings(kind="spectral")
IMAGE = mel_image.Settings(kind="mel_image", mels=40, size=32)
CONFIGURATIONS = [DELTAS, MEAN, LOGMEL, SPECTRAL, IMAGE]
POOLS = [("none", 1), ("none", 2), ("process", 1), ("process", 2), ("thread", 1), ("thread", 2)]

# With blocks of a second: two clips, one longer than a block, one alone, two more.
SECONDS_AND_RATES = [
    (0.6, 16000),
    (0.5, 8000),
    (2.5, 22050),
    (1.0, 16000),
    (0.2, 44100),
    (0.3, 16000),
]
DONE_AFTER_EACH_BLOCK = [2, 3, 4, 6]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "_BLOCK_SECONDS", 1.0)


@pytest.fixture
def clips(tmp_path: Path, write_clip: Write) -> list[Clip]:
    made = []
    for n, (seconds, rate_hz) in enumerate(SECONDS_AND_RATES):
        path = write_clip(tmp_path / "data" / f"{n}.wav", seconds, rate_hz, seed=n)
        made.append(Clip(path, soundfile.info(path).frames, rate_hz))
    return made


def made_in(
    folder: Path, clips: list[Clip], configuration: object, *spread: object
) -> dict[str, bytes]:
    """The bytes of all that extraction leaves in `folder`."""
    extract(clips, configuration, folder / "matrix.npy", folder / "offsets.npy", *spread)
    return contents(folder)


def opened(folder: Path, clips: list[Clip], configuration: object, *spread: object) -> Features:
    """The features that extraction leaves in `folder`."""
    matrix, offsets = folder / "matrix.npy", folder / "offsets.npy"
    extract(clips, configuration, matrix, offsets, *spread)
    return Features.open(matrix, offsets)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(("pool", "workers"), POOLS)
def test_bytes_do_not_depend_on_pool(
    tmp_path: Path, clips: list[Clip], pool: str, workers: int
) -> None:
    for n, configuration in enumerate(CONFIGURATIONS):
        alone = made_in(tmp_path / f"alone_{n}", clips, configuration, "none", 1)
        assert set(alone) == {"matrix.npy", "offsets.npy"}
        assert made_in(tmp_path / f"spread_{n}", clips, configuration, pool, workers) == alone


def test_each_clip_has_its_own_rows(tmp_path: Path, clips: list[Clip]) -> None:
    features = opened(tmp_path, clips, DELTAS, "process", 2)
    assert isinstance(features.matrix, np.memmap)
    assert (features.matrix.dtype, features.offsets.dtype) == (np.float32, np.int64)
    assert features.matrix.shape == (features.offsets[-1], 36)
    assert features.offsets.shape == (len(clips) + 1,)
    for n, clip in enumerate(clips):
        samples, _ = librosa.load(clip.path, sr=16000, res_type="soxr_hq")
        right = librosa.feature.mfcc(
            y=samples, sr=16000, n_mfcc=12, n_mels=24, n_fft=400, hop_length=160
        ).T
        assert features.lengths(np.array([n])).tolist() == [len(right)]
        np.testing.assert_allclose(features.clip(n)[:, :12], right, rtol=0, atol=1e-4)


def test_pooled_clips_have_one_row_each(tmp_path: Path, clips: list[Clip]) -> None:
    features = opened(tmp_path, clips, MEAN)
    assert features.offsets.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert len({row.tobytes() for row in features.matrix}) == len(clips)


@pytest.mark.parametrize(("pool", "workers"), [("none", 1), ("process", 2), ("thread", 2)])
def test_progress_counts_clips(tmp_path: Path, clips: list[Clip], pool: str, workers: int) -> None:
    told: list[int] = []
    opened(tmp_path, clips, MEAN, pool, workers, told.append)
    assert told == DONE_AFTER_EACH_BLOCK


def vanished(path: Path) -> None:
    path.unlink()


def garbled(path: Path) -> None:
    path.write_text("no recording")


def shortened(path: Path) -> None:
    samples, rate_hz = soundfile.read(path)
    soundfile.write(path, samples[:-100], rate_hz)


@pytest.mark.parametrize(("pool", "workers"), [("none", 1), ("process", 2), ("thread", 2)])
@pytest.mark.parametrize("change", [vanished, garbled, shortened])
def test_changed_recording_stops_and_leaves_what_was_there(
    tmp_path: Path, clips: list[Clip], change: Callable[[Path], None], pool: str, workers: int
) -> None:
    folder = tmp_path / "features"
    before = made_in(folder, clips, DELTAS)
    change(clips[3].path)
    with pytest.raises(UserError, match=r"3\.wav is not what it was .* index anew"):
        made_in(folder, clips, LOGMEL, pool, workers)
    assert contents(folder) == before


def test_a_piece_has_the_features_of_its_samples(
    tmp_path: Path, clips: list[Clip], write_clip: Write
) -> None:
    samples, rate_hz = soundfile.read(clips[2].path, dtype="float32")
    alone = write_clip(tmp_path / "alone.wav", samples[2205:11025], rate_hz, subtype="FLOAT")
    piece = Clip(clips[2].path, 8820, rate_hz, 2205)
    features = opened(tmp_path, [clips[0], piece, Clip(alone, 8820, rate_hz)], DELTAS)
    np.testing.assert_allclose(features.clip(1), features.clip(2), rtol=0, atol=1e-5)


def test_a_piece_that_is_no_longer_there_stops(tmp_path: Path, clips: list[Clip]) -> None:
    with pytest.raises(UserError, match=r"its length differs"):
        opened(tmp_path, [Clip(clips[0].path, 8000, 16000, 9000)], DELTAS)


def test_kinds_are_modules() -> None:
    assert extraction.kind_module(SimpleNamespace(kind="mfcc")) is mfcc
    assert extraction.kind_module(LOGMEL) is logmel
