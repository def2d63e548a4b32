"""Tables of folds."""

from pathlib import Path

from resound.data.folds import read_folds, write_folds


def test_folds_are_read_as_they_were_written(tmp_path: Path) -> None:
    folds = {"a": ["train", None, "unknown"], "b, or c": ["test", "validation", "train"]}
    ids = ["1", "left out", "2", "3"]
    write_folds(tmp_path / "split.csv", ids, [3, 0, 2], folds)
    read = {
        fold: {part: items.tolist() for part, items in parts.items()}
        for fold, parts in read_folds(tmp_path / "split.csv", ids).items()
    }
    assert read == {
        "a": {"train": [3], "unknown": [2]},
        "b, or c": {"train": [2], "validation": [0], "test": [3]},
    }


def test_copies_of_an_item_are_preserved(tmp_path: Path) -> None:
    folds = {"all": ["train", "test", "train", "test"]}
    write_folds(tmp_path / "split.csv", ["a", "b"], [0, 1, 0, 0], folds)
    read = read_folds(tmp_path / "split.csv", ["a", "b"])["all"]
    assert read["train"].tolist() == [0, 0]
    assert read["test"].tolist() == [0, 1]
