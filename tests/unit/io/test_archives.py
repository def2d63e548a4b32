"""Archives: nested ones, links and devices, decompression bombs, and folders of archives."""

import io
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from resound.errors import UserError
from resound.io.archives import Limits, check_archive, unpack
from tests.helpers.demo import contents

NOISE = np.random.default_rng(0).bytes(50_000)


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in files.items():
            bundle.writestr(name, data)
    return out.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as bundle:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            bundle.addfile(member, io.BytesIO(data))
    return out.getvalue()


def tar_with_member(kind: bytes, **attributes: object) -> bytes:
    """Return a tar archive with one member of a type other than a file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as bundle:
        member = tarfile.TarInfo("member")
        member.type = kind
        for name, value in attributes.items():
            setattr(member, name, value)
        bundle.addfile(member)
    return out.getvalue()


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def assert_rejected(archive: Path, message: str, **limits: Limits) -> None:
    """Check that the archive is rejected, and that no file is left behind."""
    before = set(archive.parent.rglob("*"))
    with pytest.raises(UserError, match=message) as caught:
        unpack(archive, archive.parent / "out", **limits)
    assert set(archive.parent.rglob("*")) == before
    assert str(archive) in str(caught.value)


FEMALE, MALE = {"F01A01.wav": b"one"}, {"male/M01A01.wav": b"two"}
SPOKEN = {"top/female/F01A01.wav": b"one", "top/male/M01A01.wav": b"two", "top/list.json": b"{}"}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_nested_archives_become_folders(
    tmp_path: Path, pack: Callable[[dict[str, bytes]], bytes]
) -> None:
    """One contains files, the other a folder of its own name: both become that folder."""
    inner = {"top/female.zip": zipped(FEMALE), "top/male.tar.gz": tarred(MALE)}
    archive = write(tmp_path / "a.zip", pack({**inner, "top/list.json": b"{}"}))
    unpack(archive, tmp_path / "out")
    assert contents(tmp_path / "out") == SPOKEN
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "out"]


def test_an_archive_in_an_archive_in_an_archive(tmp_path: Path) -> None:
    data = zipped({"b.zip": zipped({"c.tar": tarred({"1.wav": b"one"}, "w")})})
    unpack(write(tmp_path / "a.zip", data), tmp_path / "out")
    assert contents(tmp_path / "out") == {"b/c/1.wav": b"one"}


def test_a_folder_of_archives_and_files(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder / "top" / "female.zip", zipped(FEMALE))
    write(folder / "top" / "male.zip", zipped(MALE))
    write(folder / "top" / "list.json", b"{}")
    before = contents(folder)
    unpack(folder, tmp_path / "out")
    assert contents(tmp_path / "out") == SPOKEN
    assert contents(folder) == before
    assert (tmp_path / "out/top/list.json").samefile(folder / "top/list.json")


def test_files_that_are_not_archives_are_kept_and_reported(tmp_path: Path) -> None:
    lines: list[str] = []
    data = zipped({"notes.zip": b"hello", "book.xlsx": zipped({"x": b"1"}), "1.wav": b"one"})
    unpack(write(tmp_path / "a.zip", data), tmp_path / "out", lines.append)
    assert set(contents(tmp_path / "out")) == {"notes.zip", "book.xlsx", "1.wav"}
    assert lines == ["kept notes.zip: it is not an archive"]


def test_an_archive_next_to_its_folder_is_kept_and_reported(tmp_path: Path) -> None:
    lines: list[str] = []
    data = zipped({"b.zip": zipped({"2.wav": b"two"}), "b/1.wav": b"one"})
    unpack(write(tmp_path / "a.zip", data), tmp_path / "out", lines.append)
    assert set(contents(tmp_path / "out")) == {"b.zip", "b/1.wav"}
    assert "kept b.zip packed" in lines[0]


def test_damaged_nested_archives_are_rejected(tmp_path: Path) -> None:
    inner = bytearray(tarred({"1.wav": NOISE}))
    inner[20_000:20_010] = b"\xff" * 10
    assert_rejected(
        write(tmp_path / "a.zip", zipped({"b.tar.gz": bytes(inner)})), "cannot be unpacked"
    )


@pytest.mark.parametrize("name", ["../evil.wav", "x/../../../evil.wav", "/tmp/evil.wav"])
def test_nested_members_outside_the_folder_are_rejected(tmp_path: Path, name: str) -> None:
    inner = zipped({name: b"evil"})
    assert_rejected(write(tmp_path / "a.zip", zipped({"deep/b.zip": inner})), "outside")


def test_links_in_a_zip_are_skipped_and_reported(tmp_path: Path) -> None:
    lines: list[str] = []
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as bundle:
        for name, kind in (("link", stat.S_IFLNK), ("pipe", stat.S_IFIFO), ("1.wav", stat.S_IFREG)):
            member = zipfile.ZipInfo(name)
            member.external_attr = (kind | 0o644) << 16
            bundle.writestr(member, "/etc/hostname")
    unpack(tmp_path / "a.zip", tmp_path / "out", lines.append)
    assert set(contents(tmp_path / "out")) == {"1.wav"}
    assert lines == ["skipped 2 links or devices in a.zip"]


@pytest.mark.parametrize(
    "data",
    [
        tar_with_member(tarfile.CHRTYPE, devmajor=1, devminor=3),
        tar_with_member(tarfile.BLKTYPE),
        tar_with_member(tarfile.FIFOTYPE),
        tar_with_member(tarfile.SYMTYPE, linkname="/etc/hostname"),
        tar_with_member(tarfile.LNKTYPE, linkname="../../secret"),
    ],
    ids=["character device", "block device", "pipe", "link", "hard link"],
)
def test_devices_and_links_to_the_outside_in_a_tar_are_rejected(
    tmp_path: Path, data: bytes
) -> None:
    assert_rejected(write(tmp_path / "a.tar", data), "cannot be unpacked")


def test_links_inside_a_tar_are_kept(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as bundle:
        member = tarfile.TarInfo("1.wav")
        member.size = 3
        bundle.addfile(member, io.BytesIO(b"one"))
        link = tarfile.TarInfo("2.wav")
        link.type, link.linkname = tarfile.SYMTYPE, "1.wav"
        bundle.addfile(link)
    unpack(write(tmp_path / "a.tar", out.getvalue()), tmp_path / "out")
    assert contents(tmp_path / "out") == {"1.wav": b"one", "2.wav": b"one"}


ZEROS = bytes(2_000_000)


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("deep", [False, True], ids=["plain", "nested"])
def test_decompression_bombs_are_rejected(
    tmp_path: Path, pack: Callable[[dict[str, bytes]], bytes], deep: bool
) -> None:
    data = pack({"1.wav": ZEROS, "2.wav": ZEROS})
    archive = write(tmp_path / "a.zip", zipped({"b.zip": data}) if deep else data)
    assert_rejected(archive, "more than 1.0 MB", limits=Limits(max_bytes=10**6))
    assert_rejected(
        archive, "100 times its size", limits=Limits(max_ratio=100, always_allowed=10**6)
    )
    # Silence compresses as well, so a small amount is allowed.
    unpack(archive, tmp_path / "allowed", limits=Limits(max_ratio=100, always_allowed=10**7))


def test_a_full_disk_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=2**20))
    for name, data in (("a.zip", zipped({"1.wav": NOISE})), ("b.tgz", tarred({"1.wav": NOISE}))):
        assert_rejected(
            write(tmp_path / name, data),
            "not enough disk space .* 50.0 kB plus a margin of 268.4 MB",
        )


def test_leftovers_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    write(tmp_path / ".out.unpacking" / "old.wav", b"old")
    unpack(write(tmp_path / "a.zip", zipped(FEMALE)), tmp_path / "out")
    assert contents(tmp_path / "out") == FEMALE
    assert not (tmp_path / ".out.unpacking").exists()


@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tar.gz"])
def test_damaged_archives_fail_the_check(
    tmp_path: Path, pack: Callable[[dict[str, bytes]], bytes]
) -> None:
    data = pack({"1.wav": NOISE, "2.wav": NOISE[::-1]})
    check_archive(write(tmp_path / "whole", data))
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 1
    for n, broken in enumerate((data[: len(data) - 500], bytes(flipped), data[:-4], b"hello")):
        with pytest.raises(UserError):
            check_archive(write(tmp_path / str(n), broken))
