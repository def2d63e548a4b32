"""Recordings of each format: read as libsndfile or FFmpeg reads them; half of one is rejected."""

import numpy as np
import pytest

from resound.data.decoding.decode import decode
from resound.data.decoding.errors import UnreadableClip
from tests.inputs.audio_files import FFMPEG, LIBSNDFILE, WRITERS, make_signal
from tests.inputs.audio_oracles import read_by_ffmpeg, read_by_libsndfile

DELAYED = {"mp3 without a tag", "wav mp3", "mp2", "wma", "amr", "aac", "3gp", "mkv", "m4a"}
"""Without the codec's delay in their headers: the recording starts later."""


def as_2d(frames: np.ndarray) -> np.ndarray:
    return frames.reshape(len(frames), -1)


@pytest.mark.parametrize("kind", WRITERS)
def test_samples_equal_those_of_the_library(kind: str) -> None:
    data = WRITERS[kind]()
    frames, _ = decode(data)
    oracle = read_by_libsndfile(data) if kind in LIBSNDFILE else read_by_ffmpeg(data)
    if kind == "wav mp3":  # its header's estimate is shorter or longer than its frames
        oracle = read_by_ffmpeg(data)
    assert oracle is not None
    assert frames.dtype == np.float32
    np.testing.assert_allclose(as_2d(frames), oracle, rtol=0, atol=2e-4)


@pytest.mark.parametrize("kind", WRITERS)
def test_recordings_last_as_long_as_what_was_written(kind: str) -> None:
    frames, rate_hz = decode(WRITERS[kind]())
    written = make_signal(rate_hz, as_2d(frames).shape[1])
    if kind in {"wav IMA ADPCM", "wav GSM"}:  # whole blocks
        assert 0 <= len(frames) - len(written) < 600
    elif kind in DELAYED:
        assert -400 <= len(frames) - len(written) < 2048
    else:
        assert len(frames) == len(written)
        inner = slice(rate_hz // 10, -rate_hz // 10)
        error = as_2d(frames)[inner] - written[inner]
        assert np.sqrt(np.mean(error**2)) < 0.05


@pytest.mark.parametrize("kind", WRITERS)
def test_a_truncated_recording_is_never_read_as_a_shorter_one(kind: str) -> None:
    data = WRITERS[kind]()
    whole, rate_hz = decode(data)
    lengths = {round(fraction * len(data)) for fraction in np.linspace(0.02, 0.98, 25)}
    lengths |= {len(data) - n for n in (1, 2, 3, 5, 10, 50)}
    for length in sorted(lengths):
        try:
            frames, _ = decode(data[:length])
        except UnreadableClip as error:
            assert "truncated" in str(error) or length < 200, (length, str(error))
        else:  # what is missing is no audio, or fills up the last block
            assert len(frames) == len(whole)
            written = len(make_signal(rate_hz))
            np.testing.assert_array_equal(frames[:written], whole[:written])
            assert length > len(data) - 60


def test_every_format_is_covered() -> None:
    assert len(LIBSNDFILE) >= 20 and len(FFMPEG) >= 15
