"""Sizes in headers: known, unknown, too large, and too small."""

import io
import struct

import numpy as np
import pytest
import soundfile

from resound.data.decoding.decode import decode
from resound.data.decoding.errors import UnreadableClip

SAMPLES = np.arange(-1000, 1000, dtype=np.int16)
BYTES = SAMPLES.tobytes()


def make_wave(
    outer: int | None = None, size: int | None = None, rest: bytes = b"", bits: int = 16
) -> bytes:
    """Return a WAVE file with these sizes in its headers; the right ones by default."""
    data = struct.pack("<4sI", b"data", len(BYTES) if size is None else size) + BYTES
    header = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000 * bits // 8, bits // 8, bits)
    content = b"WAVE" + header + data + rest
    return struct.pack("<4sI", b"RIFF", len(content) if outer is None else outer) + content


@pytest.mark.parametrize(
    ("outer", "size"),
    [
        (0, 0),  # written by a program that was stopped
        (0x7FFFF024, 0x7FFFF000),  # sox
        (0x80000024, 0x80000000),  # arecord
        (0xFFFFFFFF, 0xFFFFFFFF),  # FFmpeg
    ],
)
@pytest.mark.parametrize("bits", [8, 16])
def test_unknown_sizes_mean_up_to_the_end(outer: int, size: int, bits: int) -> None:
    frames, rate_hz = decode(make_wave(outer, size, bits=bits))
    assert (len(frames), rate_hz) == (len(BYTES) * 8 // bits, 8000)
    if bits == 16:
        np.testing.assert_array_equal(frames, SAMPLES / np.float32(2**15))


@pytest.mark.parametrize("outer", [10, 36 + len(BYTES) + 1000])
def test_the_outer_size_does_not_matter(outer: int) -> None:
    assert len(decode(make_wave(outer))[0]) == len(SAMPLES)


def test_what_follows_the_samples_is_ignored() -> None:
    chunk = b"LIST\x04\0\0\0INFO"
    for rest, outer in ((chunk, None), (b"TAG" + bytes(125), 36 + len(BYTES))):
        assert len(decode(make_wave(outer, rest=rest))[0]) == len(SAMPLES)


def test_a_size_that_leaves_samples_out() -> None:
    with pytest.raises(UnreadableClip) as caught:
        decode(make_wave(size=1000))
    assert str(caught.value) == (
        "is damaged: its headers state 1000 bytes of samples, it contains 4000"
    )


def test_both_numbers_of_a_truncated_file() -> None:
    with pytest.raises(UnreadableClip) as caught:
        decode(make_wave()[:-1000])
    assert str(caught.value) == "is truncated: its headers state 4000 bytes, it contains 3000"


def test_rates_that_no_recording_has() -> None:
    for rate_hz in (0, 1, 2_000_000_000):
        data = bytearray(make_wave())
        data[24:28] = struct.pack("<I", rate_hz)
        with pytest.raises(UnreadableClip, match=r"sampling rate|cannot be read|damaged"):
            decode(bytes(data))


def test_a_header_of_more_samples_than_memory_holds() -> None:
    file = io.BytesIO()
    soundfile.write(file, SAMPLES, 8000, format="FLAC")
    data = bytearray(file.getvalue())
    data[21:26] = b"\x7f" + b"\xff" * 4  # the number of samples, in STREAMINFO
    with pytest.raises(UnreadableClip, match="truncated"):
        decode(bytes(data))


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0])
def test_au_files_through_a_pipe(size: int) -> None:
    header = struct.pack(">4sIIIII", b".snd", 24, size, 3, 8000, 1)
    frames, _ = decode(header + SAMPLES.astype(">i2").tobytes())
    np.testing.assert_array_equal(frames, SAMPLES / np.float32(2**15))


def test_formats_of_which_the_end_is_not_known() -> None:
    file = io.BytesIO()
    soundfile.write(file, SAMPLES, 8000, format="PVF")
    with pytest.raises(UnreadableClip, match="of which a missing end cannot be found"):
        decode(file.getvalue())


def test_more_samples_than_stated_where_nothing_follows_them() -> None:
    header = struct.pack(">4sIIIII", b".snd", 24, 1000, 3, 8000, 1)
    with pytest.raises(UnreadableClip, match="state 1000 bytes of samples, it contains 4000"):
        decode(header + SAMPLES.astype(">i2").tobytes())
