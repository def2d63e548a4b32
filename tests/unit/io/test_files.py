"""Files that are whole or not there, and the JSON and tables in them."""

from pathlib import Path

import pytest

from resound.io.csv_table import read_table, rows_of, write_table
from resound.io.files import atomic_file, atomic_folder, read_json, write_json, write_text


def test_new_content_takes_the_place_of_the_old(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.npy"
    for text in ("old", "new"):
        with atomic_file(path) as draft:
            assert (draft.parent, draft.suffix) == (path.parent, ".npy")
            assert draft.name.startswith(".")
            draft.write_text(text)
        assert path.read_text() == text
        assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_failure_leaves_the_old_content_and_no_draft(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(failure), atomic_file(path) as draft:
        draft.write_text("half")
        raise failure
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_folder_takes_the_place_of_the_old(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "model"
    for text in ("old", "new"):
        with atomic_folder(folder) as draft:
            assert list(draft.iterdir()) == []
            (draft / text).write_text(text)
        assert [path.name for path in folder.iterdir()] == [text]
        assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_failure_leaves_the_old_folder_and_no_draft(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    folder = tmp_path / "model"
    with atomic_folder(folder) as draft:
        (draft / "old").touch()
    with pytest.raises(failure), atomic_folder(folder) as draft:
        (draft / "half").touch()
        raise failure
    assert list(tmp_path.rglob("*")) == [folder, folder / "old"]


def test_what_a_killed_job_left_of_a_folder_is_not_taken_up(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "model") as draft:
        left = draft
    left.mkdir()
    (left / "half").touch()
    with atomic_folder(tmp_path / "model") as draft:
        assert draft == left
    assert list(tmp_path.rglob("*")) == [tmp_path / "model"]


def test_failure_before_anything_is_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="first"), atomic_file(tmp_path / "a.txt"):
        raise ValueError("first")
    assert list(tmp_path.iterdir()) == []


def test_text_has_unix_line_ends(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "é\nü\n")
    assert (tmp_path / "a.txt").read_bytes() == "é\nü\n".encode()


def test_json_comes_back(tmp_path: Path) -> None:
    value = {"name": "سلام", "share": 0.1, "none": None, "list": [1, "2"]}
    write_json(tmp_path / "a.json", value)
    assert read_json(tmp_path / "a.json") == value
    assert "سلام" in (tmp_path / "a.json").read_text(encoding="utf-8")


def test_json_has_no_nan(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", 1)
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert read_json(tmp_path / "a.json") == 1
    assert len(list(tmp_path.iterdir())) == 1


ROWS = [
    ("1", "plain"),
    ("2", "comma, quote \" and 'other'"),
    ("3", "two\nlines"),
    ("4", ""),
    ("5", "سلام"),
    ("6", "  spaces  "),
]


def test_tables_come_back_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_table(path, ("n", "text"), ((int(n), text) for n, text in ROWS))
    table = read_table(path)
    assert list(table) == ["n", "text"]
    assert list(zip(table["n"], table["text"], strict=True)) == ROWS
    assert b"\r" not in path.read_bytes()


def test_table_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    write_table(tmp_path / "a.csv", ("path", "reason"), [])
    assert read_table(tmp_path / "a.csv") == {"path": [], "reason": []}
    assert rows_of(read_table(tmp_path / "a.csv")) == []


def test_numbers_lose_nothing(tmp_path: Path) -> None:
    numbers = [0.1, 1 / 3, 1e-300, float("nan"), float("inf")]
    write_table(tmp_path / "a.csv", ("x",), [(number,) for number in numbers])
    read = [float(text) for text in read_table(tmp_path / "a.csv")["x"]]
    assert read == pytest.approx(numbers, rel=0, abs=0, nan_ok=True)


def test_rows_are_mappings() -> None:
    table = {"a": ["1", "2"], "b": ["x", "y"]}
    assert rows_of(table) == [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]
