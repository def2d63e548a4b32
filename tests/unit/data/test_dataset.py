"""A dataset: opened from its files, with labels of frames or of items, with excluded classes."""

from pathlib import Path

import numpy as np
import pytest

from resound.data.dataset import Dataset
from resound.io.csv_table import write_table
from resound.io.files import write_json

LENGTHS = [3, 1, 4, 2]
LABELS = ["yes", "no", "maybe", "yes"]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Write four items in two folds; return the names of the inputs of a job."""
    ids = ["a", "b", "c", "d"]
    write_table(tmp_path / "index.csv", ("id", "label"), zip(ids, LABELS))
    write_json(tmp_path / "summary.json", {"classes": ["yes", "no", "maybe"], "root": "."})
    rows = [
        ("1", "a", "train"),
        ("1", "b", "test"),
        ("1", "c", "none"),
        ("1", "d", "train"),
        ("2", "d", "unknown"),
        ("2", "b", "train"),
    ]
    write_table(tmp_path / "split.csv", ("fold", "id", "part"), rows)
    matrix = np.arange(2 * sum(LENGTHS), dtype=np.float32).reshape(-1, 2)
    np.save(tmp_path / "matrix.npy", matrix)
    np.save(tmp_path / "offsets.npy", np.cumsum([0, *LENGTHS]))
    np.save(tmp_path / "labels.npy", np.arange(sum(LENGTHS), dtype=np.int16) % 3 - 1)
    names = ("index.csv", "summary.json", "split.csv", "matrix.npy", "offsets.npy", "labels.npy")
    return {Path(name).stem: str(tmp_path / name) for name in names}


def test_a_dataset_is_opened_from_its_files(files: dict[str, str]) -> None:
    del files["labels"]
    dataset = Dataset.open(files)
    assert dataset.items["id"] == ["a", "b", "c", "d"]
    assert dataset.items["label"] == LABELS
    assert dataset.classes == ["yes", "no", "maybe"]
    folds = {
        fold: {part: items.tolist() for part, items in parts.items()}
        for fold, parts in dataset.folds.items()
    }
    assert folds == {"1": {"train": [0, 3], "test": [1]}, "2": {"train": [1], "unknown": [3]}}
    assert dataset.features.clip(2).tolist() == [[8, 9], [10, 11], [12, 13], [14, 15]]
    assert dataset.features.lengths(np.array([1, 2])).tolist() == [1, 4]
    assert dataset.frame_labels is None
    assert dataset.split == Path(files["split"])
    assert dataset.arrays == [Path(files["matrix"])]


def test_labels_of_frames_are_one_per_row(files: dict[str, str]) -> None:
    dataset = Dataset.open(files)
    assert dataset.frame_labels is not None
    assert dataset.frame_labels.dtype == np.int16
    assert dataset.frame_labels.tolist() == [-1, 0, 1, -1, 0, 1, -1, 0, 1, -1]
    assert len(dataset.frame_labels) == len(dataset.features.matrix)
    assert dataset.arrays == [Path(files["matrix"]), Path(files["labels"])]


def test_features_and_labels_of_frames_are_memory_mapped(files: dict[str, str]) -> None:
    dataset = Dataset.open(files)
    assert isinstance(dataset.features.matrix, np.memmap)
    assert isinstance(dataset.frame_labels, np.memmap)


def test_excluded_classes_keep_the_order_of_the_others(files: dict[str, str]) -> None:
    dataset = Dataset.open(files)
    assert dataset.exclude(["no"]).classes == ["yes", "maybe"]
    assert dataset.exclude([]).classes == dataset.classes == ["yes", "no", "maybe"]
    excluded = dataset.exclude(["yes", "maybe"])
    assert excluded.classes == ["no"]
    assert excluded.items is dataset.items
    assert excluded.folds is dataset.folds
