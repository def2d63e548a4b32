"""The sizes that the headers of containers state, and the bytes that files contain.

Formats: RIFF (WAVE, AVI), RF64 and Wave64 (EBU Tech 3306, Sony), AIFF, AU, NIST SPHERE, CAF
(Apple), MPEG-4 (ISO/IEC 14496-12), ASF (Microsoft), and Matroska (RFC 9559).
"""

import math
import re
import struct
from collections.abc import Iterator

from resound.data.decoding.errors import UnreadableClip

_UNKNOWN = 0x7FFF0000
"""Programs that write through a pipe do not know the size in advance: they state 0 or this much."""
_ASF = bytes.fromhex("3026b275")
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_W64_SUFFIX = bytes.fromhex("f3acd3118cd100c04f8edb8a")
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_NOTHING_FOLLOWS = (b"NIST", b".snd")
"""Formats in which the samples are the last."""
_NIST_HEADER = 1024
_MPEG4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


def find_missing(data: bytes) -> tuple[int, int] | None:
    """Return the stated and the present number of bytes of an incomplete file, None for others.

    The numbers are those of the samples, where a container tells them from the rest.
    """
    measure = _measure_mpeg4 if data[4:8] in _MPEG4_BOXES else _MEASURES.get(data[:4])
    sizes = measure(data) if measure else None
    return sizes if sizes and sizes[1] < sizes[0] else None


def check_end(data: bytes) -> None:
    """Raise UnreadableClip if more samples follow those that the headers state.

    In a WAVE file that is so if its outer header includes what follows, which is no chunk.
    """
    if data[:4] in _NOTHING_FOLLOWS:
        sizes = _MEASURES[data[:4]](data)
        if sizes and sizes[0] < sizes[1]:
            raise _too_much(*sizes)
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        _check_end_of_wave(data)


def _check_end_of_wave(data: bytes) -> None:
    (outer,) = struct.unpack_from("<I", data, 4)
    samples = 0
    for name, start, size in find_chunks(data, "<"):
        if samples and not (name.strip().isalnum() and start + size <= len(data)):
            if abs(outer + 8 - len(data)) <= 1:
                raise _too_much(samples, len(data) - (start - 8) + samples)
            return
        if name == b"data":
            samples = 0 if is_unknown(size) else size


def _too_much(stated: int, present: int) -> UnreadableClip:
    return UnreadableClip(
        f"is damaged: its headers state {stated} bytes of samples, it contains {present}"
    )


def fill_in_size(data: bytes) -> bytes:
    """Return a WAVE or AU file with the size of its samples, if its header states 0."""
    if data[:4] == b".snd" and data[8:12] == bytes(4):
        return data[:8] + b"\xff" * 4 + data[12:]
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        for name, start, size in find_chunks(data, "<"):
            if name == b"data" and size == 0:
                return data[: start - 4] + struct.pack("<I", len(data) - start) + data[start:]
    return data


def find_chunks(data: bytes, order: str, offset: int = 12) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name of each chunk of a RIFF or AIFF file, where its content starts, and its size.

    `order` is that of the bytes in a size: `<` or `>`.
    """
    while offset + 8 <= len(data):
        name, size = struct.unpack_from(f"{order}4sI", data, offset)
        yield name, offset + 8, size
        offset += 8 + size + size % 2


def is_unknown(size: int) -> bool:
    """Return whether a stated size of 32 bits means that the writer did not know it."""
    return size == 0 or size >= _UNKNOWN


def _measure_riff(data: bytes) -> tuple[int, int] | None:
    order = "<" if data[:4] == b"RIFF" else ">"
    if data[8:12] == b"WAVE":
        for name, start, size in find_chunks(data, order):
            if name == b"data":
                return None if is_unknown(size) else (size, len(data) - start)
    if len(data) < 8:
        return None
    (size,) = struct.unpack_from(f"{order}I", data, 4)
    # Some writers leave out the byte that pads a chunk of odd size.
    return None if is_unknown(size) else (size + 8 - size % 2, len(data))


def _measure_rf64(data: bytes) -> tuple[int, int] | None:
    stated = None
    for name, start, size in find_chunks(data, "<"):
        if name == b"ds64" and start + 16 <= len(data):
            _, stated = struct.unpack_from("<QQ", data, start)
        elif name == b"data":
            return (stated if size == 2**32 - 1 and stated else size), len(data) - start
    return None


def _measure_wave64(data: bytes) -> tuple[int, int] | None:
    offset = 40  # after the identifier, the size and the kind of the file
    while offset + 24 <= len(data):
        name, suffix, size = struct.unpack_from("<4s12sQ", data, offset)
        if (name, suffix) == (b"data", _W64_SUFFIX):
            return size - 24, len(data) - offset - 24
        if size < 24:
            return None
        offset += size + -size % 8
    return None


def _measure_aiff(data: bytes) -> tuple[int, int] | None:
    for name, start, size in find_chunks(data, ">"):
        if name == b"SSND":
            return None if is_unknown(size) else (size - 8, len(data) - start - 8)
    return None


def _measure_au(data: bytes) -> tuple[int, int] | None:
    if len(data) < 24:
        return None
    start, size = struct.unpack_from(">II", data, 4)
    return None if is_unknown(size) else (size, len(data) - start)


def _measure_caf(data: bytes) -> tuple[int, int] | None:
    offset = 8
    while offset + 12 <= len(data):
        name, size = struct.unpack_from(">4sq", data, offset)
        if name == b"data":
            return None if size < 0 else (size, len(data) - offset - 12)
        if size < 0:
            return None
        offset += 12 + size
    return None


def _measure_nist(data: bytes) -> tuple[int, int] | None:
    """Read the text header of a SPHERE file, as on the discs of TIMIT."""
    header = data[:_NIST_HEADER].decode("latin-1")
    fields = dict(re.findall(r"^(\w+) -i (\d+)", header, re.MULTILINE))
    start = header.split("\n")[1:2]
    names = ("sample_count", "channel_count", "sample_n_bytes")
    is_compressed = "shorten" in header
    if is_compressed or not all(name in fields for name in names):
        return None
    if not (start and start[0].strip().isdigit()):
        return None
    return math.prod(int(fields[name]) for name in names), len(data) - int(start[0])


def _measure_mpeg4(data: bytes) -> tuple[int, int] | None:
    """Compare the end of the last box with that of the file."""
    offset = 0
    while offset + 8 <= len(data):
        (size,) = struct.unpack_from(">I", data, offset)
        if size == 1 and offset + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, offset + 8)
        if size < 8:  # the last box may have the size 0: up to the end
            return None
        offset += size
    return offset, len(data)


def _measure_asf(data: bytes) -> tuple[int, int] | None:
    found = data.find(_ASF_FILE_PROPERTIES, 0, 2**16)
    if found < 0 or found + 92 > len(data):
        return None
    (size,) = struct.unpack_from("<Q", data, found + 40)
    (flags,) = struct.unpack_from("<I", data, found + 88)
    return None if flags & 1 else (size, len(data))  # a broadcast has no size


def _measure_matroska(data: bytes) -> tuple[int, int] | None:
    found = data.find(_SEGMENT, 0, 2**12)
    if found < 0 or found + 12 > len(data) or not data[found + 4]:
        return None
    first = data[found + 4]
    width = 9 - first.bit_length()
    size = int.from_bytes(data[found + 4 : found + 4 + width]) & (2 ** (7 * width) - 1)
    is_streamed = size == 2 ** (7 * width) - 1
    return None if is_streamed else (found + 4 + width + size, len(data))


_MEASURES = {
    b"RIFF": _measure_riff,
    b"RIFX": _measure_riff,
    b"RF64": _measure_rf64,
    b"BW64": _measure_rf64,
    b"riff": _measure_wave64,
    b"FORM": _measure_aiff,
    b".snd": _measure_au,
    b"caff": _measure_caf,
    b"NIST": _measure_nist,
    _EBML: _measure_matroska,
    _ASF: _measure_asf,
}
"""By the first four bytes: a function that returns the stated and the present number of bytes."""
