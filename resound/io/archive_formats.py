"""Archives that cannot be unpacked here, with what to do, and the names in zip archives."""

import re
import struct
import zipfile
from pathlib import Path

from resound.errors import UserError

_UNPACK = "unpack it with {}, and name the folder as a source: `{{folder: ...}}`"
_SIGNATURES = (
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive: " + _UNPACK.format("`7z x`")),
    (b"Rar!\x1a\x07", "it is a rar archive: " + _UNPACK.format("`unrar x` or `7z x`")),
    (b"\x28\xb5\x2f\xfd", "it is compressed with Zstandard: " + _UNPACK.format("`tar --zstd -xf`")),
    (
        b"version https://git-lfs",
        "it is a Git LFS pointer, not the archive: run `git lfs pull` where it comes from",
    ),
)
_ENCRYPTED, _IS_UTF8 = 0x1, 0x800
"""Bits of a member's flags (APPNOTE.TXT 4.4.4)."""
_METHODS = {
    9: "Deflate64",
    93: "Zstandard",
    95: "XZ",
    98: "PPMd",
}
_UNICODE_PATH = 0x7075
"""The extra field with the name in UTF-8 (APPNOTE.TXT 4.6.9)."""
_GB2312 = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])+")


class UnsupportedArchive(UserError):
    """An archive that another program has to unpack; the message says what to do."""


def check_supported(archive: Path) -> None:
    """Raise UnsupportedArchive for an archive that another program has to unpack."""
    with archive.open("rb") as file:
        start = file.read(32)
    for signature, reason in _SIGNATURES:
        if start.startswith(signature):
            raise UnsupportedArchive(reason)
    if not zipfile.is_zipfile(archive):
        return
    try:
        members = zipfile.ZipFile(archive).infolist()
    except zipfile.BadZipFile as error:
        if "multiple disks" in str(error):
            what = "it is one of several parts: join them with `zip -s 0 FIRST.zip --out WHOLE.zip`"
            raise UnsupportedArchive(what) from error
        raise
    for member in members:
        if member.flag_bits & _ENCRYPTED:
            raise UnsupportedArchive("it is encrypted: " + _UNPACK.format("its password"))
        if method := _METHODS.get(member.compress_type):
            raise UnsupportedArchive(f"it is compressed with {method}: " + _UNPACK.format("`7z x`"))


def correct_names(bundle: zipfile.ZipFile) -> None:
    """Correct the names of members: their encoding, if the archive does not state it, and `\\`."""
    for member in bundle.infolist():
        member.filename = _decode_name(member).replace("\\", "/")


def _decode_name(member: zipfile.ZipInfo) -> str:
    """Return the name of a member, which old programs write in the encoding of their machine.

    It is UTF-8 or GBK if its bytes are valid as such, and code page 437 otherwise.
    """
    if member.flag_bits & _IS_UTF8 or member.filename.isascii():
        return member.filename
    if stated := _read_unicode_path(member.extra):
        return stated
    raw = member.filename.encode("cp437")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030") if _GB2312.fullmatch(raw) else member.filename


def _read_unicode_path(extra: bytes) -> str | None:
    offset = 0
    while offset + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, offset)
        if kind == _UNICODE_PATH and size > 5:
            return extra[offset + 9 : offset + 4 + size].decode("utf-8", errors="replace")
        offset += 4 + size
    return None
