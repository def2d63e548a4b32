"""Spectral means and mel images: equal to librosa, and to scikit-image's resizing."""

import librosa
import numpy as np
import pytest
import skimage.transform

from resound.arrays import Array
from resound.features import mel_image, spectral

RATE = 16000
MEANS = spectral.Settings(kind="spectral", rate_hz=RATE, frame_ms=128, hop_ms=32)
FRAMINGS = {
    "2048/512": MEANS,
    "400/160": spectral.Settings(kind="spectral", rate_hz=RATE),
    "odd frame": spectral.Settings(kind="spectral", rate_hz=RATE, frame_ms=12.625, hop_ms=4.125),
    "odd hop": spectral.Settings(kind="spectral", rate_hz=RATE, frame_ms=25, hop_ms=9.9375),
    "gaps between frames": spectral.Settings(kind="spectral", rate_hz=RATE, frame_ms=20, hop_ms=50),
}


def make_clips() -> list[Array]:
    """Return clips of varying length: noise, a tone, silence, an offset, a few samples."""
    random = np.random.default_rng(0)
    noise = random.standard_normal(16000) * 0.1
    tone = np.sin(2 * np.pi * 440 * np.arange(9001) / RATE)
    clips = [noise, tone, np.zeros(5000), np.abs(noise) + 0.01, -np.abs(tone) - 0.01, noise[:300]]
    return [clip.astype(np.float32) for clip in clips]


@pytest.mark.parametrize("configuration", FRAMINGS.values(), ids=FRAMINGS)
def test_means_equal_those_of_librosa(configuration: spectral.Settings) -> None:
    n_fft, hop = configuration.n_fft, configuration.hop
    rows = spectral.extract(configuration, make_clips())
    for row, clip in zip(rows, make_clips(), strict=True):
        centroid = librosa.feature.spectral_centroid(y=clip, sr=RATE, n_fft=n_fft, hop_length=hop)
        crossings = librosa.feature.zero_crossing_rate(clip, frame_length=n_fft, hop_length=hop)
        energy = librosa.feature.rms(y=clip, frame_length=n_fft, hop_length=hop)
        assert row[0] == pytest.approx(centroid.mean(), rel=1e-5, abs=1e-3)
        assert row[1] == pytest.approx(crossings.mean(), abs=1e-6)
        assert row[2] == pytest.approx(energy.mean(), abs=1e-6)


@pytest.mark.parametrize("configuration", FRAMINGS.values(), ids=FRAMINGS)
def test_means_do_not_depend_on_other_clips(configuration: spectral.Settings) -> None:
    together = spectral.extract(configuration, make_clips())
    alone = np.concatenate([spectral.extract(configuration, [clip]) for clip in make_clips()])
    np.testing.assert_allclose(together, alone, rtol=1e-6)


def test_images_do_not_depend_on_other_clips() -> None:
    configuration = mel_image.Settings(kind="mel_image", mels=40, size=32)
    together = mel_image.extract(configuration, make_clips())
    alone = np.concatenate([mel_image.extract(configuration, [clip]) for clip in make_clips()])
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 3.0, 7.3])
@pytest.mark.parametrize("size", [32, 128])
def test_images_equal_those_of_librosa_and_scikit_image(seconds: float, size: int) -> None:
    rate = 22050
    configuration = mel_image.Settings(
        kind="mel_image", rate_hz=rate, frame_ms=92.88, hop_ms=23.22, mels=128, size=size
    )
    random = np.random.default_rng(int(10 * seconds))
    loud = np.linspace(0.001, 1, int(rate * seconds))
    clip = (random.standard_normal(len(loud)) * loud).astype(np.float32)
    mel = librosa.feature.melspectrogram(y=clip, sr=rate, n_fft=2048, hop_length=512, n_mels=128)
    levels = librosa.power_to_db(mel, ref=np.max)
    expected = skimage.transform.resize(levels, (size, size), anti_aliasing=True)
    np.testing.assert_allclose(mel_image.extract(configuration, [clip]), expected, atol=1e-4)


def test_all_images_have_the_same_size() -> None:
    configuration = mel_image.Settings(kind="mel_image", size=24)
    assert mel_image.extract(configuration, make_clips()).shape == (6 * 24, 24)
    assert {configuration.rows(len(clip)) for clip in make_clips()} == {24}
