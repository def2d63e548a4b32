"""Where recordings come from: the first source that is there, archives unpacked whole or not."""

import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from resound.data.downloads.kaggle import Kaggle
from resound.data.downloads.url import Url
from resound.data.sources import find_source
from resound.errors import UserError
from resound.io.archives import unpack
from tests.helpers.demo import contents

FILES = {"a/1.wav": b"one", "b/2.wav": b"two"}
LAYOUT = "{label}/{n}.wav"


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


def linked(path: Path, target: str) -> Path:
    """A tar archive with one link."""
    with tarfile.open(path, "w") as bundle:
        member = tarfile.TarInfo("link")
        member.type, member.linkname = tarfile.SYMTYPE, target
        bundle.addfile(member)
    return path


def assert_refused(archive: Path, folder: Path, message: str | None = None) -> None:
    """The archive is refused, nothing of it is left, and nothing came to lie beside it."""
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
def test_members_that_would_land_outside_are_refused(
    tmp_path: Path, pack: Callable[[Path, dict[str, bytes]], Path], name: str
) -> None:
    archive = pack(tmp_path / "a.archive", FILES | {name: b"evil"})
    assert_refused(archive, tmp_path / "out", "outside")


def test_zip_members_with_absolute_names_are_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {f"{tmp_path}/evil.wav": b"evil"})
    assert_refused(archive, tmp_path / "out", "outside")


def test_tar_members_with_absolute_names_stay_inside(tmp_path: Path) -> None:
    unpack(tarred(tmp_path / "a.tar", {f"{tmp_path}/evil.wav": b"evil"}), tmp_path / "out")
    assert not (tmp_path / "evil.wav").exists()
    assert list(contents(tmp_path / "out").values()) == [b"evil"]


@pytest.mark.parametrize("target", ["../secret", "/etc/hostname"])
def test_links_that_lead_outside_are_refused(tmp_path: Path, target: str) -> None:
    assert_refused(linked(tmp_path / "a.tar", target), tmp_path / "out", "cannot be unpacked")


def test_zip_links_are_no_links(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as bundle:
        bundle.writestr(link, "/etc/hostname")
    unpack(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "out" / "link").is_symlink()


@pytest.mark.parametrize("data", [b"", b"this is no archive " * 99, b"RIFF\0\0\0\0WAVE"])
def test_other_files_are_refused(tmp_path: Path, data: bytes) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(data)
    assert_refused(archive, tmp_path / "out", "neither a zip nor a tar archive")


# What cannot be compressed, so that damage in the middle hits a member's data.
NOISE = {f"{n}.wav": np.random.default_rng(n).bytes(20000) for n in range(3)}


def damaged(archive: Path, where: slice, by: bytes = b"\xff") -> Path:
    data = bytearray(archive.read_bytes())
    count = len(data[where])
    data[where] = by * count
    archive.write_bytes(data)
    return archive


def cut(archive: Path) -> Path:
    data = archive.read_bytes()
    archive.write_bytes(data[: len(data) // 2])
    return archive


def test_archives_cut_short_are_refused(tmp_path: Path) -> None:
    assert_refused(cut(zipped(tmp_path / "a.zip", NOISE)), tmp_path / "out")
    assert_refused(cut(tarred(tmp_path / "a.tar.gz", NOISE)), tmp_path / "out", "fetch it again")
    assert_refused(cut(tarred(tmp_path / "a.tar", NOISE, "w")), tmp_path / "out", "fetch it again")


def test_damaged_member_of_a_stored_zip_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_STORED) as bundle:
        for name, data in NOISE.items():
            bundle.writestr(name, data)
    assert_refused(damaged(tmp_path / "a.zip", slice(30000, 30010)), tmp_path / "out", "CRC")


def zip_of_unknown_compression(path: Path) -> Path:
    """Deflate64, which Python does not read and Windows writes in large archives."""
    entry = zipped(path).read_bytes().index(b"PK\1\2")
    return damaged(path, slice(entry + 10, entry + 11), b"\x09")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: damaged(zipped(path, {"a": b"hello " * 999}), slice(40, 50)),
        lambda path: damaged(tarred(path, NOISE, "w:xz"), slice(30000, 30040)),
        zip_of_unknown_compression,
    ],
    ids=["zip", "tar.xz", "unknown compression"],
)
def test_damaged_archives_are_refused(tmp_path: Path, spoil: Callable[[Path], Path]) -> None:
    assert_refused(spoil(tmp_path / "a.archive"), tmp_path / "out")


def test_damaged_content_of_a_tar_gz_is_refused(tmp_path: Path) -> None:
    archive = damaged(tarred(tmp_path / "a.tar.gz", NOISE), slice(30000, 30010))
    assert_refused(archive, tmp_path / "out")


def test_members_are_never_lost_in_silence(tmp_path: Path) -> None:
    archive = tarred(tmp_path / "a.tar", {"1.wav": b"one", "2.wav": b"two", "3.wav": b"three"}, "w")
    assert_refused(damaged(archive, slice(1024 + 148, 1024 + 156)), tmp_path / "out")


def put(root: Path, files: dict[str, bytes] = FILES) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def test_first_source_that_is_there_is_taken(tmp_path: Path) -> None:
    folder, archive = str(put(tmp_path / "wavs")), str(zipped(tmp_path / "a.zip"))
    memo = tmp_path / "memo.json"
    gone = ("folder", str(tmp_path / "gone"))
    both = [gone, ("folder", folder), ("archive", archive)]
    found = find_source(both, LAYOUT, memo)
    assert (found.kind, found.place) == ("folder", folder)
    found = find_source([gone, *both[:0:-1]], LAYOUT, memo)
    assert (found.kind, found.place) == ("archive", archive)


def test_version_follows_the_recordings_alone(tmp_path: Path) -> None:
    folder, memo = put(tmp_path / "wavs"), tmp_path / "memo.json"

    def version() -> str:
        return find_source([("folder", str(folder))], LAYOUT, memo).version

    before = version()
    (folder / "readme.txt").write_text("no recording")
    assert version() == before
    put(folder, {"c/3.wav": b"three"})
    assert version() != before


def test_version_follows_the_archive(tmp_path: Path) -> None:
    def version(files: dict[str, bytes]) -> str:
        source = [("archive", str(zipped(tmp_path / "a.zip", files)))]
        return find_source(source, LAYOUT, tmp_path / "memo.json").version

    assert version(FILES) != version(FILES | {"c/3.wav": b"three"})


def test_wrapped_folder_is_found(tmp_path: Path) -> None:
    put(tmp_path / "download" / "corpus-1.2")
    find_source([("folder", str(tmp_path / "download"))], LAYOUT, tmp_path / "memo.json")


def test_missing_sources_are_named_with_what_lies_beside(tmp_path: Path) -> None:
    put(tmp_path / "AudioMNIST")
    wrong = [("folder", str(tmp_path / "AudioMNIS")), ("archive", str(tmp_path / "x.zip"))]
    with pytest.raises(UserError) as caught:
        find_source(wrong, LAYOUT, tmp_path / "memo.json")
    told = str(caught.value)
    assert f"no folder {tmp_path}/AudioMNIS (did you mean 'AudioMNIST'?)" in told
    assert f"no archive {tmp_path}/x.zip:" in told


def test_folder_that_does_not_read_so_is_explained(tmp_path: Path) -> None:
    folder = put(tmp_path / "wavs", {"1.wav": b"one"})
    with pytest.raises(UserError, match=r"corpus is empty: none of the 1 audio files .* '1\.wav'"):
        find_source([("folder", str(folder))], LAYOUT, tmp_path / "memo.json")


def test_what_is_not_here_is_to_be_fetched(tmp_path: Path) -> None:
    remotes = [Kaggle(kaggle="someone/digits"), Url(url="https://example.org/digits.zip")]
    here = tmp_path / "here"
    memo = tmp_path / "memo.json"
    found = find_source([("folder", str(here))], LAYOUT, memo, remotes)
    assert found.kind == "remote"
    assert [told.get("kaggle") or told["url"] for told in found.place] == [
        "someone/digits",
        "https://example.org/digits.zip",
    ]
    pinned = [Kaggle(kaggle="someone/digits", version=2), remotes[1]]
    assert find_source([], LAYOUT, memo, pinned).version != found.version
    put(here)
    assert find_source([("folder", str(here))], LAYOUT, memo, remotes).kind == "folder"
