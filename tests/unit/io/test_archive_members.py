"""Unpacking of archives: formats, members outside the folder, links, and damage."""

import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from resound.errors import UserError
from resound.io.archives import unpack
from tests.helpers.demo import contents

FILES = {"a/1.wav": b"one", "b/2.wav": b"two"}


def zipped(path: Path, files: dict[str, bytes] = FILES) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in files.items():
            bundle.writestr(name, data)
    return path


def tarred(path: Path, files: dict[str, bytes] = FILES, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as bundle:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            bundle.addfile(member, io.BytesIO(data))
    return path


def tar_with_link(path: Path, target: str) -> Path:
    """Write a tar archive with one link."""
    with tarfile.open(path, "w") as bundle:
        member = tarfile.TarInfo("link")
        member.type, member.linkname = tarfile.SYMTYPE, target
        bundle.addfile(member)
    return path


def assert_rejected(archive: Path, folder: Path, message: str | None = None) -> None:
    """Check that the archive is rejected, and that no file is left behind."""
    before = set(folder.parent.rglob("*"))
    with pytest.raises(UserError, match=message) as caught:
        unpack(archive, folder)
    assert archive.name in str(caught.value)
    assert set(folder.parent.rglob("*")) == before


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_archives_are_unpacked(tmp_path: Path, mode: str) -> None:
    unpack(tarred(tmp_path / "a.archive", mode=mode), tmp_path / "out")
    assert contents(tmp_path / "out") == FILES


def test_zip_archives_are_unpacked(tmp_path: Path) -> None:
    unpack(zipped(tmp_path / "a.archive"), tmp_path / "out")
    assert contents(tmp_path / "out") == FILES


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("name", ["../evil.wav", "a/../../evil.wav"])
def test_members_outside_the_folder_are_rejected(
    tmp_path: Path, pack: Callable[[Path, dict[str, bytes]], Path], name: str
) -> None:
    archive = pack(tmp_path / "a.archive", FILES | {name: b"evil"})
    assert_rejected(archive, tmp_path / "out", "outside")


def test_zip_members_with_absolute_names_are_rejected(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {f"{tmp_path}/evil.wav": b"evil"})
    assert_rejected(archive, tmp_path / "out", "outside")


def test_tar_members_with_absolute_names_stay_inside(tmp_path: Path) -> None:
    unpack(tarred(tmp_path / "a.tar", {f"{tmp_path}/evil.wav": b"evil"}), tmp_path / "out")
    assert not (tmp_path / "evil.wav").exists()
    assert list(contents(tmp_path / "out").values()) == [b"evil"]


@pytest.mark.parametrize("target", ["../secret", "/etc/hostname"])
def test_links_to_the_outside_are_rejected(tmp_path: Path, target: str) -> None:
    assert_rejected(
        tar_with_link(tmp_path / "a.tar", target), tmp_path / "out", "cannot be unpacked"
    )


def test_zip_links_are_not_extracted_as_links(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as bundle:
        bundle.writestr(link, "/etc/hostname")
    unpack(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "out" / "link").is_symlink()


@pytest.mark.parametrize("data", [b"", b"not an archive " * 99, b"RIFF\0\0\0\0WAVE"])
def test_other_files_are_rejected(tmp_path: Path, data: bytes) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(data)
    assert_rejected(archive, tmp_path / "out", "neither a zip nor a tar archive")


# Noise cannot be compressed, so damage in the middle is in the data of a member.
NOISE = {f"{n}.wav": np.random.default_rng(n).bytes(20000) for n in range(3)}


def damage(archive: Path, where: slice, by: bytes = b"\xff") -> Path:
    data = bytearray(archive.read_bytes())
    count = len(data[where])
    data[where] = by * count
    archive.write_bytes(data)
    return archive


def truncate(archive: Path) -> Path:
    data = archive.read_bytes()
    archive.write_bytes(data[: len(data) // 2])
    return archive


def test_truncated_archives_are_rejected(tmp_path: Path) -> None:
    assert_rejected(truncate(zipped(tmp_path / "a.zip", NOISE)), tmp_path / "out")
    assert_rejected(
        truncate(tarred(tmp_path / "a.tar.gz", NOISE)), tmp_path / "out", "download it again"
    )
    assert_rejected(
        truncate(tarred(tmp_path / "a.tar", NOISE, "w")), tmp_path / "out", "download it again"
    )


def test_a_damaged_member_of_a_stored_zip_is_rejected(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_STORED) as bundle:
        for name, data in NOISE.items():
            bundle.writestr(name, data)
    assert_rejected(damage(tmp_path / "a.zip", slice(30000, 30010)), tmp_path / "out", "CRC")


def zip_of_unknown_compression(path: Path) -> Path:
    """Use Deflate64, which Windows writes in large archives and Python cannot read."""
    entry = zipped(path).read_bytes().index(b"PK\1\2")
    return damage(path, slice(entry + 10, entry + 11), b"\x09")


@pytest.mark.parametrize(
    "write",
    [
        lambda path: damage(zipped(path, {"a": b"hello " * 999}), slice(40, 50)),
        lambda path: damage(tarred(path, NOISE, "w:xz"), slice(30000, 30040)),
        zip_of_unknown_compression,
    ],
    ids=["zip", "tar.xz", "unknown compression"],
)
def test_damaged_archives_are_rejected(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    assert_rejected(write(tmp_path / "a.archive"), tmp_path / "out")


def test_damaged_content_of_a_tar_gz_is_rejected(tmp_path: Path) -> None:
    archive = damage(tarred(tmp_path / "a.tar.gz", NOISE), slice(30000, 30010))
    assert_rejected(archive, tmp_path / "out")


def test_missing_members_are_an_error(tmp_path: Path) -> None:
    archive = tarred(tmp_path / "a.tar", {"1.wav": b"one", "2.wav": b"two", "3.wav": b"three"}, "w")
    assert_rejected(damage(archive, slice(1024 + 148, 1024 + 156)), tmp_path / "out")
