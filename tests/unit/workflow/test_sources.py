"""Sources of corpora: the first one that exists, its version, and errors."""

import zipfile
from pathlib import Path

import pytest

from resound.data.downloads.kaggle import Kaggle
from resound.data.downloads.url import Url
from resound.errors import UserError
from resound.workflow.sources import find_source

FILES = {"a/1.wav": b"one", "b/2.wav": b"two"}
PATTERN = "{label}/{n}.wav"


def zipped(path: Path, files: dict[str, bytes] = FILES) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in files.items():
            bundle.writestr(name, data)
    return path


def write_files(root: Path, files: dict[str, bytes] = FILES) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def test_the_first_existing_source_is_used(tmp_path: Path) -> None:
    folder, archive = str(write_files(tmp_path / "wavs")), str(zipped(tmp_path / "a.zip"))
    memo = tmp_path / "memo.json"
    missing = ("folder", str(tmp_path / "missing"))
    candidates = [missing, ("folder", folder), ("archive", archive)]
    source = find_source(candidates, PATTERN, memo)
    assert (source.kind, source.place) == ("folder", folder)
    source = find_source([missing, *candidates[:0:-1]], PATTERN, memo)
    assert (source.kind, source.place) == ("archive", archive)


def test_the_version_depends_on_the_recordings_alone(tmp_path: Path) -> None:
    folder, memo = write_files(tmp_path / "wavs"), tmp_path / "memo.json"

    def version() -> str:
        return find_source([("folder", str(folder))], PATTERN, memo).version

    before = version()
    (folder / "readme.txt").write_text("not a recording")
    assert version() == before
    write_files(folder, {"c/3.wav": b"three"})
    assert version() != before


def test_the_version_depends_on_the_archive(tmp_path: Path) -> None:
    def version(files: dict[str, bytes]) -> str:
        candidates = [("archive", str(zipped(tmp_path / "a.zip", files)))]
        return find_source(candidates, PATTERN, tmp_path / "memo.json").version

    assert version(FILES) != version(FILES | {"c/3.wav": b"three"})


def test_a_wrapped_folder_is_found(tmp_path: Path) -> None:
    write_files(tmp_path / "download" / "corpus-1.2")
    find_source([("folder", str(tmp_path / "download"))], PATTERN, tmp_path / "memo.json")


def test_missing_sources_are_listed_with_similar_names(tmp_path: Path) -> None:
    write_files(tmp_path / "AudioMNIST")
    wrong = [("folder", str(tmp_path / "AudioMNIS")), ("archive", str(tmp_path / "x.zip"))]
    with pytest.raises(UserError) as caught:
        find_source(wrong, PATTERN, tmp_path / "memo.json")
    message = str(caught.value)
    assert f"no folder {tmp_path}/AudioMNIS (did you mean 'AudioMNIST'?)" in message
    assert f"no archive {tmp_path}/x.zip:" in message


def test_a_folder_and_an_archive_that_are_mixed_up(tmp_path: Path) -> None:
    folder, archive = write_files(tmp_path / "wavs"), zipped(tmp_path / "a.zip")
    for kind, path, hint in (
        ("archive", folder, f"(it is a folder: write `folder: {folder}`)"),
        ("folder", archive, f"(it is a file: write `archive: {archive}` if it is an archive)"),
    ):
        with pytest.raises(UserError) as caught:
            find_source([(kind, str(path))], PATTERN, tmp_path / "memo.json")
        assert hint in str(caught.value)


def test_the_home_folder_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = write_files(tmp_path / "wavs")
    source = find_source([("folder", "~/wavs")], PATTERN, tmp_path / "memo.json")
    assert source.place == str(folder)
    with pytest.raises(UserError, match=r"no folder ~/wav \(did you mean 'wavs'\?\)"):
        find_source([("folder", "~/wav")], PATTERN, tmp_path / "memo.json")


def test_a_folder_of_archives_is_explained(tmp_path: Path) -> None:
    zipped(tmp_path / "recordings.zip")
    with pytest.raises(UserError, match=r"none of them is an audio file; unpack 'recordings.zip'"):
        find_source([("folder", str(tmp_path))], PATTERN, tmp_path / "memo.json")


def test_a_folder_without_matches_is_explained(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "wavs", {"1.wav": b"one"})
    with pytest.raises(UserError, match=r"corpus is empty: none of the 1 audio files .* '1\.wav'"):
        find_source([("folder", str(folder))], PATTERN, tmp_path / "memo.json")


def test_missing_recordings_are_downloaded(tmp_path: Path) -> None:
    remotes = [Kaggle(kaggle="someone/digits"), Url(url="https://example.org/digits.zip")]
    folder = tmp_path / "folder"
    memo = tmp_path / "memo.json"
    source = find_source([("folder", str(folder))], PATTERN, memo, remotes)
    assert source.kind == "remote"
    assert [remote.get("kaggle") or remote["url"] for remote in source.place] == [
        "someone/digits",
        "https://example.org/digits.zip",
    ]
    pinned = [Kaggle(kaggle="someone/digits", version=2), remotes[1]]
    assert find_source([], PATTERN, memo, pinned).version != source.version
    write_files(folder)
    assert find_source([("folder", str(folder))], PATTERN, memo, remotes).kind == "folder"
