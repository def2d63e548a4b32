"""Archives for other programs, with what to do; and the names in zip archives."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from resound.errors import UserError
from resound.io.archive_formats import UnsupportedArchive
from resound.io.archives import check_archive, unpack
from tests.helpers.demo import contents


def zipped(name: bytes, is_utf8: bool = False, extra: bytes = b"") -> bytes:
    """Return a zip archive with a member whose name has these bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        member = zipfile.ZipInfo("x" * len(name))
        member.extra = extra
        bundle.writestr(member, b"content")
    data = out.getvalue().replace(b"x" * len(name), name)
    if is_utf8:
        data = data.replace(b"PK\x03\x04\x14\0\0\0", b"PK\x03\x04\x14\0\0\x08")
        data = data.replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\0\x08")
    return data


def with_header(data: bytes, offset: int, value: int) -> bytes:
    """Return a zip archive with two bytes changed in both headers of its member.

    `offset` is that in the local header; the central one has two bytes more before it.
    """
    changed = bytearray(data)
    struct.pack_into("<H", changed, offset, value)
    struct.pack_into("<H", changed, data.index(b"PK\x01\x02") + offset + 2, value)
    return bytes(changed)


@pytest.mark.parametrize(
    ("name", "is_utf8", "unpacked"),
    [
        ("caf\u00e9.wav".encode("cp437"), False, "caf\u00e9.wav"),  # Windows' own zip
        ("سلام.wav".encode(), False, "سلام.wav"),  # UTF-8 without the flag: macOS
        ("سلام.wav".encode(), True, "سلام.wav"),
        ("普通话.wav".encode("gbk"), False, "普通话.wav"),
        (b"a\\b\\1.wav", False, "a/b/1.wav"),
        (b"plain.wav", False, "plain.wav"),
    ],
)
def test_names_of_members(tmp_path: Path, name: bytes, is_utf8: bool, unpacked: str) -> None:
    (tmp_path / "a.zip").write_bytes(zipped(name, is_utf8))
    unpack(tmp_path / "a.zip", tmp_path / "out")
    assert contents(tmp_path / "out") == {unpacked: b"content"}


def test_the_name_in_an_extra_field(tmp_path: Path) -> None:
    name = "سلام.wav".encode()
    extra = struct.pack("<HHBI", 0x7075, 5 + len(name), 1, 0) + name
    (tmp_path / "a.zip").write_bytes(zipped(b"\x9c\x9d.wav", extra=extra))
    unpack(tmp_path / "a.zip", tmp_path / "out")
    assert list(contents(tmp_path / "out")) == ["سلام.wav"]


def test_backslashes_do_not_lead_outside(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped(b"..\\..\\evil.wav"))
    with pytest.raises(UserError, match="leads outside"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


PLAIN = zipped(b"a.wav")


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "a 7z archive: unpack it with `7z x`"),
        (b"Rar!\x1a\x07\x01\0" + bytes(50), "a rar archive: unpack it with `unrar x`"),
        (b"\x28\xb5\x2f\xfd" + bytes(50), "Zstandard: unpack it with `tar --zstd -xf`"),
        (with_header(PLAIN, 6, 1), "is encrypted: unpack it with its password"),
        (with_header(PLAIN, 8, 9), "Deflate64: unpack it with `7z x`"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
    ],
)
def test_archives_for_other_programs(tmp_path: Path, data: bytes, advice: str) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(data)
    with pytest.raises(UnsupportedArchive, match=advice):
        check_archive(archive)
    with pytest.raises(UserError, match=advice) as caught:
        unpack(archive, tmp_path / "out")
    assert "download it again" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [archive]


def test_an_archive_for_another_program_in_an_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as bundle:
        bundle.writestr("female.rar", b"Rar!\x1a\x07\x01\0" + bytes(50))
    with pytest.raises(UserError, match="a rar archive"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
