"""Extraction over a pool: the same bytes with any pool, complete files or none."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from resound.data.clips import Clip, content_digest
from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.features import logmel, mel_image, mfcc, spectral
from resound.features.common import extraction
from resound.features.common.extraction import extract
from resound.features.common.kinds import configuration_of, feature_module
from tests.helpers.demo import contents

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
    written = []
    for n, (seconds, rate_hz) in enumerate(SECONDS_AND_RATES):
        path = write_clip(tmp_path / "data" / f"{n}.wav", seconds, rate_hz, seed=n)
        written.append(Clip(path, soundfile.info(path).frames, rate_hz))
    return written


def extracted_files(
    folder: Path, clips: list[Clip], configuration: object, *pool: object
) -> dict[str, bytes]:
    """Return the bytes of all files that extraction leaves in `folder`."""
    extract(clips, configuration, folder / "matrix.npy", folder / "offsets.npy", *pool)
    return contents(folder)


def extracted_features(
    folder: Path, clips: list[Clip], configuration: object, *pool: object
) -> Features:
    """Return the features that extraction writes into `folder`."""
    matrix, offsets = folder / "matrix.npy", folder / "offsets.npy"
    extract(clips, configuration, matrix, offsets, *pool)
    return Features.open(matrix, offsets)


@pytest.mark.parametrize(("pool", "workers"), POOLS)
def test_bytes_do_not_depend_on_the_pool(
    tmp_path: Path, clips: list[Clip], pool: str, workers: int
) -> None:
    for n, configuration in enumerate(CONFIGURATIONS):
        alone = extracted_files(tmp_path / f"alone_{n}", clips, configuration, "none", 1)
        assert set(alone) == {"matrix.npy", "offsets.npy"}
        assert extracted_files(tmp_path / f"pool_{n}", clips, configuration, pool, workers) == alone


def test_each_clip_has_its_own_rows(tmp_path: Path, clips: list[Clip]) -> None:
    features = extracted_features(tmp_path, clips, DELTAS, "process", 2)
    assert isinstance(features.matrix, np.memmap)
    assert (features.matrix.dtype, features.offsets.dtype) == (np.float32, np.int64)
    assert features.matrix.shape == (features.offsets[-1], 36)
    assert features.offsets.shape == (len(clips) + 1,)
    for n, clip in enumerate(clips):
        samples, _ = librosa.load(clip.path, sr=16000, res_type="soxr_hq")
        expected = librosa.feature.mfcc(
            y=samples, sr=16000, n_mfcc=12, n_mels=24, n_fft=400, hop_length=160
        ).T
        assert features.lengths(np.array([n])).tolist() == [len(expected)]
        np.testing.assert_allclose(features.clip(n)[:, :12], expected, rtol=0, atol=1e-4)


def test_pooled_clips_have_one_row_each(tmp_path: Path, clips: list[Clip]) -> None:
    features = extracted_features(tmp_path, clips, MEAN)
    assert features.offsets.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert len({row.tobytes() for row in features.matrix}) == len(clips)


@pytest.mark.parametrize(("pool", "workers"), [("none", 1), ("process", 2), ("thread", 2)])
def test_progress_counts_clips(tmp_path: Path, clips: list[Clip], pool: str, workers: int) -> None:
    counts: list[int] = []
    extracted_features(tmp_path, clips, MEAN, pool, workers, counts.append)
    assert counts == DONE_AFTER_EACH_BLOCK


def remove(path: Path) -> None:
    path.unlink()


def overwrite(path: Path) -> None:
    path.write_text("not a recording")


def shorten(path: Path) -> None:
    samples, rate_hz = soundfile.read(path)
    soundfile.write(path, samples[:-100], rate_hz)


@pytest.mark.parametrize(("pool", "workers"), [("none", 1), ("process", 2), ("thread", 2)])
@pytest.mark.parametrize("change", [remove, overwrite, shorten])
def test_a_changed_recording_is_an_error_and_leaves_existing_files(
    tmp_path: Path, clips: list[Clip], change: Callable[[Path], None], pool: str, workers: int
) -> None:
    folder = tmp_path / "features"
    before = extracted_files(folder, clips, DELTAS)
    change(clips[3].path)
    with pytest.raises(UserError, match=r"3\.wav has changed since .* index the corpus again"):
        extracted_files(folder, clips, LOGMEL, pool, workers)
    assert contents(folder) == before


def test_another_recording_of_the_same_length_is_an_error(
    tmp_path: Path, clips: list[Clip]
) -> None:
    digests = [content_digest(clip.path.read_bytes()) for clip in clips]
    known = [replace(clip, digest=digest) for clip, digest in zip(clips, digests)]
    part = replace(known[2], start=100, samples=8000)
    extracted_files(tmp_path / "features", [*known, part], LOGMEL)
    samples, rate_hz = soundfile.read(clips[2].path)
    soundfile.write(clips[2].path, -samples, rate_hz)
    for changed in (known, [known[0], part]):
        with pytest.raises(UserError, match=r"2\.wav has changed since .* \(its content differs\)"):
            extracted_files(tmp_path / "features", changed, LOGMEL)


def test_features_that_are_not_finite_are_an_error(
    tmp_path: Path, clips: list[Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    def extract_nan(configuration: object, samples: list[np.ndarray]) -> np.ndarray:
        rows = real(configuration, samples)
        rows[-1, 0] = np.nan
        return rows

    real = logmel.extract
    monkeypatch.setattr(logmel, "extract", extract_nan)
    with pytest.raises(
        UserError, match=r"1\.wav: its features are not finite numbers: leave it out"
    ):
        extracted_files(tmp_path / "features", clips, LOGMEL)


def test_a_part_of_a_recording_has_the_features_of_its_samples(
    tmp_path: Path, clips: list[Clip], write_clip: Write
) -> None:
    samples, rate_hz = soundfile.read(clips[2].path, dtype="float32")
    alone = write_clip(tmp_path / "alone.wav", samples[2205:11025], rate_hz, subtype="FLOAT")
    part = Clip(clips[2].path, 8820, rate_hz, 2205)
    features = extracted_features(tmp_path, [clips[0], part, Clip(alone, 8820, rate_hz)], DELTAS)
    np.testing.assert_allclose(features.clip(1), features.clip(2), rtol=0, atol=1e-5)


def test_a_part_beyond_the_end_of_its_recording_is_an_error(
    tmp_path: Path, clips: list[Clip]
) -> None:
    with pytest.raises(UserError, match=r"has fewer than 17000 samples"):
        extracted_features(tmp_path, [Clip(clips[0].path, 8000, 16000, 9000)], DELTAS)


def test_kinds_are_modules() -> None:
    assert feature_module("mfcc") is mfcc
    assert feature_module(LOGMEL.kind) is logmel
    assert configuration_of({"kind": "mfcc", "deltas": 2}) == DELTAS
