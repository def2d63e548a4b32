"""MPEG frames: counted by their headers, with tags, with too few and too many."""

import io

import numpy as np
import pytest

from resound.data.decoding.decode import decode
from resound.data.decoding.errors import UnreadableClip
from resound.data.decoding.mpeg import find_stream
from tests.inputs.audio_files import WRITERS, by_ffmpeg

ID3V2 = b"ID3\x04\0\0\0\0\x01\x10" + bytes(144)
ID3V1 = b"TAG" + bytes(125)


@pytest.fixture(scope="module")
def tagged() -> bytes:
    """An mp3 with a Xing tag, without an ID3 tag."""
    return WRITERS["mp3 lame"]()


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 22050, 32000, 44100, 48000])
@pytest.mark.parametrize("codec", ["mp2", "libmp3lame"])
def test_samples_are_counted_at_every_rate(codec: str, rate_hz: int) -> None:
    if codec == "mp2" and rate_hz in (8000, 11025):
        pytest.skip("its encoder has no such rate")
    data = by_ffmpeg("mp3" if codec == "libmp3lame" else "mp2", codec, rate_hz)()
    stream = find_stream(data)
    assert stream is not None
    assert stream.samples == len(decode(data)[0])


def test_tags_around_the_frames(tagged: bytes) -> None:
    whole = decode(tagged)[0]
    np.testing.assert_array_equal(decode(ID3V2 + tagged + ID3V1)[0], whole)
    np.testing.assert_array_equal(decode(tagged + bytes(64))[0], whole)


def test_zeros_instead_of_the_last_frames() -> None:
    data = WRITERS["mp3 without a tag"]()
    with pytest.raises(UnreadableClip, match="only zeros"):
        decode(data[:-2000] + bytes(2000))


def test_a_tag_that_counts_more_frames_than_there_are(tagged: bytes) -> None:
    stream = find_stream(tagged)
    assert stream is not None
    start = tagged.index(stream.audio[:8])
    # The tag's own frame, and then the frames after the first ten.
    tag = tagged.index(b"Info") if b"Info" in tagged else tagged.index(b"Xing")
    frames = int.from_bytes(tagged[tag + 8 : tag + 12])
    more = tagged[: tag + 8] + (frames + 5).to_bytes(4) + tagged[tag + 12 :]
    assert start <= tag
    with pytest.raises(UnreadableClip) as caught:
        decode(more)
    assert str(caught.value) == (
        f"is truncated: its headers state {frames + 5} MPEG frames, it contains {frames}"
    )


def test_a_tag_that_counts_fewer_frames_is_that_of_a_part(tagged: bytes) -> None:
    """Such as of two files, one after the other."""
    once, _ = decode(tagged)
    twice, _ = decode(tagged + tagged)
    assert len(twice) > 2 * len(once)


def test_bytes_between_frames(tagged: bytes) -> None:
    middle = len(tagged) // 2
    with pytest.raises(UnreadableClip, match="is damaged: there is no MPEG frame at byte"):
        decode(tagged[:middle] + b"\1\2\3" + tagged[middle:])


def test_other_files_have_no_frames() -> None:
    assert find_stream(b"") is None
    assert find_stream(io.BytesIO(b"\xff\xfb" + bytes(10)).getvalue()) is None
