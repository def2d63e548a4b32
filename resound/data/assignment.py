"""Assignment of the items of a corpus to the parts of a split."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from resound.data.draws import Drawer, draw_copies, draw_group_folds, draw_parts
from resound.data.folds import ONLY_FOLD, Part
from resound.data.part_lists import read_listed_parts
from resound.data.splits import Split
from resound.errors import UserError, nearest


@dataclass(frozen=True)
class Assignment:
    """The part of each item in each fold."""

    items: list[int]
    """Positions in the index; an oversampled item occurs several times."""
    folds: Mapping[str, Sequence[Part | None]]
    """The part of each of `items` by fold; None if it is not used."""


def split_corpus(
    split: Split,
    index: Mapping[str, Sequence[str]],
    classes: Sequence[str],
    rejected: Mapping[str, str] | None = None,
) -> Assignment:
    """Assign the items of an index (columns by name) to parts.

    `rejected` has the reasons of rejected items by path, for errors of lists that name them.
    Unknown items, whose label is not one of `classes`, do not influence the parts of the others;
    they are only used in an open set. Raises UserError if the split does not fit the corpus.
    """
    labels = index["label"]
    factors = split.oversample if isinstance(split.oversample, dict) else {}
    for key, listed in {"exclude_classes": split.exclude_classes, "oversample": factors}.items():
        if missing := set(listed) - set(classes):
            what = f"`{key}` lists '{min(missing)}', which is not a class of the corpus"
            raise UserError(what)
    included = [label for label in classes if label not in split.exclude_classes]
    # If frames are labelled, the labels of items are empty, and every item is known.
    items = np.flatnonzero(np.isin(labels, [*included, ""])).tolist()
    if split.oversample is True:
        items += [items[n] for n in draw_copies([labels[n] for n in items], split.seed)]
    elif factors and split.oversample_part == "all":
        items += [items[n] for n in list_copies([labels[n] for n in items], factors)]
    table = {column: [values[n] for n in items] for column, values in index.items()}
    folds = _assign_folds(split, table, rejected or {})
    if factors and split.oversample_part == "train":
        copies = list_copies([labels[n] for n in items], factors)
        items += [items[n] for n in copies]
        folds = {fold: [*parts, *_only_training(parts, copies)] for fold, parts in folds.items()}
    if split.open_set:
        unknown = np.flatnonzero(~np.isin(labels, [*classes, ""])).tolist()
        items += unknown
        parts = [*folds[ONLY_FOLD], *[None] * len(unknown)]
        folds = leave_one_class_out(parts, [labels[n] for n in items], classes)
    return Assignment(items, folds)


def _assign_folds(
    split: Split, table: Mapping[str, Sequence[str]], rejected: Mapping[str, str]
) -> Mapping[str, Sequence[Part | None]]:
    if split.folds:
        return draw_group_folds(split, table[split.group_by or "id"], table["label"])
    return {ONLY_FOLD: _assign_parts(split, table, rejected)}


def _assign_parts(
    split: Split, table: Mapping[str, Sequence[str]], rejected: Mapping[str, str]
) -> Sequence[Part | None]:
    if split.kind == "test_only":
        return ["test"] * len(table["id"])
    if split.kind == "blocks":
        return assign_blocks(split, table["label"], table["path"])
    if split.kind == "partitions":
        return assign_partitions(split, table["partition"], table[split.group_by or "id"])
    if split.files is not None:
        return read_listed_parts(split.files, table["id"], rejected)
    return draw_parts(split, table[split.group_by or "id"], table["label"])


def list_copies(labels: Sequence[str], factors: Mapping[str, int]) -> list[int]:
    """List the items to duplicate so that each occurs as often as the factor of its class says."""
    return [n for n, label in enumerate(labels) for _ in range(factors.get(label, 1) - 1)]


def _only_training(parts: Sequence[Part | None], copies: Sequence[int]) -> list[Part | None]:
    """Return the part of each copy: that of its item if it is the training part, else None."""
    return [parts[n] if parts[n] == "train" else None for n in copies]


def assign_partitions(
    split: Split, partitions: Sequence[str], groups: Sequence[str]
) -> list[Part | None]:
    """Return the part of each item by its partition; None if no part includes its partition.

    `split.validation` is drawn from the training items by `groups`. Raises UserError for a
    partition that the corpus lacks.
    """
    part_of = {name: part for part, names in (split.partitions or {}).items() for name in names}
    if missing := part_of.keys() - set(partitions):
        hint = nearest(min(missing), set(partitions))
        raise UserError(f"the corpus has no partition '{min(missing)}'{hint}")
    parts: list[Part | None] = [part_of.get(name) for name in partitions]
    if split.validation:
        train = np.array([n for n, part in enumerate(parts) if part == "train"])
        drawer = Drawer(split, np.asarray(groups), np.asarray([]))
        _, drawn = drawer.draw(train, split.validation, "validation")
        for item in drawn:
            parts[item] = "validation"
    return parts


def assign_blocks(split: Split, labels: Sequence[str], paths: Sequence[str]) -> list[Part | None]:
    """Return parts that are contiguous blocks: the first items of each class train, the last test.

    The items of a class are ordered by the numbers in their paths; `split.gap` items between two
    parts are not used (None). Raises UserError for a class with too few items.
    """
    parts: list[Part | None] = [None] * len(labels)
    for label in sorted(set(labels)):
        items = [n for n, other in enumerate(labels) if other == label]
        items.sort(key=lambda n: _natural_key(paths[n]))
        test = round(split.test * len(items))
        validation = round(split.validation * (len(items) - test))
        gaps = split.gap * (2 if validation else 1)
        train = len(items) - test - validation - gaps
        if min(train, test) < 1:
            raise UserError(
                f"class '{label}' has {len(items)} items, which are too few for a test block of"
                f" {split.test} of them and gaps of {split.gap}"
            )
        blocks: list[tuple[Part | None, int]] = [("train", train), (None, split.gap)]
        if validation:
            blocks += [("validation", validation), (None, split.gap)]
        blocks.append(("test", test))
        order = [part for part, count in blocks for _ in range(count)]
        for item, part in zip(items, order, strict=True):
            parts[item] = part
    return parts


def leave_one_class_out(
    parts: Sequence[Part | None], labels: Sequence[str], classes: Sequence[str]
) -> dict[str, list[Part | None]]:
    """Return one fold per class, named after it: its test items are unknown, its others unused.

    Items whose label is not one of `classes` are unknown in every fold.
    """

    def part_in(fold: str, part: Part | None, label: str) -> Part | None:
        if label not in classes:
            return "unknown"
        if label != fold:
            return part
        return "unknown" if part == "test" else None

    return {
        fold: [part_in(fold, part, label) for part, label in zip(parts, labels, strict=True)]
        for fold in classes
    }


def _natural_key(path: str) -> list[tuple[int, str]]:
    """Return a sorting key that orders `9.wav` before `10.wav`."""
    tokens = re.split(r"(\d+)", path)
    return [(int(token), "") if token.isdigit() else (0, token) for token in tokens]
