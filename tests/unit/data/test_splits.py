"""Splits: scikit-learn's draws, speakers kept apart, parts that do not move each other."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold, train_test_split

from resound.data.folds import read_folds, write_folds
from resound.data.splits import (
    Split,
    block_parts,
    copies,
    group_folds,
    leave_each_out,
    listed_parts,
    partition_parts,
    parts_of,
)
from resound.errors import UserError

SPEAKERS = [f"s{n % 7}" for n in range(60)] + ["s7"] * 3


def where(parts: list[str], part: str) -> list[int]:
    return [n for n, drawn in enumerate(parts) if drawn == part]


@pytest.mark.parametrize("seed", [0, 42])
def test_random_split_is_train_test_split(seed: int) -> None:
    train, test = train_test_split(range(63), test_size=0.2, random_state=seed)
    train, validation = train_test_split(train, test_size=0.1, random_state=seed)
    parts = parts_of(Split(kind="random", test=0.2, validation=0.1, seed=seed), SPEAKERS)
    assert where(parts, "train") == sorted(train)
    assert where(parts, "validation") == sorted(validation)
    assert where(parts, "test") == sorted(test)


@pytest.mark.parametrize("seed", [0, 42])
def test_grouped_split_is_group_shuffle_split(seed: int) -> None:
    groups = np.array(SPEAKERS)
    draw = GroupShuffleSplit(1, test_size=0.3, random_state=seed)
    rest, test = next(draw.split(groups, groups=groups))
    draw = GroupShuffleSplit(1, test_size=0.25, random_state=seed)
    train, validation = next(draw.split(rest, groups=groups[rest]))
    split = Split(kind="grouped", group_by="speaker", test=0.3, validation=0.25, seed=seed)
    parts = parts_of(split, SPEAKERS)
    assert where(parts, "train") == rest[train].tolist()
    assert where(parts, "validation") == rest[validation].tolist()
    assert where(parts, "test") == test.tolist()


def test_no_speaker_is_on_two_sides() -> None:
    for seed in range(20):
        split = Split(kind="grouped", group_by="speaker", test=0.3, validation=0.3, seed=seed)
        parts = parts_of(split, SPEAKERS)
        assert set(parts) == {"train", "validation", "test"}
        assert len(set(zip(SPEAKERS, parts, strict=True))) == len(set(SPEAKERS))


@pytest.mark.parametrize("kind", [{"kind": "random"}, {"kind": "grouped", "group_by": "group"}])
def test_validation_does_not_move_the_test_part(kind: dict[str, str]) -> None:
    without = parts_of(Split(**kind, test=0.2), SPEAKERS)
    with_some = parts_of(Split(**kind, test=0.2, validation=0.4), SPEAKERS)
    assert where(without, "test") == where(with_some, "test")
    assert set(without) == {"train", "test"}
    assert set(with_some) == {"train", "validation", "test"}


def test_seeds_draw_differently_and_repeatably() -> None:
    drawn = [parts_of(Split(kind="random", seed=seed), SPEAKERS) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("validation", [0.0, 0.5])
def test_one_speaker_cannot_be_split(validation: float) -> None:
    split = Split(kind="grouped", group_by="speaker", validation=validation)
    with pytest.raises(UserError, match=r"set test items apart: there is only 1 speaker \(ann\)"):
        parts_of(split, ["ann"] * 9)


def test_two_speakers_leave_none_to_validate() -> None:
    split = Split(kind="grouped", group_by="group", test=0.5, validation=0.5)
    with pytest.raises(UserError, match=r"set validation items apart: there is only 1 group"):
        parts_of(split, ["a", "a", "b"])


def test_speakers_without_names_are_one() -> None:
    with pytest.raises(UserError, match=r"only 1 speaker \(unnamed\)"):
        parts_of(Split(kind="grouped", group_by="speaker"), [""] * 5)


def test_one_item_cannot_be_split() -> None:
    with pytest.raises(UserError, match="only 1 item left"):
        parts_of(Split(kind="random"), ["a"])


@pytest.mark.parametrize("kind", [{"kind": "random"}, {"kind": "grouped", "group_by": "speaker"}])
def test_share_that_leaves_nothing_to_train_is_a_user_error(kind: dict[str, str]) -> None:
    with pytest.raises(UserError):
        parts_of(Split(**kind, test=0.9), ["a", "b", "c"])


def test_settings_that_do_not_go_together_are_a_problem() -> None:
    assert "needs `group_by`" in str(Split(kind="grouped").problem())
    assert "drop `group_by`" in str(Split(kind="random", group_by="speaker").problem())
    assert Split(kind="grouped", group_by="group").problem() is None
    assert Split(kind="random").problem() is None


def test_blocks_are_contiguous_with_a_gap() -> None:
    split = Split(kind="blocks", test=0.2, validation=0.25, gap=1)
    paths = [f"a/{n}.wav" for n in range(20)] + [f"b/{n}.wav" for n in range(20)]
    order = np.random.default_rng(0).permutation(40)
    parts = block_parts(split, [paths[n][0] for n in order], [paths[n] for n in order])
    by_path = {paths[n]: part for n, part in zip(order, parts, strict=True)}
    of_a = [by_path[f"a/{n}.wav"] for n in range(20)]
    assert of_a == ["train"] * 10 + [None] + ["validation"] * 4 + [None] + ["test"] * 4
    assert [by_path[f"b/{n}.wav"] for n in range(20)] == of_a


def test_blocks_of_too_few_items_are_a_user_error() -> None:
    with pytest.raises(UserError, match="class 'a' has 3 items"):
        block_parts(Split(kind="blocks", gap=5), ["a"] * 3, ["1", "2", "3"])


def test_lists_name_the_parts(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("# as published\nrock/rock.00001.wav\nblues.00000\n\n")
    (tmp_path / "test.txt").write_text("genres/rock/rock.00002  # whole\n")
    ids = ["genres/blues/blues.00000", "genres/rock/rock.00001", "genres/rock/rock.00002", "x"]
    ids[1] = "rock/rock.00001"
    files = {part: str(tmp_path / f"{part}.txt") for part in ("train", "test")}
    assert listed_parts(files, ids) == ["train", "train", "test", None]


@pytest.mark.parametrize(
    ("line", "words"), [("nobody.wav", "no usable item 'nobody.wav'"), ("a.wav", "already")]
)
def test_lists_that_do_not_fit_are_a_user_error(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "train.txt").write_text("a.wav\n")
    (tmp_path / "test.txt").write_text(f"\n{line}\n")
    files = {part: str(tmp_path / f"{part}.txt") for part in ("train", "test")}
    with pytest.raises(UserError, match=f"test.txt:2.*{words}"):
        listed_parts(files, ["a", "b"])


def test_each_class_is_a_stranger_once() -> None:
    labels = ["a", "a", "a", "b", "b", "b", "hum"]
    parts = ["train", "validation", "test", "train", "test", None, None]
    assert leave_each_out(parts, labels, ["a", "b"]) == {
        "a": [None, None, "unknown", "train", "test", None, "unknown"],
        "b": ["train", "validation", "test", None, "unknown", None, "unknown"],
    }


def test_folds_are_read_as_written(tmp_path: Path) -> None:
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


def test_a_copy_is_read_as_often_as_it_was_written(tmp_path: Path) -> None:
    folds = {"all": ["train", "test", "train", "test"]}
    write_folds(tmp_path / "split.csv", ["a", "b"], [0, 1, 0, 0], folds)
    read = read_folds(tmp_path / "split.csv", ["a", "b"])["all"]
    assert read["train"].tolist() == [0, 0]
    assert read["test"].tolist() == [0, 1]


LABELS = ["a"] * 30 + ["b"] * 25 + ["c"] * 8


def test_a_stratified_split_draws_as_train_test_split() -> None:
    items = np.arange(63)
    names = np.array(LABELS)
    rest, test = train_test_split(items, test_size=0.2, random_state=1, stratify=names)
    train, held_out = train_test_split(rest, test_size=0.125, random_state=1, stratify=names[rest])
    split = Split(kind="random", stratify=True, test=0.2, validation=0.125, seed=1)
    parts = parts_of(split, SPEAKERS, LABELS)
    assert where(parts, "test") == sorted(test)
    assert where(parts, "validation") == sorted(held_out)
    assert where(parts, "train") == sorted(train)


def test_each_speaker_tests_in_one_fold() -> None:
    split = Split(kind="grouped", group_by="speaker", folds=3, validation=0.2)
    folds = group_folds(split, SPEAKERS, LABELS)
    assert list(folds) == ["1", "2", "3"]
    tested = [n for parts in folds.values() for n in where(parts, "test")]
    assert sorted(tested) == list(range(63))
    for parts in folds.values():
        assert set(parts) == {"train", "validation", "test"}
        assert len(set(zip(SPEAKERS, parts, strict=True))) == len(set(SPEAKERS))
    draw = StratifiedGroupKFold(3, shuffle=True, random_state=42)
    wanted = [test.tolist() for _, test in draw.split(LABELS, LABELS, SPEAKERS)]
    assert [where(parts, "test") for parts in folds.values()] == wanted


def test_folds_need_more_speakers() -> None:
    split = Split(kind="grouped", group_by="speaker", folds=8, validation=0.2)
    with pytest.raises(UserError, match="8 folds need more than the 8 speakers"):
        group_folds(split, SPEAKERS, LABELS)


def test_copies_make_every_class_as_large_as_the_largest() -> None:
    added = copies(LABELS, seed=3)
    assert Counter([*LABELS, *(LABELS[n] for n in added)]) == {"a": 30, "b": 30, "c": 30}
    assert added == copies(LABELS, seed=3) != copies(LABELS, seed=4)


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "grouped", "group_by": "speaker", "stratify": True},
        {"kind": "blocks", "oversample": True},
        {"kind": "random", "folds": 3},
    ],
)
def test_what_goes_with_one_kind_alone_is_said(settings: dict[str, object]) -> None:
    assert "go with" in (Split(**settings).problem() or "")


def test_an_open_set_needs_a_validation_part() -> None:
    assert "threshold" in (Split(kind="random", open_set=True).problem() or "")
    assert Split(kind="random", open_set=True, validation=0.1).problem() is None


def test_partitions_may_be_the_validation_part_of_an_open_set() -> None:
    partitions = {"train": ["a"], "validation": ["b"], "test": ["c"]}
    split = Split(kind="partitions", partitions=partitions, open_set=True)
    assert split.problem() is None
    del partitions["validation"]
    assert "`open_set` needs a `validation` part" in (split.problem() or "")


PARTITIONS = ["a"] * 6 + ["b"] * 3 + ["c"] * 2
TALKERS = ["x", "x", "y", "y", "z", "z"] + ["v"] * 5


def test_partitions_are_parts() -> None:
    split = Split(kind="partitions", partitions={"train": ["a"], "test": ["b"]})
    assert split.problem() is None
    right = ["train"] * 6 + ["test"] * 3 + [None] * 2
    assert partition_parts(split, PARTITIONS, TALKERS) == right


def test_some_training_speakers_of_a_partition_validate() -> None:
    split = Split(
        kind="partitions",
        partitions={"train": ["a"], "test": ["b"], "unlabelled": ["c"]},
        group_by="speaker",
        validation=0.3,
    )
    parts = partition_parts(split, PARTITIONS, TALKERS)
    assert parts[6:] == ["test"] * 3 + ["unlabelled"] * 2
    validating = {TALKERS[n] for n in where(parts, "validation")}
    assert len(validating) == 1
    assert not validating & {TALKERS[n] for n in where(parts, "train")}


def test_a_partition_that_is_not_there_is_an_error() -> None:
    split = Split(kind="partitions", partitions={"train": ["a"], "test": ["bb"]})
    with pytest.raises(UserError, match="no partition 'bb'"):
        partition_parts(split, PARTITIONS, TALKERS)
    assert "needs at least" in (
        Split(kind="partitions", partitions={"train": ["a"]}).problem() or ""
    )
