"""Atomic writes of files and folders, and JSON."""

from pathlib import Path

import pytest

from resound.io.files import atomic_file, atomic_folder, read_json, write_json, write_text


def test_new_content_replaces_the_old(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.npy"
    for text in ("old", "new"):
        with atomic_file(path) as temporary:
            assert (temporary.parent, temporary.suffix) == (path.parent, ".npy")
            assert temporary.name.startswith(".")
            temporary.write_text(text)
        assert path.read_text() == text
        assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_keeps_the_old_content(tmp_path: Path, failure: type[BaseException]) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(failure), atomic_file(path) as temporary:
        temporary.write_text("half")
        raise failure
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_folder_replaces_the_old(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "model"
    for text in ("old", "new"):
        with atomic_folder(folder) as temporary:
            assert list(temporary.iterdir()) == []
            (temporary / text).write_text(text)
        assert [path.name for path in folder.iterdir()] == [text]
        assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_a_failure_keeps_the_old_folder(tmp_path: Path, failure: type[BaseException]) -> None:
    folder = tmp_path / "model"
    with atomic_folder(folder) as temporary:
        (temporary / "old").touch()
    with pytest.raises(failure), atomic_folder(folder) as temporary:
        (temporary / "half").touch()
        raise failure
    assert list(tmp_path.rglob("*")) == [folder, folder / "old"]


def test_leftovers_of_a_killed_job_are_removed(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "model") as temporary:
        leftover = temporary
    leftover.mkdir()
    (leftover / "half").touch()
    with atomic_folder(tmp_path / "model") as temporary:
        assert temporary == leftover
    assert list(tmp_path.rglob("*")) == [tmp_path / "model"]


def test_a_failure_before_anything_is_written_is_raised(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="first"), atomic_file(tmp_path / "a.txt"):
        raise ValueError("first")
    assert list(tmp_path.iterdir()) == []


def test_text_has_unix_line_endings(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "é\nü\n")
    assert (tmp_path / "a.txt").read_bytes() == "é\nü\n".encode()


def test_json_is_read_as_it_was_written(tmp_path: Path) -> None:
    value = {"name": "سلام", "fraction": 0.1, "none": None, "list": [1, "2"]}
    write_json(tmp_path / "a.json", value)
    assert read_json(tmp_path / "a.json") == value
    assert "سلام" in (tmp_path / "a.json").read_text(encoding="utf-8")


def test_nan_is_an_error_in_json(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", 1)
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert read_json(tmp_path / "a.json") == 1
    assert len(list(tmp_path.iterdir())) == 1
