"""Files that list the items of the parts of a split."""

from pathlib import Path

import pytest

from resound.data.part_lists import read_listed_parts
from resound.errors import UserError


def test_parts_are_read_from_lists(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("# as published\nrock/rock.00001.wav\nblues.00000\n\n")
    (tmp_path / "test.txt").write_text("genres/rock/rock.00002  # whole\n")
    ids = ["genres/blues/blues.00000", "genres/rock/rock.00001", "genres/rock/rock.00002", "x"]
    ids[1] = "rock/rock.00001"
    files = {part: str(tmp_path / f"{part}.txt") for part in ("train", "test")}
    assert read_listed_parts(files, ids, {}) == ["train", "train", "test", None]


def test_a_list_may_leave_out_the_first_components_of_ids(tmp_path: Path) -> None:
    ids = ["genres_original/blues/blues.00029", "genres_original/rock/rock.00001", "other/a"]
    (tmp_path / "train.txt").write_text("blues/blues.00029.wav\n")
    (tmp_path / "test.txt").write_text("rock.00001\n")
    files = {part: str(tmp_path / f"{part}.txt") for part in ("train", "test")}
    assert read_listed_parts(files, ids, {}) == ["train", "test", None]


@pytest.mark.parametrize(
    ("line", "message"), [("missing.wav", "no usable item 'missing.wav'"), ("a.wav", "already in")]
)
def test_lists_that_do_not_fit_are_an_error(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "train.txt").write_text("a.wav\n")
    (tmp_path / "test.txt").write_text(f"\n{line}\n")
    files = {part: str(tmp_path / f"{part}.txt") for part in ("train", "test")}
    with pytest.raises(UserError, match=f"test.txt:2.*{message}"):
        read_listed_parts(files, ["a", "b"], {})


def test_an_end_that_two_items_have_names_neither(tmp_path: Path) -> None:
    """`b/c` could be either of two items, but `c` is one item's whole id."""
    (tmp_path / "train.txt").write_text("c\nx/b/c\n")
    (tmp_path / "test.txt").write_text("b/c.wav\n")
    files = {part: str(tmp_path / f"{part}.txt") for part in ("train", "test")}
    ids = ["a/b/c", "x/b/c", "c"]
    with pytest.raises(UserError, match=r"test.txt:1: 'b/c.wav' could be 'a/b/c' or 'x/b/c'"):
        read_listed_parts(files, ids, {})
    (tmp_path / "test.txt").write_text("a/b/c.wav\n")
    assert read_listed_parts(files, ids, {}) == ["test", "train", "train"]


def test_rejected_items_in_a_list_are_explained(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("a\n")
    (tmp_path / "test.txt").write_text("clips/b.WAV\n")
    files = {part: str(tmp_path / f"{part}.txt") for part in ("train", "test")}
    with pytest.raises(UserError) as caught:
        read_listed_parts(files, ["clips/a"], {"clips/b.wav": "contains no samples"})
    assert str(caught.value) == (
        f"{tmp_path / 'test.txt'}:1: the corpus has no usable item 'clips/b.WAV': it contains no"
        " samples; repair it, or remove it from the list"
    )


def test_names_may_contain_a_comment_sign(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("take#1.wav # the first\n#take#2\n")
    (tmp_path / "test.txt").write_text("TAKE#2\n")
    files = {part: str(tmp_path / f"{part}.txt") for part in ("train", "test")}
    assert read_listed_parts(files, ["take#1", "take#2", "take"], {}) == ["train", "test", None]
