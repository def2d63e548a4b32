"""Whisper's features against the extractor of transformers, which is their definition."""

import numpy as np
import pytest

from resound.arrays import Array
from resound.features import whisper


@pytest.fixture(scope="module")
def clips() -> list[Array]:
    random = np.random.default_rng(0)
    speechlike = [np.cumsum(random.standard_normal(n)) for n in (1600, 16000, 33333, 47960, 48000)]
    loud_then_silent = np.concatenate([random.standard_normal(8000), np.zeros(20000)])
    longer_than_the_window = random.standard_normal(60000)
    waves = [*speechlike, loud_then_silent, longer_than_the_window]
    return [(wave / np.abs(wave).max() / 2).astype(np.float32) for wave in waves]


@pytest.mark.parametrize(("mels", "hop_ms"), [(80, 10), (128, 10), (40, 20)])
def test_features_equal_those_of_transformers(clips: list[Array], mels: int, hop_ms: float) -> None:
    transformers = pytest.importorskip("transformers")
    configuration = whisper.Settings(kind="whisper", mels=mels, hop_ms=hop_ms, window_s=3)
    extractor = transformers.WhisperFeatureExtractor(
        feature_size=mels, chunk_length=3, hop_length=configuration.hop
    )
    rows = whisper.extract(configuration, clips)
    ends = np.cumsum([configuration.rows(len(clip)) for clip in clips])
    assert len(rows) == ends[-1]
    for clip, own_rows in zip(clips, np.split(rows, ends[:-1])):
        expected = extractor(clip, sampling_rate=16000).input_features[0]
        image = whisper.padded(own_rows, configuration.frames)
        assert image.shape == expected.shape == (mels, configuration.frames)
        # The extractor rounds to single precision, which matters far below the loudest bin.
        assert np.abs(image - expected).max() < 1e-3
        assert np.abs(image - expected).mean() < 1e-6


def test_librosa_gives_the_same_features(clips: list[Array]) -> None:
    configuration = whisper.Settings(kind="whisper", mels=80, window_s=3)
    for clip in clips:
        by_librosa = whisper.by_librosa(configuration, clip)
        assert np.abs(whisper.extract(configuration, [clip]) - by_librosa).max() < 1e-3


def test_a_short_clip_has_few_rows() -> None:
    configuration = whisper.Settings(kind="whisper")
    assert configuration.frames == 3000
    assert configuration.rows(16000) == 102  # a second, and the frames that overlap its end
    assert configuration.rows(40 * 16000) == 3000
