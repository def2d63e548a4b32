"""Summaries of splits: the size of each part, and what the training and test parts share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resound.data.folds import SCORED, find_untrained
from resound.data.index import content_of
from resound.io.csv_table import read_table

Rows = Sequence[Mapping[str, str]]
Fold = dict[str, list[str]]
"""The ids of the items of each part; an upsampled item occurs several times."""


@dataclass(frozen=True)
class PartSummary:
    """The size of a part of a split, as minimum and maximum over folds."""

    items: tuple[int, int]
    duplicates: int
    """The number of items with the content of another one, the maximum over folds."""
    speakers: tuple[int, int] | None
    """None if the speakers are not known."""


@dataclass(frozen=True)
class Overlap:
    """What the test part shares with the training part of the same fold."""

    kind: str
    """The kind of unit: `speaker`, `group`, `recording` (of which items are chunks) or `content`,
    of which items with different ids may be copies."""
    units: int
    """The number of units that are in both parts, in any fold."""
    test_items: int
    """The number of test items whose unit is in the training part, over all folds."""
    unknown: int
    """The number of test items whose unit is not known."""


@dataclass(frozen=True)
class SplitSummary:
    """How a split divides a corpus."""

    corpus: str
    split: str
    settings: dict[str, Any]
    experiments: int
    """The number of experiments that use the split."""
    folds: int
    parts: dict[str, PartSummary]
    """By part; the page shows `test_items` for the test part instead of its size per fold."""
    test_items: int
    """The number of test items over all folds."""
    overlaps: list[Overlap]
    untrained: list[str]
    """The classes of test items that no training item of their fold has."""
    upsampled: str | None
    """Which items are duplicated, and when; None if none are."""
    has_speakers: bool | None
    """Whether speakers are known; None if items, such as texts, have none."""


def summarise_splits(
    experiments: Mapping[str, dict[str, Any]], indexes: Mapping[str, Rows], folder: Path
) -> list[SplitSummary]:
    """Summarise each split that an experiment uses, read from `folder/{corpus}/{split}.csv`.

    `indexes` has the index of each corpus.
    """
    users: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for settings in experiments.values():
        users.setdefault((settings["corpus"], settings["split"]), []).append(settings)
    return [
        _summarise(corpus, split, those, indexes[corpus], folder / corpus / f"{split}.csv")
        for (corpus, split), those in users.items()
    ]


def _summarise(
    corpus: str, split: str, users: Sequence[dict[str, Any]], index: Rows, path: Path
) -> SplitSummary:
    folds = _read_folds(path)
    used = {item for fold in folds for items in fold.values() for item in items}
    units = _units([row for row in index if row["id"] in used])
    speakers = units.get("speaker")
    return SplitSummary(
        corpus=corpus,
        split=split,
        settings=users[0]["split_settings"],
        experiments=len(users),
        folds=len(folds),
        parts={part: _part([fold[part] for fold in folds], units) for part in SCORED},
        test_items=sum(len(fold["test"]) for fold in folds),
        overlaps=[_overlap(kind, unit_of, folds) for kind, unit_of in units.items()],
        untrained=_find_untrained(folds, {row["id"]: row.get("label", "") for row in index}),
        upsampled=_describe_upsampling(users[0]["split_settings"]),
        has_speakers=speakers is not None if "speaker" in index[0] else None,
    )


def _find_untrained(folds: Sequence[Fold], label_of: Mapping[str, str]) -> list[str]:
    untrained: set[str] = set()
    for fold in folds:
        items = [(label_of[item], part) for part, ids in fold.items() for item in ids]
        untrained |= set(find_untrained(*map(list, zip(*items)))) if items else set()
    return sorted(untrained)


def effective_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a split that have an effect with its kind."""
    kind, unused = settings.get("kind"), set()
    if not settings.get("oversample"):
        unused.add("oversample_part")
    if kind not in ("random", "grouped", "blocks"):
        unused.add("test")
    if not settings.get("validation"):
        unused.add("validation")
        if kind not in ("random", "grouped"):
            unused.add("seed")
    if kind != "blocks":
        unused.add("gap")
    return {name: value for name, value in settings.items() if name not in unused}


def _describe_upsampling(settings: Mapping[str, Any]) -> str | None:
    """Return which items the settings of a split duplicate, and when; None if none."""
    factors = settings.get("oversample")
    if not factors:
        return None
    which = "items of smaller classes are repeated until all classes are equally large"
    if isinstance(factors, Mapping):
        listed = ", ".join(f"{label} {factor} times" for label, factor in factors.items())
        which = f"each item of these classes occurs so often: {listed}"
    if settings.get("oversample_part") == "train":
        return f"{which}, in the training part only"
    return f"{which}, before parts are drawn"


def _read_folds(path: Path) -> list[Fold]:
    table = read_table(path)
    folds: dict[str, Fold] = {name: {part: [] for part in SCORED} for name in table["fold"]}
    for name, item, part in zip(table["fold"], table["id"], table["part"], strict=True):
        if part in SCORED:
            folds[name][part].append(item)
    return list(folds.values())


def _units(index: Rows) -> dict[str, dict[str, str]]:
    """Map each known kind of unit to the unit of each item, empty if it has none.

    The recording of a chunk is its path. The content of an item is always known.
    """
    units = {kind: {row["id"]: row.get(kind, "") for row in index} for kind in ("speaker", "group")}
    units["recording"] = {row["id"]: row["path"] if row.get("start") else "" for row in index}
    known = {kind: unit_of for kind, unit_of in units.items() if any(unit_of.values())}
    return {**known, "content": {row["id"]: content_of(row) for row in index}}


def _part(folds: Sequence[Sequence[str]], units: Mapping[str, Mapping[str, str]]) -> PartSummary:
    """Summarise a part from its items in each fold."""
    items = [len(fold) for fold in folds]
    speaker_of, content = units.get("speaker"), units["content"]
    speakers = []
    if speaker_of:
        speakers = [len({speaker_of[item] for item in fold} - {""}) for fold in folds]
    return PartSummary(
        items=(min(items), max(items)),
        duplicates=max(len(fold) - len({content[item] for item in fold}) for fold in folds),
        speakers=(min(speakers), max(speakers)) if speakers else None,
    )


def _overlap(kind: str, unit_of: Mapping[str, str], folds: Iterable[Fold]) -> Overlap:
    """Count the units of one kind that the training and test parts share."""
    shared: set[str] = set()
    test_items = unknown = 0
    for fold in folds:
        trained = {unit_of[item] for item in fold["train"]} - {""}
        units = [unit_of[item] for item in fold["test"]]
        overlapping = [unit for unit in units if unit in trained]
        shared |= {*overlapping}
        test_items += len(overlapping)
        unknown += units.count("")
    return Overlap(kind, len(shared), test_items, unknown)
