"""Splits: draws equal to scikit-learn's, groups in one part, independence of the parts."""

from collections import Counter

import numpy as np
import pytest
from sklearn.model_selection import (
    GroupShuffleSplit,
    LeaveOneGroupOut,
    StratifiedGroupKFold,
    train_test_split,
)

from resound.data.assignment import (
    assign_blocks,
    assign_partitions,
    leave_one_class_out,
)
from resound.data.draws import draw_copies, draw_group_folds, draw_parts
from resound.data.folds import find_untrained
from resound.data.splits import Split
from resound.errors import UserError

SPEAKERS = [f"s{n % 7}" for n in range(60)] + ["s7"] * 3


def items_in(parts: list[str], part: str) -> list[int]:
    return [n for n, other in enumerate(parts) if other == part]


@pytest.mark.parametrize("seed", [0, 42])
def test_random_parts_equal_train_test_split(seed: int) -> None:
    train, test = train_test_split(range(63), test_size=0.2, random_state=seed)
    train, validation = train_test_split(train, test_size=0.1, random_state=seed)
    parts = draw_parts(Split(kind="random", test=0.2, validation=0.1, seed=seed), SPEAKERS)
    assert items_in(parts, "train") == sorted(train)
    assert items_in(parts, "validation") == sorted(validation)
    assert items_in(parts, "test") == sorted(test)


@pytest.mark.parametrize("seed", [0, 42])
def test_grouped_parts_equal_group_shuffle_split(seed: int) -> None:
    groups = np.array(SPEAKERS)
    splitter = GroupShuffleSplit(1, test_size=0.3, random_state=seed)
    remaining, test = next(splitter.split(groups, groups=groups))
    splitter = GroupShuffleSplit(1, test_size=0.25, random_state=seed)
    train, validation = next(splitter.split(remaining, groups=groups[remaining]))
    split = Split(kind="grouped", group_by="speaker", test=0.3, validation=0.25, seed=seed)
    parts = draw_parts(split, SPEAKERS)
    assert items_in(parts, "train") == remaining[train].tolist()
    assert items_in(parts, "validation") == remaining[validation].tolist()
    assert items_in(parts, "test") == test.tolist()


def test_no_speaker_is_in_two_parts() -> None:
    for seed in range(20):
        split = Split(kind="grouped", group_by="speaker", test=0.3, validation=0.3, seed=seed)
        parts = draw_parts(split, SPEAKERS)
        assert set(parts) == {"train", "validation", "test"}
        assert len(set(zip(SPEAKERS, parts, strict=True))) == len(set(SPEAKERS))


@pytest.mark.parametrize("kind", [{"kind": "random"}, {"kind": "grouped", "group_by": "group"}])
def test_the_test_part_does_not_depend_on_validation(kind: dict[str, str]) -> None:
    test_only = draw_parts(Split(**kind, test=0.2), SPEAKERS)
    with_validation = draw_parts(Split(**kind, test=0.2, validation=0.4), SPEAKERS)
    assert items_in(test_only, "test") == items_in(with_validation, "test")
    assert set(test_only) == {"train", "test"}
    assert set(with_validation) == {"train", "validation", "test"}


def test_draws_depend_on_the_seed_alone() -> None:
    drawn = [draw_parts(Split(kind="random", seed=seed), SPEAKERS) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("validation", [0.0, 0.5])
def test_one_speaker_cannot_be_split(validation: float) -> None:
    split = Split(kind="grouped", group_by="speaker", validation=validation)
    with pytest.raises(UserError, match=r"draw the test part from only 1 speaker \(ann\)"):
        draw_parts(split, ["ann"] * 9)


def test_two_groups_are_too_few_for_validation() -> None:
    split = Split(kind="grouped", group_by="group", test=0.5, validation=0.5)
    with pytest.raises(UserError, match=r"draw the validation part from only 1 group"):
        draw_parts(split, ["a", "a", "b"])


def test_unnamed_speakers_count_as_one() -> None:
    with pytest.raises(UserError, match=r"only 1 speaker \(unnamed\)"):
        draw_parts(Split(kind="grouped", group_by="speaker"), [""] * 5)


def test_one_item_cannot_be_split() -> None:
    with pytest.raises(UserError, match="draw the test part from only 1 item:"):
        draw_parts(Split(kind="random"), ["a"])


@pytest.mark.parametrize("kind", [{"kind": "random"}, {"kind": "grouped", "group_by": "speaker"}])
def test_a_fraction_that_leaves_no_training_items_is_an_error(kind: dict[str, str]) -> None:
    with pytest.raises(UserError):
        draw_parts(Split(**kind, test=0.9), ["a", "b", "c"])


def test_conflicting_settings_are_a_problem() -> None:
    assert "needs `group_by`" in str(Split(kind="grouped").problem())
    assert "remove `group_by`" in str(Split(kind="random", group_by="speaker").problem())
    assert Split(kind="grouped", group_by="group").problem() is None
    assert Split(kind="random").problem() is None


def test_blocks_are_contiguous_with_a_gap() -> None:
    split = Split(kind="blocks", test=0.2, validation=0.25, gap=1)
    paths = [f"a/{n}.wav" for n in range(20)] + [f"b/{n}.wav" for n in range(20)]
    order = np.random.default_rng(0).permutation(40)
    parts = assign_blocks(split, [paths[n][0] for n in order], [paths[n] for n in order])
    by_path = {paths[n]: part for n, part in zip(order, parts, strict=True)}
    parts_of_a = [by_path[f"a/{n}.wav"] for n in range(20)]
    assert parts_of_a == ["train"] * 10 + [None] + ["validation"] * 4 + [None] + ["test"] * 4
    assert [by_path[f"b/{n}.wav"] for n in range(20)] == parts_of_a


def test_blocks_of_too_few_items_are_an_error() -> None:
    with pytest.raises(UserError, match="class 'a' has 3 items"):
        assign_blocks(Split(kind="blocks", gap=5), ["a"] * 3, ["1", "2", "3"])


def test_each_class_is_unknown_in_one_fold() -> None:
    labels = ["a", "a", "a", "b", "b", "b", "hum"]
    parts = ["train", "validation", "test", "train", "test", None, None]
    assert leave_one_class_out(parts, labels, ["a", "b"]) == {
        "a": [None, None, "unknown", "train", "test", None, "unknown"],
        "b": ["train", "validation", "test", None, "unknown", None, "unknown"],
    }


LABELS = ["a"] * 30 + ["b"] * 25 + ["c"] * 8


def test_stratified_parts_equal_train_test_split() -> None:
    items = np.arange(63)
    names = np.array(LABELS)
    remaining, test = train_test_split(items, test_size=0.2, random_state=1, stratify=names)
    train, validation = train_test_split(
        remaining, test_size=0.125, random_state=1, stratify=names[remaining]
    )
    split = Split(kind="random", stratify=True, test=0.2, validation=0.125, seed=1)
    parts = draw_parts(split, SPEAKERS, LABELS)
    assert items_in(parts, "test") == sorted(test)
    assert items_in(parts, "validation") == sorted(validation)
    assert items_in(parts, "train") == sorted(train)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a"] * 10 + ["b"], "the class 'b' has only one item left; .*exclude_classes: \\[b\\]"),
        ([*"aabbccdd"], "fewer items than there are classes \\(4\\); choose a larger fraction"),
    ],
)
def test_classes_too_small_for_stratified_parts(labels: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        draw_parts(Split(kind="random", stratify=True, test=0.2), [""] * len(labels), labels)


def test_classes_without_training_items_are_found() -> None:
    labels = ["a", "b", "c", "a"]
    assert find_untrained(labels, ["train", "test", None, "test"]) == ["b"]
    assert find_untrained(labels, ["test"] * 4) == []


def test_each_speaker_is_tested_in_one_fold() -> None:
    split = Split(kind="grouped", group_by="speaker", folds=3, validation=0.2)
    folds = draw_group_folds(split, SPEAKERS, LABELS)
    assert list(folds) == ["1", "2", "3"]
    tested = [n for parts in folds.values() for n in items_in(parts, "test")]
    assert sorted(tested) == list(range(63))
    for parts in folds.values():
        assert set(parts) == {"train", "validation", "test"}
        assert len(set(zip(SPEAKERS, parts, strict=True))) == len(set(SPEAKERS))
    splitter = StratifiedGroupKFold(3, shuffle=True, random_state=42)
    expected = [test.tolist() for _, test in splitter.split(LABELS, LABELS, SPEAKERS)]
    assert [items_in(parts, "test") for parts in folds.values()] == expected


def test_folds_need_enough_speakers() -> None:
    split = Split(kind="grouped", group_by="speaker", folds=9)
    with pytest.raises(UserError, match="9 folds need at least 9 speakers, but the corpus has 8"):
        draw_group_folds(split, SPEAKERS, LABELS)


@pytest.mark.parametrize("validation", [0.0, 0.2])
def test_as_many_folds_as_speakers_leave_one_out_each(validation: float) -> None:
    split = Split(kind="grouped", group_by="speaker", folds=8, validation=validation)
    folds = draw_group_folds(split, SPEAKERS, LABELS)
    tested = sorted(items_in(parts, "test") for parts in folds.values())
    left_out = LeaveOneGroupOut().split(LABELS, groups=SPEAKERS)
    assert tested == sorted(test.tolist() for _, test in left_out)
    expected = {"train", "test", "validation"} if validation else {"train", "test"}
    for parts in folds.values():
        assert set(parts) == expected
        assert len(set(zip(SPEAKERS, parts, strict=True))) == 8


def test_a_fold_without_a_speaker_for_validation_is_an_error() -> None:
    speakers, labels = ["ann"] * 4 + ["bob"] * 4, ["a", "b"] * 4
    split = Split(kind="grouped", group_by="speaker", folds=2, validation=0.2)
    message = r"fold 1 tests all speakers but (ann|bob), which leaves none .*`validation: 0`"
    with pytest.raises(UserError, match=message):
        draw_group_folds(split, speakers, labels)
    without = Split(kind="grouped", group_by="speaker", folds=2)
    assert set(draw_group_folds(without, speakers, labels)) == {"1", "2"}


def test_copies_make_every_class_as_large_as_the_largest() -> None:
    copies = draw_copies(LABELS, seed=3)
    assert Counter([*LABELS, *(LABELS[n] for n in copies)]) == {"a": 30, "b": 30, "c": 30}
    assert copies == draw_copies(LABELS, seed=3) != draw_copies(LABELS, seed=4)


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"kind": "grouped", "group_by": "speaker", "stratify": True}, "random"),
        ({"kind": "blocks", "oversample": True}, "random"),
        ({"kind": "blocks", "oversample": {"c": 3}}, "random"),
        ({"kind": "random", "folds": 3}, "grouped"),
    ],
)
def test_settings_of_another_kind_are_a_problem(settings: dict[str, object], kind: str) -> None:
    assert f"`kind: {kind}`" in (Split(**settings).problem() or "")


def test_oversampling_the_training_part_needs_factors() -> None:
    speakers = {"kind": "grouped", "group_by": "speaker", "oversample_part": "train"}
    assert "needs factors" in (Split(**speakers, oversample=True).problem() or "")
    assert "needs factors" in (Split(**speakers).problem() or "")
    assert Split(**speakers, oversample={"c": 3}).problem() is None


def test_an_open_set_needs_a_validation_part() -> None:
    assert "threshold" in (Split(kind="random", open_set=True).problem() or "")
    assert Split(kind="random", open_set=True, validation=0.1).problem() is None


def test_a_partition_may_be_the_validation_part_of_an_open_set() -> None:
    partitions = {"train": ["a"], "validation": ["b"], "test": ["c"]}
    split = Split(kind="partitions", partitions=partitions, open_set=True)
    assert split.problem() is None
    del partitions["validation"]
    assert "`open_set` needs a `validation` part" in (split.problem() or "")


PARTITIONS = ["a"] * 6 + ["b"] * 3 + ["c"] * 2
SPEAKERS_OF_PARTITIONS = ["x", "x", "y", "y", "z", "z"] + ["v"] * 5


def test_partitions_are_assigned_to_parts() -> None:
    split = Split(kind="partitions", partitions={"train": ["a"], "test": ["b"]})
    assert split.problem() is None
    expected = ["train"] * 6 + ["test"] * 3 + [None] * 2
    assert assign_partitions(split, PARTITIONS, SPEAKERS_OF_PARTITIONS) == expected


def test_validation_speakers_are_drawn_from_the_training_partition() -> None:
    split = Split(
        kind="partitions",
        partitions={"train": ["a"], "test": ["b"], "unlabelled": ["c"]},
        group_by="speaker",
        validation=0.3,
    )
    parts = assign_partitions(split, PARTITIONS, SPEAKERS_OF_PARTITIONS)
    assert parts[6:] == ["test"] * 3 + ["unlabelled"] * 2
    speakers = {SPEAKERS_OF_PARTITIONS[n] for n in items_in(parts, "validation")}
    assert len(speakers) == 1
    assert not speakers & {SPEAKERS_OF_PARTITIONS[n] for n in items_in(parts, "train")}


def test_a_missing_partition_is_an_error() -> None:
    split = Split(kind="partitions", partitions={"train": ["a"], "test": ["bb"]})
    with pytest.raises(UserError, match="no partition 'bb'"):
        assign_partitions(split, PARTITIONS, SPEAKERS_OF_PARTITIONS)
    assert "needs at least" in (
        Split(kind="partitions", partitions={"train": ["a"]}).problem() or ""
    )
