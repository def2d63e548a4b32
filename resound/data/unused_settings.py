"""Settings of a corpus that match none of its recordings: probably misspelt."""

from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from resound.data.frame_labels import read_symbols
from resound.data.names import name_key
from resound.data.path_pattern import PathPattern
from resound.data.recordings import Item, Rules
from resound.errors import nearest


def find_unused(
    root: Path,
    items: Sequence[Item],
    labels: Collection[str] | None,
    pattern: PathPattern,
    rules: Rules,
) -> list[str]:
    """Return a message for each setting that has no effect on the recordings below `root`.

    `labels` are those in paths, before `label_names`; None if paths have none.
    """
    return [
        *_find_unused_labels(items, labels, rules),
        *_find_unused_patterns(root, items, pattern, rules),
        *(_find_unused_symbols(root, items, rules) if rules.alignment else ()),
    ]


def _find_unused_labels(
    items: Sequence[Item], labels: Collection[str] | None, rules: Rules
) -> Iterator[str]:
    used = {item.label for item in items}
    if not rules.alignment:
        for label in rules.labels or ():
            if label not in used:
                yield f"`labels`: no usable recording has the label '{label}'{nearest(label, used)}"
    if labels is None:
        return
    keys = {name_key(label) for label in labels}
    for label in rules.label_names:
        if name_key(label) not in keys:
            yield f"`label_names`: no recording has the label '{label}'{nearest(label, labels)}"


def _find_unused_patterns(
    root: Path, items: Sequence[Item], pattern: PathPattern, rules: Rules
) -> Iterator[str]:
    excluded = pattern.find_excluded(root) if pattern.exclude else []
    paths = [item.path for item in items]
    unlabelled = rules.alignment.unlabelled if rules.alignment else []
    for key, globs, names in (
        ("exclude", pattern.exclude, excluded),
        ("unknown", rules.unknown, paths),
        ("unlabelled", unlabelled, paths),
    ):
        for glob in globs:
            if not any(fnmatchcase(name, glob) for name in names):
                yield f"`{key}`: no path matches '{glob}'"


def _find_unused_symbols(root: Path, items: Sequence[Item], rules: Rules) -> Iterator[str]:
    assert rules.alignment is not None
    symbols: set[str] = set()
    for path in {item.alignment for item in items} - {""}:
        symbols |= set(read_symbols(root / path, rules.alignment))
    if not symbols:
        return
    classes = {rules.alignment.fold.get(symbol, symbol) for symbol in symbols}
    for symbol in rules.alignment.fold:
        if symbol not in symbols:
            yield f"`fold`: no transcript contains the symbol '{symbol}'"
    for label in rules.labels or ():
        if label not in classes:
            yield f"`labels`: no transcript contains a symbol of the class '{label}'"
