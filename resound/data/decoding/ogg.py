"""Ogg files (RFC 3533): every page is checked, and the samples are counted by positions."""

import struct
import zlib
from dataclasses import dataclass, field

from resound.data.decoding.errors import UnreadableClip

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_OPUS_RATE_HZ = 48000


@dataclass
class _Stream:
    """A logical stream in an Ogg file."""

    first: bytes
    """Its first packet, which says what it is."""
    page: int = -1
    """The number of the last page."""
    positions: list[int] = field(default_factory=list)
    is_ended: bool = False


def count_samples(data: bytes) -> tuple[int, int] | None:
    """Return the number of samples (per channel) of a Vorbis or Opus file, and their rate in Hz.

    Return None for files that are not Ogg, and for other codecs. Raises UnreadableClip if a page is
    damaged or missing, or if there are several streams, of which decoders read only one.
    """
    if data[:4] != b"OggS":
        return None
    streams = _read_pages(data)
    if len(streams) > 1:
        raise UnreadableClip(f"contains {len(streams)} Ogg streams: make a file of each")
    (stream,) = streams.values()
    if stream.first[:7] == b"\x01vorbis" and len(stream.first) >= 16:
        return stream.positions[-1], int.from_bytes(stream.first[12:16], "little")
    if stream.first[:8] == b"OpusHead" and len(stream.first) >= 12:
        skipped = int.from_bytes(stream.first[10:12], "little")
        return stream.positions[-1] - skipped, _OPUS_RATE_HZ
    return None


def _read_pages(data: bytes) -> dict[int, _Stream]:
    """Return the logical streams by their serial numbers."""
    streams: dict[int, _Stream] = {}
    offset = 0
    while offset < len(data):
        content, end = _find_page(data, offset)
        flags, position, serial, number, crc = struct.unpack_from("<5xBqIII", data, offset)
        page = data[offset : offset + 22] + bytes(4) + data[offset + 26 : end]
        if _checksum(page) != crc:
            raise UnreadableClip(f"is damaged: the checksum of its page at byte {offset} differs")
        if flags & 2:
            streams[serial] = _Stream(data[content:end])
        stream = streams.get(serial)
        if stream is None or number != stream.page + 1:
            raise UnreadableClip(f"is damaged: pages are missing before byte {offset}")
        stream.page, stream.is_ended = number, bool(flags & 4)
        stream.positions += [position] if position >= 0 else []
        offset = end
    if not all(stream.is_ended and stream.positions for stream in streams.values()):
        raise UnreadableClip("is truncated: its last page is not marked as the end")
    return streams


def _find_page(data: bytes, offset: int) -> tuple[int, int]:
    """Return where the content of a page starts and ends."""
    if data[offset : offset + 4] != b"OggS":
        if not data[offset:].strip(b"\0"):
            raise UnreadableClip(f"is truncated: from byte {offset} on it contains only zeros")
        raise UnreadableClip(f"is damaged: there is no Ogg page at byte {offset}")
    segments = data[offset + 26] if offset + 27 <= len(data) else 255
    content = offset + 27 + segments
    end = content + sum(data[offset + 27 : content])
    if end > len(data):
        raise UnreadableClip(f"is truncated: its last page, at byte {offset}, is not complete")
    return content, end


def _checksum(page: bytes) -> int:
    """Return the CRC of a page: that of zlib with the bits in the other order, from 0."""
    crc = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{crc:032b}"[::-1], 2)
