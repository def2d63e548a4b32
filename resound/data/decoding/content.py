"""Files under the name of a recording that contain something else."""

from resound.data.decoding.errors import UnreadableClip

_SIGNATURES = (
    (
        b"version https://git-lfs",
        "is a Git LFS pointer, not the recording: run `git lfs pull` where it comes from",
    ),
    (b"PK\x03\x04", "is a zip archive: unpack it"),
    (b"\x1f\x8b", "is compressed with gzip: unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive: unpack it"),
    (b"Rar!", "is a rar archive: unpack it"),
    (b"%PDF", "is a PDF document"),
    (b"\x89PNG", "is a PNG image"),
    (b"\xff\xd8\xff\xe0", "is a JPEG image"),
    (b"#!AMR-WB+", "is in the format AMR-WB+, which is not supported: convert it"),
)
_PAGES = (b"<!doctype", b"<html", b"<?xml", b"<head")
_PROBE = 512


def check_content(data: bytes) -> None:
    """Raise UnreadableClip if `data` is empty or known not to be a recording."""
    if not data:
        raise UnreadableClip("is an empty file")
    for signature, reason in _SIGNATURES:
        if data.startswith(signature):
            raise UnreadableClip(reason)
    if data[:_PROBE].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGES):
        raise UnreadableClip("is a web page, not a recording: download it again")
    if not data[:_PROBE].strip(b"\0") and not data.strip(b"\0"):
        raise UnreadableClip("contains only zero bytes: it was not copied or downloaded completely")
