"""MFCCs and log-mel frames: equal to librosa's on each clip, independent of other clips."""

import math
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np
import pytest

from resound.data import audio
from resound.features import logmel, mfcc

FeatureConfiguration = mfcc.Settings | logmel.Settings

TOLERANCE = 1e-4

MFCC = {"kind": "mfcc", "mels": 24, "coefficients": 12}
CONFIGURATIONS: dict[str, FeatureConfiguration] = {
    "mfcc": mfcc.Settings(**MFCC),
    "mfcc and delta": mfcc.Settings(**MFCC, deltas=1),
    "mfcc and both deltas": mfcc.Settings(**MFCC, deltas=2),
    "mean": mfcc.Settings(**MFCC, pool="mean"),
    "mean with deltas": mfcc.Settings(**MFCC, deltas=2, pool="mean"),
    "logmel": logmel.Settings(kind="logmel", mels=40),
}
FRAMINGS = {
    "16 kHz": {"rate_hz": 16000, "frame_ms": 25, "hop_ms": 10},
    "odd frame": {"rate_hz": 22050, "frame_ms": 25, "hop_ms": 10},
    "2048/512": {"rate_hz": 22050, "frame_ms": 92.88, "hop_ms": 23.22},
    "44.1 kHz": {"rate_hz": 44100, "frame_ms": 25, "hop_ms": 10},
    "gaps between frames": {"rate_hz": 16000, "frame_ms": 25, "hop_ms": 40},
}


@pytest.fixture(params=CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def configuration(request: pytest.FixtureRequest) -> FeatureConfiguration:
    return request.param


def shortest(configuration: FeatureConfiguration) -> int:
    """Return the number of samples of the shortest clip of nine frames."""
    return 8 * configuration.hop + configuration.n_fft % 2


def make_clips(configuration: FeatureConfiguration) -> dict[str, np.ndarray]:
    rng, hop = np.random.default_rng(0), configuration.hop
    lengths = [shortest(configuration) + more for more in (0, 1)]
    lengths += [20 * hop + more for more in (-1, 0, 1)] + [3 * configuration.rate_hz]
    clips = {f"{n} samples": rng.uniform(-0.5, 0.5, n) for n in lengths}
    seconds = np.arange(configuration.rate_hz) / configuration.rate_hz
    clips |= {
        "silence": np.zeros(configuration.rate_hz),
        "full scale": rng.choice([-1.0, 1.0], configuration.rate_hz),
        "tone": np.sin(2 * np.pi * 440 * seconds),
        "very quiet": 1e-5 * rng.standard_normal(configuration.rate_hz),
        "half silent": np.where(seconds < 0.5, 0, rng.uniform(-1, 1, configuration.rate_hz)),
        "click": (np.arange(configuration.rate_hz) == 4321).astype(float),
    }
    return {name: clip.astype(np.float32) for name, clip in clips.items()}


def rows(configuration: FeatureConfiguration, clips: list[np.ndarray]) -> list[np.ndarray]:
    """Return the features of each clip of a batch."""
    module = logmel if isinstance(configuration, logmel.Settings) else mfcc
    bounds = np.cumsum([configuration.rows(len(clip)) for clip in clips])
    features = module.extract(configuration, clips)
    assert features.dtype == np.float32
    assert features.shape == (bounds[-1], configuration.width)
    return np.split(features, bounds[:-1])


def by_librosa(configuration: FeatureConfiguration, clip: np.ndarray) -> np.ndarray:
    """Return the features of one clip by their definition in librosa."""
    framing = {
        "n_fft": configuration.n_fft,
        "hop_length": configuration.hop,
        "n_mels": configuration.mels,
    }
    if isinstance(configuration, logmel.Settings):
        power = librosa.feature.melspectrogram(y=clip, sr=configuration.rate_hz, **framing)
        return librosa.power_to_db(power, ref=1.0, top_db=80).T
    coefficients = librosa.feature.mfcc(
        y=clip, sr=configuration.rate_hz, n_mfcc=configuration.coefficients, **framing
    )
    orders = range(1, configuration.deltas + 1)
    deltas = [librosa.feature.delta(coefficients, order=order) for order in orders]
    stacked = np.concatenate([coefficients, *deltas]).T
    if configuration.pool == "mean":
        return stacked.mean(axis=0, keepdims=True, dtype=np.float64)
    return stacked


def assert_equal_to_librosa(
    configuration: FeatureConfiguration, clips: dict[str, np.ndarray]
) -> None:
    for (name, clip), features in zip(
        clips.items(), rows(configuration, list(clips.values())), strict=True
    ):
        expected = by_librosa(configuration, clip)
        np.testing.assert_allclose(features, expected, rtol=0, atol=TOLERANCE, err_msg=name)


def test_features_equal_librosa(configuration: FeatureConfiguration) -> None:
    assert_equal_to_librosa(configuration, make_clips(configuration))


@pytest.mark.parametrize("framing", FRAMINGS.values(), ids=FRAMINGS)
def test_any_framing_equals_librosa(framing: dict[str, float]) -> None:
    for configuration in (
        mfcc.Settings(**MFCC, **framing, deltas=2),
        logmel.Settings(kind="logmel", mels=40, **framing),
    ):
        assert_equal_to_librosa(configuration, make_clips(configuration))


@pytest.mark.parametrize("deltas", [0, 2])
def test_pooled_statistics_are_those_of_the_frames(deltas: int) -> None:
    frames = mfcc.Settings(**MFCC, deltas=deltas)
    clips = list(make_clips(frames).values())
    tables = [by_librosa(frames, clip).astype(float) for clip in clips]
    expected = {
        "mean": [table.mean(axis=0) for table in tables],
        "variance": [((table - table.mean(axis=0)) ** 2).mean(axis=0) for table in tables],
        "median": [np.quantile(table, 0.5, axis=0) for table in tables],
        "min": [np.sort(table, axis=0)[0] for table in tables],
        "max": [np.sort(table, axis=0)[-1] for table in tables],
    }
    pooled = {
        name: np.concatenate(rows(mfcc.Settings(**MFCC, deltas=deltas, pool=name), clips))
        for name in (*expected, "stats")
    }
    for name, values in expected.items():
        np.testing.assert_allclose(pooled[name], values, rtol=1e-5, atol=1e-4, err_msg=name)
    together = np.concatenate([pooled[name] for name in expected], axis=1)
    assert pooled["stats"].tolist() == together.tolist()


@pytest.mark.parametrize("pool", ["mean", "stats"])
def test_normalised_frames_are_not_pooled(pool: str) -> None:
    assert "drop it, or `pool`" in str(mfcc.Settings(**MFCC, pool=pool, normalise=True).problem())


def test_logmel_accepts_a_clip_of_one_sample() -> None:
    configuration = logmel.Settings(kind="logmel", mels=40)
    assert rows(configuration, [np.ones(1, np.float32)])[0].shape == (1, 40)


def test_clips_do_not_depend_on_their_batch(configuration: FeatureConfiguration) -> None:
    clips = list(make_clips(configuration).values())
    together = rows(configuration, clips)
    reverse = rows(configuration, clips[::-1])[::-1]
    for n, clip in enumerate(clips):
        (alone,) = rows(configuration, [clip])
        np.testing.assert_allclose(alone, together[n], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(alone, reverse[n], rtol=1e-6, atol=1e-6)


def test_loud_neighbouring_clips_do_not_leak() -> None:
    configuration = logmel.Settings(kind="logmel", rate_hz=22050, mels=40)
    loud = np.ones(configuration.rate_hz // 2, np.float32)
    for length in range(8 * configuration.hop, 9 * configuration.hop, 7):
        _, silent, _ = rows(configuration, [loud, np.zeros(length, np.float32), loud])
        assert (silent == -100).all()


@pytest.mark.parametrize("framing", FRAMINGS.values(), ids=FRAMINGS)
def test_shortest_clip_for_deltas_has_nine_frames(framing: dict[str, float]) -> None:
    configuration = mfcc.Settings(**MFCC, **framing, deltas=2)
    samples = math.ceil(configuration.least_seconds * configuration.rate_hz - 1e-9)
    assert configuration.frames(samples) == 9
    assert configuration.frames(samples - 2) == 8


def test_configurations_without_deltas_accept_any_clip() -> None:
    for configuration in (mfcc.Settings(**MFCC), logmel.Settings(kind="logmel")):
        assert configuration.least_seconds * configuration.rate_hz <= 1


def test_width_counts_coefficients_and_deltas() -> None:
    assert [configuration.width for configuration in CONFIGURATIONS.values()] == [
        12,
        24,
        36,
        12,
        36,
        40,
    ]
    assert [configuration.pooled for configuration in CONFIGURATIONS.values()] == [0, 0, 0, 1, 1, 0]


def test_dct_is_orthonormal() -> None:
    n, k = np.arange(24)[:, None], np.arange(12)
    expected = np.sqrt(2 / 24) * np.cos(np.pi * (n + 0.5) * k / 24)
    expected[:, 0] /= np.sqrt(2)
    np.testing.assert_allclose(mfcc.dct_matrix(24, 12), expected, atol=1e-12)


def test_more_coefficients_than_filters_are_a_problem() -> None:
    assert "mel filters, not 8" in str(mfcc.Settings(kind="mfcc", mels=8).problem())
    assert mfcc.Settings(kind="mfcc", mels=12).problem() is None


@pytest.mark.parametrize(("corpus", "count"), [("audiomnist_az", 40), ("gtzan", 3)])
def test_real_recordings_equal_librosa(
    corpus: str, count: int, real_clips: Callable[[str, int], list[Path]]
) -> None:
    paths = real_clips(corpus, count)
    for framing in (FRAMINGS["16 kHz"], FRAMINGS["odd frame"]):
        configuration = mfcc.Settings(**MFCC, **framing, deltas=2)
        clips = {
            p.name: audio.read(p, configuration.rate_hz)[0][: 5 * configuration.rate_hz]
            for p in paths
        }
        assert_equal_to_librosa(configuration, clips)
        assert_equal_to_librosa(logmel.Settings(kind="logmel", **framing), clips)
