"""The speakers experiments against their report: librosa's call, split, scaling and classifiers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import pytest
import soundfile

from resound.config.load import read, shipped_files
from resound.features import mfcc
from resound.features.common.mel import mel_filters

RATE_HZ = 16000


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    return read(shipped_files())


@pytest.fixture(scope="module")
def faithful(shipped: dict[str, Any]) -> mfcc.Settings:
    features = shipped["experiments"]["speakers_logreg_mfcc"]["features"]
    return mfcc.Settings(**shipped["features"][features])


def voiced(pitch_hz: float, seed: int) -> np.ndarray:
    """Return a second of a buzzing source through resonances, in syllables, with noise."""
    random = np.random.default_rng(seed)
    seconds = np.arange(RATE_HZ) / RATE_HZ
    glide = pitch_hz * (1 + 0.1 * np.sin(2 * np.pi * 2 * seconds))
    buzz = sum(
        np.sin(k * 2 * np.pi * np.cumsum(glide) / RATE_HZ) / k
        for k in range(1, int(7e3 / pitch_hz))
    )
    syllables = np.clip(np.sin(2 * np.pi * 4 * seconds), 0, None)
    wave = buzz * syllables + 0.01 * random.standard_normal(RATE_HZ)
    return (0.3 * wave / np.abs(wave).max()).astype(np.float32)


def clips() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    noise = [random.uniform(-0.5, 0.5, n).astype(np.float32) for n in (16000, 15999, 12345)]
    return [*noise, voiced(110, 1), voiced(220, 2)]


def by_the_report(clip: np.ndarray) -> np.ndarray:
    """Return the means of a clip by the report's own call, without a sampling rate."""
    return librosa.feature.mfcc(y=clip, n_mfcc=13).mean(axis=1)


def test_faithful_features_equal_the_call_without_a_rate(faithful: mfcc.Settings) -> None:
    assert (faithful.n_fft, faithful.hop, faithful.rate_hz) == (2048, 512, RATE_HZ)
    expected = np.stack([by_the_report(clip) for clip in clips()])
    np.testing.assert_allclose(mfcc.extract(faithful, clips()), expected, atol=1e-4)
    for clip, row in zip(clips(), expected, strict=True):
        np.testing.assert_allclose(mfcc.by_librosa(faithful, clip)[0], row, atol=1e-4)


def test_real_clips_equal_the_call_without_a_rate(
    faithful: mfcc.Settings, real_clips: Callable[[str, int], list[Path]]
) -> None:
    clips = [
        soundfile.read(path, dtype="float32")[0]
        for path in real_clips("16000_pcm_speeches", 60)
        if path.parent.name not in ("_background_noise_", "other")
    ]
    expected = np.stack([by_the_report(clip) for clip in clips])
    np.testing.assert_allclose(mfcc.extract(faithful, clips), expected, atol=2e-4)


def test_corrected_features_have_the_filters_of_the_rate(shipped: dict[str, Any]) -> None:
    experiments = shipped["experiments"]
    for name in ("speakers_logreg_mfcc", "speakers_sgd_mfcc"):
        features = experiments[name]["corrected"]["features"]
        corrected = mfcc.Settings(**shipped["features"][features])
        assert corrected.filter_rate_hz is None
        expected = [librosa.feature.mfcc(y=c, sr=RATE_HZ, n_mfcc=13).mean(1) for c in clips()]
        np.testing.assert_allclose(mfcc.extract(corrected, clips()), expected, atol=1e-4)
        differences = np.abs(np.stack(expected) - [by_the_report(clip) for clip in clips()])
        assert differences.max() > 1


def test_the_filters_keep_their_bins_and_lose_their_frequencies() -> None:
    """A filter for 22,050 Hz is over bins that are at 16 / 22.05 of its frequency."""
    filters = mel_filters(22050, 2048, 128)
    peak = filters.argmax(axis=0)
    centres = librosa.mel_frequencies(130, fmin=0, fmax=11025)[1:-1]
    nominal, actual = peak * 22050 / 2048, peak * RATE_HZ / 2048
    np.testing.assert_allclose(nominal, centres, atol=22050 / 2048)
    np.testing.assert_allclose(actual / nominal, RATE_HZ / 22050)


def test_macro_f1_is_reported_for_each_classifier(shipped: dict[str, Any]) -> None:
    names = ("sgd_spectral", "logreg_spectral", "sgd_mfcc", "logreg_mfcc")
    reported = [shipped["experiments"][f"speakers_{name}"]["reported"] for name in names]
    assert [metrics["macro_f1"] for metrics in reported] == [0.66, 0.72, 0.97, 0.98]


def test_the_class_of_other_sounds_has_no_unknown_recordings(shipped: dict[str, Any]) -> None:
    corpus, base = (shipped["corpora"][name] for name in ("speakers_other", "speakers"))
    assert base["unknown"] == ["_background_noise_/*", "other/*"]
    assert corpus["unknown"] == [] and corpus["label_names"] == {"_background_noise_": "other"}
    assert corpus["path_pattern"] == base["path_pattern"]
