"""Decoding of recordings: formats, channels, sampling rates, and unusable files."""

from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from resound.data import audio
from resound.data.decoding.errors import UnreadableClip

Write = Callable[..., Path]


def tone(count: int, rate_hz: int) -> np.ndarray:
    """Return two partials that every format preserves."""
    seconds = np.arange(count) / rate_hz
    wave = 0.4 * np.sin(2 * np.pi * 440 * seconds) + 0.2 * np.sin(2 * np.pi * 1100 * seconds)
    return wave.astype(np.float32)


def test_16_bit_samples_are_exact(tmp_path: Path, write_clip: Write) -> None:
    whole = np.array([0, 1, -1, 32767, -32768, 12345], np.int16)
    samples, rate_hz = audio.read(write_clip(tmp_path / "a.wav", whole, 8000))
    assert rate_hz == 8000
    assert samples.dtype == np.float32
    assert samples.tolist() == (whole / 2**15).tolist()


def test_24_bit_samples_are_exact(tmp_path: Path, write_clip: Write) -> None:
    whole = np.array([0, 1, -1, 2**23 - 1, -(2**23), 1234567], np.int32)
    path = write_clip(tmp_path / "a.wav", whole << 8, subtype="PCM_24")
    assert audio.read(path)[0].tolist() == (whole / 2**23).tolist()


@pytest.mark.parametrize(
    ("name", "options", "tolerance"),
    [
        ("a.wav", {"subtype": "FLOAT"}, 0),
        ("a.flac", {}, 2**-15),
        ("a.ogg", {"subtype": "VORBIS"}, 0.06),
        ("a.mp3", {}, 0.06),
    ],
)
def test_decoded_samples_equal_the_written_ones(
    tmp_path: Path, write_clip: Write, name: str, options: dict[str, str], tolerance: float
) -> None:
    wave = tone(16000, 16000)
    path = write_clip(tmp_path / name, wave, **options)
    samples, rate_hz = audio.read(path)
    assert (len(samples), rate_hz) == (16000, 16000)
    inner = slice(800, -800)  # lossy codecs fade at the ends
    np.testing.assert_allclose(samples[inner], wave[inner], rtol=0, atol=tolerance)
    np.testing.assert_allclose(samples, librosa.load(path, sr=None)[0], rtol=0, atol=1e-6)


def test_channels_are_averaged(tmp_path: Path, write_clip: Write) -> None:
    left, right = tone(500, 16000), np.linspace(-1, 1, 500, dtype=np.float32)
    both = np.stack([left, right], axis=1)
    samples, _ = audio.read(write_clip(tmp_path / "a.wav", both, subtype="FLOAT"))
    assert samples.shape == (500,)
    np.testing.assert_allclose(samples, (left + right) / 2, atol=1e-7)


def test_bytes_are_read_like_their_file(tmp_path: Path, write_clip: Write) -> None:
    path = write_clip(tmp_path / "a.wav", 0.1)
    samples, rate_hz = audio.read(path.read_bytes())
    assert rate_hz == 16000
    assert samples.tobytes() == audio.read(path)[0].tobytes()


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg"])
def test_a_chunk_is_a_slice(tmp_path: Path, write_clip: Write, name: str) -> None:
    path = write_clip(tmp_path / name, 0.5)
    whole, _ = audio.read(path)
    chunk, rate_hz = audio.read_chunk(path, 1000, 300)
    assert rate_hz == 16000
    np.testing.assert_array_equal(chunk, whole[1000:1300])
    with pytest.raises(UnreadableClip):
        audio.read_chunk(path, 9000, 300)


@pytest.mark.parametrize(
    ("from_hz", "to_hz"),
    [(44100, 16000), (48000, 16000), (22050, 16000), (8000, 16000), (11025, 22050), (16000, 16000)],
)
def test_resampling_equals_librosa(
    tmp_path: Path, write_clip: Write, from_hz: int, to_hz: int
) -> None:
    for count in (1, 2, 441, 4409, 4410, 4411, from_hz):
        stereo = np.random.default_rng(count).uniform(-0.5, 0.5, (count, 2))
        path = write_clip(tmp_path / f"{count}.wav", stereo, from_hz, subtype="FLOAT")
        samples, rate_hz = audio.read(path, to_hz)
        expected, _ = librosa.load(path, sr=to_hz, res_type="soxr_hq")
        assert rate_hz == to_hz
        assert len(samples) == audio.resampled_length(count, from_hz, to_hz) == len(expected)
        np.testing.assert_allclose(samples, expected, rtol=0, atol=1e-6)


def test_resampling_preserves_a_tone() -> None:
    samples = audio.resample(tone(44100, 44100), 44100, 16000)
    inner = slice(200, -200)
    np.testing.assert_allclose(samples[inner], tone(16000, 16000)[inner], atol=1e-4)


def write_text(path: Path) -> None:
    path.write_text("this is not a recording\n" * 50)


def write_nothing(path: Path) -> None:
    path.touch()


def write_half_a_header(path: Path) -> None:
    soundfile.write(path, np.zeros(100), 16000)
    path.write_bytes(path.read_bytes()[:20])


def write_no_file(path: Path) -> None:
    pass


def make_a_folder(path: Path) -> None:
    path.mkdir()


def write_no_samples(path: Path) -> None:
    soundfile.write(path, np.zeros(0), 16000)


def write_a_nan(path: Path) -> None:
    soundfile.write(path, np.array([0, np.nan, 0]), 16000, subtype="FLOAT")


def write_an_infinity(path: Path) -> None:
    soundfile.write(path, np.array([[0, np.inf], [0, 0]]), 16000, subtype="FLOAT")


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (write_text, "cannot be read: Format not recognised"),
        (write_nothing, "is an empty file"),
        (write_half_a_header, "is truncated: "),
        (write_no_file, "cannot be read: "),
        (make_a_folder, "cannot be read: "),
        (write_no_samples, "contains no samples"),
        (write_a_nan, "contains NaN or infinite samples"),
        (write_an_infinity, "contains NaN or infinite samples"),
    ],
)
def test_unusable_recordings_raise_with_a_reason(
    tmp_path: Path, write: Callable[[Path], None], reason: str
) -> None:
    path = tmp_path / "a.wav"
    write(path)
    with pytest.raises(UnreadableClip) as caught:
        audio.read(path, 8000)
    assert str(caught.value).startswith(reason)
    assert str(caught.value).strip(": ") != "cannot be read"


def test_reasons_are_equal_for_different_files() -> None:
    """Reasons are counted, so they must not contain a path or an address."""
    reasons = set()
    for _ in range(2):
        with pytest.raises(UnreadableClip) as caught:
            audio.read(b"not a recording" * 9)
        reasons.add(str(caught.value))
    assert len(reasons) == 1
    assert "0x" not in reasons.pop()
