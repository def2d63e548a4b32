"""MPEG audio (mp3, mp2, mp1): the frames of a file, counted by their headers.

Format: ISO/IEC 11172-3 and 13818-3; for the header with the number of frames, the Xing and LAME
tags as LAME writes them.
"""

import re
from dataclasses import dataclass

from resound.data.decoding.errors import UnreadableClip, truncated

_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""By version: 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5."""
_KBPS = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bit rates by 1 for MPEG 1 or 2 for later versions, and by layer."""
_TAGS = re.compile(rb"TAG|APETAGEX|LYRICSBEGIN|\0+\Z")
"""What may follow the last frame: tags, or zeros that fill the file up."""


@dataclass(frozen=True)
class _Frame:
    """The header of a frame."""

    size: int
    samples: int
    rate_hz: int
    layer: int
    side_bytes: int
    """Bytes between the header and the main data."""


@dataclass(frozen=True)
class Stream:
    """The MPEG frames of a file."""

    audio: bytes
    """The frames to decode."""
    samples: int
    """The number of samples (per channel) to which they decode."""


def find_stream(data: bytes) -> Stream | None:
    """Return the frames in a file of MPEG audio, or None for other files.

    Raises UnreadableClip if the file is truncated or damaged: bytes between frames are no frames,
    or there are fewer frames than the header states.
    """
    start = _skip_id3(data, 0)
    first = _parse_header(data, start)
    if first is None or not _is_followed(data, start, first):
        return None
    stated, padding = _read_tag(data[start : start + first.size], first)
    audio_start = start + first.size if stated is not None else start
    frames, end = _walk(data, audio_start, first)
    if stated is not None and frames < stated:
        raise truncated(stated, frames, "MPEG frames")
    if stated is None and end < len(data) and not data[end]:
        raise UnreadableClip(f"is truncated: from byte {end} on it contains only zeros")
    samples = frames * first.samples
    # A tag that counts fewer frames than there are belongs to a part of the file.
    if stated == frames and padding is not None:
        return Stream(data[start:end], samples - padding)
    return Stream(data[audio_start:end], samples)


def _skip_id3(data: bytes, offset: int) -> int:
    """Return the offset after ID3v2 tags and the zeros that may follow them."""
    while data[offset : offset + 3] == b"ID3" and offset + 10 <= len(data):
        a, b, c, d = (byte & 0x7F for byte in data[offset + 6 : offset + 10])
        footer = 10 if data[offset + 5] & 0x10 else 0
        offset += 10 + (a << 21 | b << 14 | c << 7 | d) + footer
        while offset < len(data) and data[offset] == 0:
            offset += 1
    return offset


def _parse_header(data: bytes, offset: int) -> _Frame | None:
    """Return the header at `offset`, or None if there is none."""
    if offset + 4 > len(data):
        return None
    word = int.from_bytes(data[offset : offset + 4])
    version, layer = word >> 19 & 3, 4 - (word >> 17 & 3)
    bitrate, rate = word >> 12 & 15, word >> 10 & 3
    if word >> 21 != 0x7FF or version == 1 or layer == 4 or rate == 3 or not 0 < bitrate < 15:
        return None
    is_first = version == 3
    rate_hz = _RATES_HZ[version][rate]
    bits = 1000 * _KBPS[1 if is_first else 2, layer][bitrate - 1]
    padded, is_mono = word >> 9 & 1, word >> 6 & 3 == 3
    if layer == 1:
        size, samples = 4 * (12 * bits // rate_hz + padded), 384
    else:
        samples = 1152 if is_first or layer == 2 else 576
        size = samples // 8 * bits // rate_hz + padded
    side_bytes = (17 if is_mono else 32) if is_first else (9 if is_mono else 17)
    return _Frame(size, samples, rate_hz, layer, side_bytes)


def _is_followed(data: bytes, offset: int, frame: _Frame) -> bool:
    """Return whether another frame or the end of the file follows a frame."""
    after = offset + frame.size
    return _parse_header(data, after) is not None or after >= len(data) or _is_end(data, after)


def _is_end(data: bytes, offset: int) -> bool:
    return _TAGS.match(data, offset) is not None


def _walk(data: bytes, offset: int, first: _Frame) -> tuple[int, int]:
    """Return the number of frames from `offset` on, and where they end."""
    frames = 0
    while offset < len(data) and not _is_end(data, offset):
        if data[offset : offset + 3] == b"ID3":  # of a file that was appended
            offset = _skip_id3(data, offset)
            continue
        frame = _parse_header(data, offset)
        if offset + 4 > len(data):
            raise UnreadableClip("is truncated: it ends in the header of an MPEG frame")
        if frame is None:
            raise UnreadableClip(f"is damaged: there is no MPEG frame at byte {offset}")
        if (frame.rate_hz, frame.layer) != (first.rate_hz, first.layer):
            raise UnreadableClip(f"is damaged: its encoding changes at byte {offset}")
        if offset + frame.size > len(data):
            end = offset + frame.size
            raise UnreadableClip(
                f"is truncated: its last MPEG frame ends at byte {end}, the file at {len(data)}"
            )
        frames += 1
        offset += frame.size
    return frames, offset


def _read_tag(frame: bytes, header: _Frame) -> tuple[int | None, int | None]:
    """Return the number of frames in a Xing or VBRI tag, and the padding in a LAME tag.

    The padding is the number of samples that decoders leave out at the start and the end.
    """
    if frame[36:40] == b"VBRI" and len(frame) >= 54:
        return int.from_bytes(frame[50:54]), None
    tag = 4 + header.side_bytes
    if frame[tag : tag + 4] not in (b"Xing", b"Info"):
        return None, None
    flags = int.from_bytes(frame[tag + 4 : tag + 8])
    frames = int.from_bytes(frame[tag + 8 : tag + 12]) if flags & 1 else None
    # After the number of frames and of bytes, the table of positions, and the quality.
    lame = tag + 8 + 4 * (flags & 1) + 4 * (flags >> 1 & 1) + 100 * (flags >> 2 & 1)
    lame += 4 * (flags >> 3 & 1)
    packed = int.from_bytes(frame[lame + 21 : lame + 24])
    has_lame = frame[lame : lame + 4] in (b"LAME", b"Lavf", b"Lavc") and lame + 24 <= len(frame)
    return frames, (packed >> 12) + (packed & 0xFFF) if has_lame else None
