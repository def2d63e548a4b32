"""What makes recordings another version, and what does not."""

import os
from pathlib import Path

import pytest

from resound.workflow import source_versions
from resound.workflow.source_versions import files_version


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    for name, text in {"a/1.wav": "one", "a/2.wav": "two", "b.wav": "bee"}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (1000, 1000))
    return folder


def version_of(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return files_version(files, folder, folder.parent / "memo.json")


def test_touched_recordings_do_not_count(corpus: Path) -> None:
    before = version_of(corpus)
    os.utime(corpus / "b.wav", (2000, 2000))
    assert version_of(corpus) == before


def test_other_content_of_the_same_size_counts(corpus: Path) -> None:
    before = version_of(corpus)
    (corpus / "b.wav").write_text("owl")
    assert version_of(corpus) != before


def test_names_count(corpus: Path) -> None:
    before = version_of(corpus)
    (corpus / "b.wav").rename(corpus / "c.wav")
    renamed = version_of(corpus)
    (corpus / "c.wav").unlink()
    assert len({before, renamed, version_of(corpus)}) == 3


def test_swapped_recordings_count(corpus: Path) -> None:
    before = version_of(corpus)
    one, two = corpus / "a/1.wav", corpus / "a/2.wav"
    os.utime(two, (2000, 2000))
    one.rename(corpus / "moved_away"), two.rename(one), (corpus / "moved_away").rename(two)
    assert version_of(corpus) != before


def test_place_and_order_do_not_count(corpus: Path) -> None:
    before = version_of(corpus)
    moved = corpus.rename(corpus.with_name("moved"))
    assert version_of(moved) == before
    files = sorted(path for path in moved.rglob("*") if path.is_file())
    memo = moved.parent / "no memo.json"
    assert files_version(files, moved, memo) == files_version(files[::-1], moved, memo) == before


def test_unchanged_recordings_are_read_once(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    digest = source_versions._file_digest
    monkeypatch.setattr(
        source_versions, "_file_digest", lambda path: (read.append(path.name), digest(path))[1]
    )
    before = version_of(corpus)
    assert sorted(read) == ["1.wav", "2.wav", "b.wav"]
    read.clear()
    assert version_of(corpus) == before
    assert read == []
    os.utime(corpus / "a/1.wav", (2000, 2000))
    assert version_of(corpus) == before
    assert read == ["1.wav"]
    assert version_of(corpus) == before
    assert read == ["1.wav"]


def test_recordings_that_swap_their_names_are_another_version(tmp_path: Path) -> None:
    home, memo = tmp_path / "clips", tmp_path / "memo.json"
    home.mkdir()
    one, two = home / "one.wav", home / "two.wav"
    for path, content in ((one, b"111"), (two, b"222")):
        path.write_bytes(content)
        os.utime(path, (1, 1))
    before = files_version([one, two], home, memo)
    one.rename(home / "moved_away")
    two.rename(one)
    (home / "moved_away").rename(two)
    assert files_version([one, two], home, memo) != before


def test_names_that_are_not_utf_8_count(corpus: Path) -> None:
    before = version_of(corpus)
    Path(os.fsdecode(os.fsencode(corpus) + b"/\xff.wav")).write_text("one")
    added = version_of(corpus)
    assert added != before and version_of(corpus) == added
