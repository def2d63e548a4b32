"""WAVE files that are decoded without libsndfile."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from resound.data.decoding.decode import decode
from resound.data.decoding.wave import read_wave


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("extra", [b"", b"LIST\x05\0\0\0abcde\0"])
def test_16_bit_waves_equal_those_of_libsndfile(
    tmp_path: Path, channels: int, extra: bytes
) -> None:
    """Cover RIFF chunks of odd size before the samples, several channels, every 16-bit value."""
    values = np.arange(-32768, 32768 - 32768 % channels).astype(np.int16)
    values = values[: len(values) // channels * channels].reshape(-1, channels)
    path = tmp_path / "a.wav"
    soundfile.write(path, values, 8000, subtype="PCM_16")
    data = path.read_bytes()
    path.write_bytes(data[:12] + extra + data[12:])
    expected, _ = soundfile.read(path, dtype="float32")
    decoded = read_wave(path.read_bytes())
    assert decoded is not None and decoded[1] == 8000
    np.testing.assert_array_equal(decoded[0], expected)


@pytest.mark.parametrize("subtype", ["PCM_24", "FLOAT", "ULAW", "PCM_U8"])
def test_other_waves_are_read_by_libsndfile(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(10), 8000, subtype=subtype)
    assert read_wave(path.read_bytes()) is None
    assert len(decode(path.read_bytes())[0]) == 10
