"""Ogg pages: damaged, missing, chained."""

import pytest

from resound.data.decoding.decode import decode
from resound.data.decoding.errors import UnreadableClip
from resound.data.decoding.ogg import count_samples
from tests.inputs.audio_files import WRITERS, make_signal

KINDS = ("ogg vorbis", "ogg opus", "ogg opus by ffmpeg")


@pytest.mark.parametrize("kind", KINDS)
def test_samples_are_counted(kind: str) -> None:
    counted = count_samples(WRITERS[kind]())
    assert counted is not None
    samples, rate_hz = counted
    assert samples == len(make_signal(rate_hz))


@pytest.mark.parametrize("kind", KINDS)
def test_every_changed_byte_is_found(kind: str) -> None:
    data = WRITERS[kind]()
    for position in range(0, len(data), 97):
        damaged = bytearray(data)
        damaged[position] ^= 4
        with pytest.raises(UnreadableClip):
            decode(bytes(damaged))


def test_a_missing_page() -> None:
    data = WRITERS["ogg vorbis"]()
    pages = [position for position in range(len(data)) if data[position : position + 4] == b"OggS"]
    with pytest.raises(UnreadableClip, match="pages are missing before byte"):
        decode(data[: pages[1]] + data[pages[2] :])
    with pytest.raises(UnreadableClip, match="its last page is not marked as the end"):
        decode(data[: pages[-1]])


def test_chained_streams() -> None:
    data = WRITERS["ogg vorbis"]() + WRITERS["ogg opus"]()
    with pytest.raises(UnreadableClip, match="contains 2 Ogg streams"):
        decode(data)
