"""Splits: which item trains, validates, tests; by chance, by speaker, by time, or by a list."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Lt
from numpy.typing import NDArray

from resound.data.folds import Known, Part
from resound.errors import UserError, nearest
from resound.settings import Natural, Share, settings


@settings
class Split:
    """How a corpus is divided."""

    kind: Literal["random", "grouped", "blocks", "listed", "partitions", "test_only"]
    """`random` draws items; `grouped` draws whole speakers or groups, so none is on two sides;
    `blocks` takes each class' items in the order of their numbers and sets the last ones apart,
    for neighbours of one recording are alike; `listed` reads the parts from files; `partitions`
    takes the corpus' own; by `test_only` everything tests, for a model that came trained."""
    group_by: Literal["speaker", "group"] | None = None
    """What `grouped` keeps together, and the draw of a `validation` part from `partitions`."""
    test: Share = 0.2
    """Share of the items (or of the speakers) that test."""
    validation: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Share of the rest that is held out to select on."""
    seed: Natural = 42
    """Where the draw begins; the test part does not depend on `validation`."""

    stratify: bool = False
    """Whether `random` draws the same share of each class."""
    folds: Annotated[int, Ge(2)] | None = None
    """For `grouped`: so many folds of about the same classes; each group tests in one of them."""
    oversample: bool = False
    """Whether items of rarer classes are copied until each class has as many as the largest,
    before `random` draws (as the emotions report did): copies of a test item then train."""
    exclude_classes: list[str] = field(default_factory=list)
    """Classes whose items are left out; models do not know them."""

    gap: Natural = 0
    """Items left out between the blocks of two parts."""
    open_set: bool = False
    """Whether models are tested on unknown too: in as many folds as there are classes, each
    class in turn is kept from training and its test items are unknown, and so are those of no
    class in every fold."""
    files: dict[Known, str] | None = None
    """A file of each part for `listed`: a path or an id of the corpus a line, with or without its
    suffix; `#` begins a remark. What no file names is not used."""

    partitions: dict[Known | Literal["unlabelled"], list[str]] | None = None
    """Of each part the corpus' partitions, for `partitions`: `{train: [train-clean-100]}`. What
    is `unlabelled` is predicted, never judged."""

    @property
    def has_validation(self) -> bool:
        """Whether a part is held out to select on."""
        named = {*(self.files or {}), *(self.partitions or {})}
        return bool(self.validation) or "validation" in named

    def problem(self) -> str | None:
        """What is wrong with these settings together, if anything."""
        if (self.kind == "listed") != (self.files is not None):
            return "`files` goes with `kind: listed`, and the one needs the other"
        if self.files is not None and not {"train", "test"} <= set(self.files):
            return "`files` needs at least train and test"
        if self.open_set and not self.has_validation:
            return "`open_set` needs a `validation` part, which sets the threshold"
        if (self.kind == "partitions") != (self.partitions is not None):
            return "`partitions` goes with `kind: partitions`, and the one needs the other"
        if self.partitions is not None and not {"train", "test"} <= set(self.partitions):
            return "`partitions` needs at least train and test"
        if (self.stratify or self.oversample) and self.kind != "random":
            return "`stratify` and `oversample` go with `kind: random`"
        if self.folds and (self.kind != "grouped" or self.open_set):
            return "`folds` go with `kind: grouped`, and without `open_set`"
        if self.gap and self.kind != "blocks":
            return "`gap` goes with `kind: blocks`"
        if self.kind == "grouped" and self.group_by is None:
            return "a grouped split needs `group_by`: speaker or group"
        if self.kind not in ("grouped", "partitions") and self.group_by is not None:
            return f"a {self.kind} split keeps nothing together: drop `group_by`, or say `kind: grouped`"
        return None


def parts_of(split: Split, groups: Sequence[str], labels: Sequence[str] = ()) -> list[Part]:
    """The part of each item; `groups` names the speaker or group of each (any for `random`).

    `labels` are the classes, which only a split that says `stratify` needs.

    Parts are drawn as scikit-learn's `train_test_split` and `GroupShuffleSplit` draw them. Raises
    UserError where there are too few items or groups to give each part one.
    """
    drawer = _Drawer(split, np.asarray(groups), np.asarray(labels))
    parts = np.full(len(groups), "train", dtype=object)
    rest = np.arange(len(groups))
    shares: list[tuple[Known, float]] = [("test", split.test), ("validation", split.validation)]
    for part, share in shares:
        if share:
            rest, drawn = drawer.draw(rest, share, part)
            parts[drawn] = part
    return list(parts)


def group_folds(
    split: Split, groups: Sequence[str], labels: Sequence[str]
) -> dict[str, list[Part]]:
    """The part of each item in each of `split.folds` folds, named from 1 on.

    Each group tests in one fold, drawn as scikit-learn's `StratifiedGroupKFold` draws them; the
    validation part is drawn from the groups that are left. Raises UserError for too few groups.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    assert split.folds is not None
    known = len(set(groups))
    if known < split.folds + 1:
        raise UserError(
            f"{split.folds} folds need more than the {known} {split.group_by}s that are here"
        )
    drawer = _Drawer(split, np.asarray(groups), np.asarray(labels))
    kind = StratifiedGroupKFold(split.folds, shuffle=True, random_state=split.seed)
    folds = {}
    for number, (rest, test) in enumerate(kind.split(labels, labels, groups), 1):
        parts = np.full(len(groups), "train", dtype=object)
        parts[test] = "test"
        if split.validation:
            parts[drawer.draw(rest, split.validation, "validation")[1]] = "validation"
        folds[str(number)] = list(parts)
    return folds


def copies(labels: Sequence[str], seed: int) -> list[int]:
    """Items to add, drawn by chance, until each class has as many as the largest."""
    random, names = np.random.default_rng(seed), np.asarray(labels)
    most = max(Counter(labels).values())
    added = []
    for label in sorted(set(labels)):
        own = np.flatnonzero(names == label)
        added += random.choice(own, most - len(own)).tolist()
    return added


def partition_parts(
    split: Split, partitions: Sequence[str], groups: Sequence[str]
) -> list[Part | None]:
    """The part of each item by its partition; a partition that no part names is not used.

    `split.validation` is drawn from the training items by `groups`. Raises UserError for a
    partition that the corpus has not.
    """
    part_of = {name: part for part, names in (split.partitions or {}).items() for name in names}
    if missing := part_of.keys() - set(partitions):
        near = nearest(sorted(missing)[0], set(partitions))
        raise UserError(f"the corpus has no partition '{sorted(missing)[0]}'{near}")
    parts: list[Part | None] = [part_of.get(name) for name in partitions]
    if split.validation:
        train = np.array([n for n, part in enumerate(parts) if part == "train"])
        drawer = _Drawer(split, np.asarray(groups), np.asarray([]))
        _, drawn = drawer.draw(train, split.validation, "validation")
        for item in drawn:
            parts[item] = "validation"
    return parts


def block_parts(split: Split, labels: Sequence[str], paths: Sequence[str]) -> list[Part | None]:
    """Parts in contiguous blocks: of each label the first items train, the last ones test.

    Items of a label are taken in the order of the numbers in their paths. Between two parts
    `split.gap` items belong to none. Raises UserError for a label with too few items.
    """
    parts: list[Part | None] = [None] * len(labels)
    for label in sorted(set(labels)):
        items = [n for n, other in enumerate(labels) if other == label]
        items.sort(key=lambda n: _natural(paths[n]))
        test = round(split.test * len(items))
        held_out = round(split.validation * (len(items) - test))
        gaps = split.gap * (2 if held_out else 1)
        train = len(items) - test - held_out - gaps
        if min(train, test) < 1:
            raise UserError(
                f"class '{label}' has {len(items)} items: too few for blocks of {split.test} to"
                f" test and gaps of {split.gap}"
            )
        blocks: list[tuple[Part | None, int]] = [("train", train), (None, split.gap)]
        if held_out:
            blocks += [("validation", held_out), (None, split.gap)]
        blocks.append(("test", test))
        order = [part for part, count in blocks for _ in range(count)]
        for item, part in zip(items, order, strict=True):
            parts[item] = part
    return parts


def listed_parts(files: Mapping[Known, str], ids: Sequence[str]) -> list[Part | None]:
    """The part whose file names each item, or None.

    Raises UserError for a missing file, a name that the corpus has not, and an item named twice.
    """
    # A list may name whole ids, or just the last part of them.
    place = {name.rsplit("/", 1)[-1]: n for n, name in enumerate(ids)}
    place |= {name: n for n, name in enumerate(ids)}
    parts: list[Part | None] = [None] * len(ids)
    for part, file in files.items():
        path = Path(file)
        if not path.is_file():
            raise UserError(f"there is no file {file} of the {part} part")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            name = line.split("#")[0].strip()
            if not name:
                continue
            item = place.get(name, place.get(name.rsplit(".", 1)[0]))
            if item is None:
                raise UserError(f"{file}:{number}: the corpus has no usable item '{name}'")
            if parts[item] is not None:
                raise UserError(f"{file}:{number}: '{name}' is in the {parts[item]} part already")
            parts[item] = part
    return parts


def leave_each_out(
    parts: Sequence[Part | None], labels: Sequence[str], classes: Sequence[str]
) -> dict[str, list[Part | None]]:
    """A fold for each class, named after it: its test items are unknown, its others unused.

    Items whose label is none of `classes` are unknown in every fold.
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


def _natural(path: str) -> list[tuple[int, str]]:
    """A key that puts `9.wav` before `10.wav`."""
    pieces = re.split(r"(\d+)", path)
    return [(int(piece), "") if piece.isdigit() else (0, piece) for piece in pieces]


@dataclass(frozen=True)
class _Drawer:
    """Draws parts by chance: items, or whole groups of them."""

    split: Split
    groups: NDArray[np.str_]
    labels: NDArray[np.str_]

    def draw(
        self, items: NDArray[np.intp], share: float, part: str
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """`items` in two: those that stay and those drawn."""
        from sklearn.model_selection import GroupShuffleSplit, train_test_split

        split, groups = self.split, self.groups
        unit, count = ("item", len(items))
        if split.group_by:
            unit, count = (split.group_by, len(set(groups[items])))
        if count < 2:
            names = f" ({groups[items][0] or 'unnamed'})" if split.group_by and count else ""
            way_out = ", or `kind: random`" if split.kind == "grouped" else ""
            raise UserError(
                f"a {split.kind} split cannot set {part} items apart: there is only {count}"
                f" {unit}{names} left to draw from, and it takes two; use a corpus with more"
                f" {unit}s{way_out}"
            )
        try:
            if not split.group_by:
                alike = self.labels[items] if split.stratify else None
                stay, drawn = train_test_split(
                    items, test_size=share, random_state=split.seed, stratify=alike
                )
                return stay, drawn
            drawer = GroupShuffleSplit(n_splits=1, test_size=share, random_state=split.seed)
            stay, drawn = next(drawer.split(items, groups=groups[items]))
            return items[stay], items[drawn]
        except ValueError as error:
            raise UserError(
                f"{part}: {share} of {count} {unit}s leaves a part or a class without any"
                f" ({error}); choose another share"
            ) from error
