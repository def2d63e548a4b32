"""What the figures of a corpus show of each of its splits: counts, durations and text lengths.

Everything is counted on the rows of a split, so that an oversampled item counts as often as it
occurs; its repetitions are also counted apart, as copies.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.data.folds import PARTS, Part
from resound.data.path_pattern import PathPattern
from resound.report.data_panels import (
    QUANTILES,
    WHOLE,
    Bars,
    Counts,
    Histogram,
    Panel,
    Ranges,
    Row,
)

Items = Mapping[str, Sequence[str]]
"""The index of a corpus, column by column."""
Fold = Mapping[Part, NDArray[np.intp]]
"""The items of each part, as row numbers of the index; copies occur several times."""
Parts = Mapping[str, NDArray[np.intp]]
"""The same, also of recordings that are not yet divided into parts."""

_MAX_CLASSES = 20
"""Of more classes, the largest are shown, and the rest together."""
_MAX_SPEAKERS = 12
"""Of more speakers, the distribution of their numbers of items is shown."""
_BINS = 24
_BEFORE = "recordings, before chunks are cut (durations are sums of chunks)"


@dataclass(frozen=True)
class Frames:
    """The frames of a corpus whose labels belong to frames."""

    labels: NDArray[np.integer]
    """The class number of each frame, -1 without a label."""
    offsets: NDArray[np.integer]
    """The first frame of each item and the end of the last, shape (items + 1,)."""


@dataclass(frozen=True)
class Corpus:
    """An index, and what else is known of its items."""

    items: Items
    classes: Sequence[str]
    pattern: str | None = None
    """The path pattern, if it has a field `gender`."""
    frames: Frames | None = None

    @property
    def genders(self) -> list[str]:
        """The gender of each item's speaker as its path has it; empty if it has none."""
        if self.pattern is None:
            return [""] * len(self.items["id"])
        pattern = PathPattern(self.pattern)
        return [(pattern.match(path) or {}).get("gender", "") for path in self.items["path"]]

    def column(self, name: str) -> list[str]:
        """Return a column of the index, empty texts if it has none of this name."""
        return list(self.items.get(name, [""] * len(self.items["id"])))


def rows_of_splits(corpus: Corpus, splits: Mapping[str, Mapping[str, Fold]]) -> list[Row]:
    """Return the rows of a corpus: its recordings before chunks are cut, then each split.

    `splits` has the folds of each split; of several folds, the first is shown.
    """
    rows = [_recordings(corpus)] if _has_chunks(corpus) else []
    for name, folds in splits.items():
        fold = next(iter(folds))
        title = f"{name}, first of {len(folds)} folds ({fold})" if len(folds) > 1 else name
        rows.append(Row(title, split_panels(corpus, folds[fold])))
    return rows


def split_panels(corpus: Corpus, fold: Fold) -> list[Panel]:
    """Return the panels of one fold of a split."""
    parts: Parts = {part: fold[part] for part in PARTS if part in fold}
    classes, class_of = _classes(corpus)
    counted = _bars("items by class" if len(classes) > 1 else "items", classes, class_of, parts)
    panels: list[Panel] = [_largest(counted)]
    if corpus.frames:
        panels.append(_largest(_frames_by_class(corpus.frames, corpus.classes, parts)))
    few = classes if len(classes) <= _MAX_CLASSES else ["all"]
    group_of = class_of if few is classes else ["all"] * len(class_of)
    panels += _speaker_panels(corpus.column("speaker"), few, group_of, parts)
    panels += _gender_panels(corpus.genders, few, group_of, parts)
    for title, unit, values in _measures(corpus):
        if len(few) > 1:
            panels.append(_ranges(f"{title} by class", unit, values, few, group_of, parts))
        else:
            panels.append(_histogram(title, unit, values, parts))
    return panels


def count(names: Sequence[str], name_of: Sequence[str], items: NDArray[np.intp]) -> NDArray[Any]:
    """Count the items of each name, shape (names,); names that are not listed do not count."""
    counts = Counter(name_of[item] for item in items)
    return np.array([counts[name] for name in names], np.intp)


def count_words(text: str) -> int:
    """Return the number of words of a text, separated by white space."""
    return len(text.split())


def _classes(corpus: Corpus) -> tuple[list[str], list[str]]:
    """Return the names of the classes, and that of each item.

    Labels that are no class, as those of unknown items, follow the classes; items are all of one
    kind where they have no label.
    """
    labels = corpus.column("label")
    if not any(labels):
        return ["all"], ["all"] * len(labels)
    others = sorted(set(labels) - set(corpus.classes) - {""})
    return [*corpus.classes, *others], labels


def _bars(title: str, names: Sequence[str], name_of: Sequence[str], parts: Parts) -> Bars:
    counts = {part: count(names, name_of, items) for part, items in parts.items()}
    distinct = {part: count(names, name_of, np.unique(items)) for part, items in parts.items()}
    return Bars(title, names, counts, {part: counts[part] - distinct[part] for part in parts})


def _largest(bars: Bars) -> Bars:
    """Return bars with the largest names and the sum of the rest, if there are many."""
    if len(bars.names) <= _MAX_CLASSES:
        return bars
    totals = np.sum(list(bars.counts.values()), axis=0)
    order = np.argsort(-totals, kind="stable")
    shown, rest = order[: _MAX_CLASSES - 1], order[_MAX_CLASSES - 1 :]

    def summed(counts: Counts) -> Counts:
        return {part: np.append(each[shown], each[rest].sum()) for part, each in counts.items()}

    names = [*(bars.names[n] for n in shown), f"{len(rest)} others"]
    return Bars(bars.title, names, summed(bars.counts), summed(bars.copies), bars.stacked)


def _frames_by_class(frames: Frames, classes: Sequence[str], parts: Parts) -> Bars:
    """Count the frames of each class; those without a label do not count."""
    by_item = np.zeros((len(frames.offsets) - 1, len(classes)), np.intp)
    for n, (start, end) in enumerate(zip(frames.offsets[:-1], frames.offsets[1:])):
        labels = np.asarray(frames.labels[start:end])
        by_item[n] = np.bincount(labels[labels >= 0], minlength=len(classes))
    counts = {part: by_item[items].sum(axis=0) for part, items in parts.items()}
    distinct = {part: by_item[np.unique(items)].sum(axis=0) for part, items in parts.items()}
    copies = {part: counts[part] - distinct[part] for part in parts}
    return Bars("frames by class", list(classes), counts, copies)


def _speaker_panels(
    speaker_of: Sequence[str], classes: Sequence[str], class_of: Sequence[str], parts: Parts
) -> list[Panel]:
    """Return speakers by class, and items by speaker; nothing if no speaker is known."""
    used = {speaker_of[item] for items in parts.values() for item in items} - {""}
    if not used:
        return []
    counts = {}
    for part, items in parts.items():
        pairs = {(class_of[item], speaker_of[item]) for item in items if speaker_of[item]}
        of_class = Counter(name for name, _ in pairs)
        counts[part] = np.array([of_class[name] for name in classes], np.intp)
    title = "speakers by class" if len(classes) > 1 else "speakers"
    by_class = Bars(title, classes, counts, stacked=False)
    speakers = sorted(used)
    by_speaker = _bars("items by speaker", speakers, speaker_of, parts)
    if len(speakers) <= _MAX_SPEAKERS:
        return [by_class, by_speaker]
    numbers = {part: each[each > 0] for part, each in by_speaker.counts.items()}
    return [by_class, _binned("speakers by items", "items", numbers)]


def _gender_panels(
    gender_of: Sequence[str], classes: Sequence[str], class_of: Sequence[str], parts: Parts
) -> list[Panel]:
    """Return items by class and gender; nothing if no gender is known."""
    genders = sorted({gender_of[item] for items in parts.values() for item in items} - {""})
    if not genders:
        return []
    if len(classes) == 1:
        return [_bars("items by gender", genders, gender_of, parts)]
    names = [f"{name}, {gender}" for name in classes for gender in genders]
    name_of = [f"{name}, {gender}" for name, gender in zip(class_of, gender_of)]
    return [_bars("items by class and gender", names, name_of, parts)]


def _measures(corpus: Corpus) -> list[tuple[str, str, NDArray[np.float64]]]:
    """Return title, unit and value of each item of what is measured of a corpus."""
    measures = []
    if "seconds" in corpus.items:
        measures.append(("durations", "seconds", np.array(corpus.items["seconds"], float)))
    for column in ("text", "translation", "premise", "hypothesis"):
        texts = corpus.column(column)
        if any(texts):
            measures.append(_text_lengths(column, texts))
    return measures


def _text_lengths(column: str, texts: Sequence[str]) -> tuple[str, str, NDArray[np.float64]]:
    """Return the lengths of texts in words, or in characters where words are not separated."""
    title = f"{'transcript' if column == 'text' else column} lengths"
    has_words = any(count_words(text) > 1 for text in islice(filter(None, texts), 100))
    length = count_words if has_words else len
    return title, "words" if has_words else "characters", np.array(list(map(length, texts)), float)


def _ranges(
    title: str,
    unit: str,
    values: NDArray[np.float64],
    names: Sequence[str],
    name_of: Sequence[str],
    parts: Parts,
) -> Ranges:
    labels = np.array(name_of)
    quantiles = {}
    for part, items in parts.items():
        rows = np.full((len(names), len(QUANTILES)), np.nan)
        for n, name in enumerate(names):
            of_name = values[items[labels[items] == name]]
            if len(of_name):
                rows[n] = np.quantile(of_name, QUANTILES)
        quantiles[part] = rows
    return Ranges(title, unit, names, quantiles)


def _histogram(title: str, unit: str, values: NDArray[np.float64], parts: Parts) -> Histogram:
    return _binned(title, unit, {part: values[items] for part, items in parts.items()})


def _binned(title: str, unit: str, values: Mapping[str, NDArray[Any]]) -> Histogram:
    """Count values in common bins; integers of a small range have a bin each."""
    every = np.concatenate(list(values.values()))
    low, high = float(every.min()), float(every.max())
    if np.array_equal(every, np.round(every)) and high - low < 2 * _BINS:
        edges = np.arange(low - 0.5, high + 1)
    else:
        edges = np.linspace(low, max(high, low + 1e-6), _BINS + 1)
    counts = {part: np.histogram(each, edges)[0].astype(np.intp) for part, each in values.items()}
    return Histogram(title, unit, edges, counts)


def _has_chunks(corpus: Corpus) -> bool:
    """Return whether recordings have several chunks; a truncated one has only its beginning."""
    return any(start not in ("", "0") for start in corpus.column("start"))


def _recordings(corpus: Corpus) -> Row:
    """Return the recordings by class and their durations, the sums over their chunks."""
    paths, (classes, class_of) = corpus.items["path"], _classes(corpus)
    seconds: dict[str, float] = {}
    label: dict[str, str] = {}
    for path, duration, name in zip(paths, corpus.items["seconds"], class_of):
        seconds[path] = seconds.get(path, 0.0) + float(duration)
        label[path] = name
    parts: Parts = {WHOLE: np.arange(len(seconds))}
    names, durations = list(label.values()), np.array(list(seconds.values()))
    bars = _largest(_bars("recordings by class", classes, names, parts))
    if 1 < len(classes) <= _MAX_CLASSES:
        of_class = _ranges("durations by class", "seconds", durations, classes, names, parts)
        return Row(_BEFORE, [bars, of_class])
    histogram = _histogram("durations", "seconds", durations, parts)
    return Row(_BEFORE, [bars, histogram])
