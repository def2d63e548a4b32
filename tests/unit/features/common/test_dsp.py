"""Parts of the mel spectrum: each against librosa, SciPy or a closed form."""

import librosa
import numpy as np
import pytest
import scipy.signal

from resound.features.common import dsp
from resound.features.common.dsp import Framing
from resound.features.common.mel import decibels, mel_filters, mel_spectra, power

FRAMINGS = {
    "16 kHz": Framing(),
    "odd frame": Framing(rate_hz=22050, frame_ms=25, hop_ms=10),
    "2048/512": Framing(rate_hz=22050, frame_ms=92.88, hop_ms=23.22),
    "44.1 kHz": Framing(rate_hz=44100, frame_ms=25, hop_ms=10),
    "gaps between frames": Framing(rate_hz=8000, frame_ms=20, hop_ms=50),
    "odd frame and hop": Framing(rate_hz=8000, frame_ms=12.625, hop_ms=4.125),
}


@pytest.fixture(params=FRAMINGS.values(), ids=FRAMINGS)
def framing(request: pytest.FixtureRequest) -> Framing:
    return request.param


def clips_of(framing: Framing) -> list[np.ndarray]:
    """Return noise of lengths around a hop and a frame, among them a single sample."""
    hop, frame = framing.hop, framing.n_fft
    lengths = [1, 2, hop - 1, hop, hop + 1, frame // 2, frame, frame + 1, 9 * hop, 40 * hop + 7]
    rng = np.random.default_rng(0)
    return [rng.uniform(-1, 1, length).astype(np.float32) for length in lengths]


def test_milliseconds_are_rounded_to_samples() -> None:
    sizes = {name: (framing.n_fft, framing.hop) for name, framing in FRAMINGS.items()}
    assert sizes == {
        "16 kHz": (400, 160),
        "odd frame": (551, 220),
        "2048/512": (2048, 512),
        "44.1 kHz": (1102, 441),
        "gaps between frames": (160, 400),
        "odd frame and hop": (101, 33),
    }


def test_the_number_of_frames_is_that_of_librosa(framing: Framing) -> None:
    for length in range(framing.n_fft, framing.n_fft + 3 * framing.hop):
        spectrum = librosa.stft(np.zeros(length), n_fft=framing.n_fft, hop_length=framing.hop)
        assert framing.frames(length) == spectrum.shape[1]


@pytest.mark.filterwarnings("ignore:n_fft=.* is too large", "ignore:Empty filters")
def test_mel_power_equals_librosa(framing: Framing) -> None:
    clips = clips_of(framing)
    mel, offsets = mel_spectra(clips, framing, 24)
    assert offsets[0] == 0 and offsets[-1] == len(mel)
    for clip, start, end in zip(clips, offsets[:-1], offsets[1:], strict=True):
        expected = librosa.feature.melspectrogram(
            y=clip, sr=framing.rate_hz, n_fft=framing.n_fft, hop_length=framing.hop, n_mels=24
        ).T
        assert mel[start:end].shape == expected.shape
        np.testing.assert_allclose(mel[start:end], expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("n_fft", [2, 101, 400, 551, 2048])
def test_window_is_the_periodic_hann(n_fft: int) -> None:
    expected = scipy.signal.get_window("hann", n_fft, fftbins=True)
    np.testing.assert_allclose(dsp.hann_window(n_fft), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("rate_hz", "n_fft", "mels"),
    [(16000, 400, 24), (16000, 400, 40), (22050, 551, 13), (22050, 2048, 128), (44100, 1102, 40)],
)
def test_mel_filters_equal_librosa(rate_hz: int, n_fft: int, mels: int) -> None:
    expected = librosa.filters.mel(sr=rate_hz, n_fft=n_fft, n_mels=mels).T
    np.testing.assert_allclose(mel_filters(rate_hz, n_fft, mels), expected, atol=1e-7)


def test_power_is_the_squared_magnitude() -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((3, 5)) + 1j * rng.standard_normal((3, 5))
    np.testing.assert_allclose(power(values), np.abs(values) ** 2, rtol=1e-6)


def test_decibels_equal_librosa_clip_by_clip() -> None:
    rng = np.random.default_rng(0)
    loud = rng.uniform(size=(4, 6)) ** 40 * 1e5
    clips = [loud, loud * 1e-12, np.zeros((1, 6)), np.full((2, 6), 1e-9), loud[:1]]
    clips = [clip.astype(np.float32) for clip in clips]
    offsets = np.cumsum([0, *map(len, clips)])
    levels = decibels(np.concatenate(clips), offsets)
    expected = np.concatenate([librosa.power_to_db(clip, ref=1.0, top_db=80) for clip in clips])
    np.testing.assert_allclose(levels, expected, atol=1e-4)
