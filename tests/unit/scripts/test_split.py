"""The split stage: unknown items do not influence the parts of the others."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from resound.data.folds import read_folds
from resound.errors import UserError
from resound.io.csv_table import write_table
from resound.io.files import write_json
from scripts import split

LABELS = ["Ann"] * 20 + ["_noise_"] * 7 + ["Bob"] * 20 + ["other"] * 3


def split_folds(
    folder: Path, labels: list[str], **settings: object
) -> dict[str, dict[str, list[int]]]:
    """Split an index with these labels; return the items of each part of each fold."""
    rows = [(f"{n}", f"{label}/{n}.wav", label) for n, label in enumerate(labels)]
    write_table(folder / "index.csv", ("id", "path", "label"), rows)
    write_json(folder / "summary.json", {"classes": ["Ann", "Bob"]})
    config = json.dumps({"split": settings})
    output = folder / "split.csv"
    write_table(folder / "rejected.csv", ("path", "reason"), [])
    names = ("index.csv", "rejected.csv", "summary.json")
    split.main(*(folder / name for name in names), config, "s", output)
    read = read_folds(output, [row[0] for row in rows])
    return {
        fold: {part: items.tolist() for part, items in parts.items()}
        for fold, parts in read.items()
    }


def test_unknown_items_do_not_influence_the_draw(tmp_path: Path) -> None:
    (parts,) = split_folds(tmp_path, LABELS, kind="random", test=0.2, seed=42).values()
    known = np.flatnonzero(np.isin(LABELS, ["Ann", "Bob"]))
    train, test = train_test_split(known, test_size=0.2, random_state=42)
    assert parts == {"train": sorted(train), "test": sorted(test)}


def test_an_open_set_has_one_fold_per_class(tmp_path: Path) -> None:
    folds = split_folds(
        tmp_path, LABELS, kind="blocks", test=0.2, validation=0.2, gap=1, open_set=True
    )
    assert list(folds) == ["Ann", "Bob"]
    ann = set(np.flatnonzero(np.array(LABELS) == "Ann"))
    assert not ann & {*folds["Ann"]["train"], *folds["Ann"]["test"], *folds["Ann"]["validation"]}
    assert len(folds["Ann"]["unknown"]) == 4 + 10
    assert not ann & set(folds["Bob"]["unknown"])


def test_oversampling_before_the_split_puts_copies_in_both_parts(tmp_path: Path) -> None:
    labels = ["Ann"] * 40 + ["Bob"] * 4
    settings = {"kind": "random", "stratify": True, "test": 0.25}
    (parts,) = split_folds(tmp_path, labels, **settings, oversample=True).values()
    counts = {part: np.bincount([n >= 40 for n in items]) for part, items in parts.items()}
    assert counts["train"].tolist() == [30, 30]
    assert counts["test"].tolist() == [10, 10]
    assert set(parts["train"]) & set(parts["test"])
    (corrected,) = split_folds(tmp_path, labels, **settings).values()
    assert not set(corrected["train"]) & set(corrected["test"])


def test_factors_before_the_split_are_those_of_every_item(tmp_path: Path) -> None:
    labels = ["Ann"] * 40 + ["Bob"] * 8
    settings = {"kind": "random", "stratify": True, "test": 0.25, "oversample": {"Bob": 3}}
    (parts,) = split_folds(tmp_path, labels, **settings).values()
    items = [*parts["train"], *parts["test"]]
    assert np.bincount(items).tolist() == [1] * 40 + [3] * 8
    assert [sum(n >= 40 for n in parts[part]) for part in ("train", "test")] == [18, 6]
    assert set(parts["train"]) & set(parts["test"])


def test_factors_inside_the_training_part_leave_the_others_as_they_are(tmp_path: Path) -> None:
    labels = ["Ann"] * 40 + ["Bob"] * 8
    settings = {"kind": "random", "stratify": True, "test": 0.25, "validation": 0.25}
    (plain,) = split_folds(tmp_path, labels, **settings).values()
    (parts,) = split_folds(
        tmp_path, labels, **settings, oversample={"Bob": 3}, oversample_part="train"
    ).values()
    assert {**plain, "train": 0} == {**parts, "train": 0}
    expected = [n for n in plain["train"] for _ in range(3 if n >= 40 else 1)]
    assert sorted(parts["train"]) == expected
    with pytest.raises(UserError, match="`oversample` lists 'Eve', which is not a class"):
        split_folds(tmp_path, labels, **settings, oversample={"Eve": 3})


def test_factors_apply_to_the_training_part_of_each_fold(tmp_path: Path) -> None:
    labels = ["Ann", "Bob"] * 20
    copied = {"oversample": {"Bob": 2}, "oversample_part": "train"}
    settings = {"kind": "blocks", "test": 0.2, "validation": 0.2, "open_set": True}
    plain = split_folds(tmp_path, labels, **settings)
    folds = split_folds(tmp_path, labels, **settings, **copied)
    assert list(folds) == ["Ann", "Bob"]
    assert {**folds["Bob"]} == {**plain["Bob"]}  # Bob is unknown there, so nothing is copied
    counts = np.bincount(folds["Ann"]["train"], minlength=40)
    assert set(np.flatnonzero(counts)) == set(plain["Ann"]["train"])
    assert set(counts[counts > 0]) == {2}
    assert sorted(folds["Ann"]["test"]) == sorted(plain["Ann"]["test"])


def test_a_class_can_be_excluded(tmp_path: Path) -> None:
    (parts,) = split_folds(tmp_path, LABELS, kind="random", exclude_classes=["Bob"]).values()
    assert {LABELS[n] for items in parts.values() for n in items} == {"Ann"}
    with pytest.raises(
        UserError, match=r"splits\.s: `exclude_classes` lists 'Eve', which is not a class"
    ):
        split_folds(tmp_path, LABELS, kind="random", exclude_classes=["Eve"])
