"""How corpora are divided: the size of each part, and what stands on both sides of a split."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resound.data.folds import SCORED
from resound.io.csv_table import read_table

Rows = Sequence[Mapping[str, str]]
Fold = dict[str, list[str]]
"""The ids of each part; a copy has the id of its item."""


@dataclass(frozen=True)
class Side:
    """A part of a split; of several folds the fewest and the most."""

    items: tuple[int, int]
    copies: int
    """How many of the items are there already, at most in a fold."""
    speakers: tuple[int, int] | None
    """None where they are not known."""


@dataclass(frozen=True)
class Shared:
    """What the test part has in common with the training part of the same fold."""

    kind: str
    """`speaker`, `group`, `recording` (of which they have pieces) or `item`."""
    number: int
    """How many are on both sides, in any fold."""
    tested: int
    """How many test items have theirs in the training part too, all folds together."""
    unknown: int
    """How many test items are not known to have one."""


@dataclass(frozen=True)
class Division:
    """A corpus as a split divides it."""

    corpus: str
    split: str
    protocol: dict[str, Any]
    """The settings of the split."""
    experiments: int
    """How many use it."""
    folds: int
    sides: dict[str, Side]
    """Of each part; what tests is counted over all folds."""
    tested: int
    """Items that test, all folds together."""
    shared: list[Shared]
    has_speakers: bool | None
    """Whether speakers are known; None where items, such as texts, have none."""


def divisions(
    experiments: Mapping[str, dict[str, Any]], indexes: Mapping[str, Rows], splits: Path
) -> list[Division]:
    """How each corpus of `indexes` is divided for the experiments, read from `splits`."""
    uses: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for settings in experiments.values():
        uses.setdefault((settings["corpus"], settings["split"]), []).append(settings)
    return [
        _division(corpus, split, users, indexes[corpus], splits / corpus / f"{split}.csv")
        for (corpus, split), users in uses.items()
    ]


def _division(
    corpus: str, split: str, users: Sequence[dict[str, Any]], index: Rows, path: Path
) -> Division:
    folds = _folds(path)
    used = {item for fold in folds for items in fold.values() for item in items}
    units = _units([row for row in index if row["id"] in used])
    speaker = units.get("speaker")
    return Division(
        corpus=corpus,
        split=split,
        protocol=users[0]["protocol"],
        experiments=len(users),
        folds=len(folds),
        sides={part: _side([fold[part] for fold in folds], speaker) for part in SCORED},
        tested=sum(len(fold["test"]) for fold in folds),
        shared=[_shared(kind, unit_of, folds) for kind, unit_of in units.items()],
        has_speakers=speaker is not None if "speaker" in index[0] else None,
    )


def _folds(path: Path) -> list[Fold]:
    table = read_table(path)
    folds: dict[str, Fold] = {name: {part: [] for part in SCORED} for name in table["fold"]}
    for name, item, part in zip(table["fold"], table["id"], table["part"], strict=True):
        if part in SCORED:
            folds[name][part].append(item)
    return list(folds.values())


def _units(index: Rows) -> dict[str, dict[str, str]]:
    """Of each kind of unit that is known, the one that each item belongs to, if any.

    Pieces of one recording have its path.
    """
    units = {kind: {row["id"]: row.get(kind, "") for row in index} for kind in ("speaker", "group")}
    units["recording"] = {row["id"]: row["path"] if row.get("start") else "" for row in index}
    known = {kind: unit_of for kind, unit_of in units.items() if any(unit_of.values())}
    return {**known, "item": {row["id"]: row["id"] for row in index}}


def _side(folds: Sequence[Sequence[str]], speaker: Mapping[str, str] | None) -> Side:
    items = [len(fold) for fold in folds]
    speakers = [len({speaker[item] for item in fold} - {""}) for fold in folds] if speaker else []
    return Side(
        items=(min(items), max(items)),
        copies=max(len(fold) - len(set(fold)) for fold in folds),
        speakers=(min(speakers), max(speakers)) if speakers else None,
    )


def _shared(kind: str, unit_of: Mapping[str, str], folds: Iterable[Fold]) -> Shared:
    both: set[str] = set()
    tested = unknown = 0
    for fold in folds:
        trained = {unit_of[item] for item in fold["train"]} - {""}
        units = [unit_of[item] for item in fold["test"]]
        met = [unit for unit in units if unit in trained]
        both |= {*met}
        tested += len(met)
        unknown += units.count("")
    return Shared(kind, len(both), tested, unknown)
