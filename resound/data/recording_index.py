"""The index of a corpus of recordings: every recording is decoded once, over a pool of workers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, fields, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from resound.data.index import Index, Rejected, check_rejected, count_duplicates
from resound.data.names import check_case, choose_spellings, printable
from resound.data.path_pattern import PathPattern
from resound.data.recordings import ITEM_COLUMNS, Item, Rules, read_items
from resound.data.transcripts import Transcript, Transcripts
from resound.data.unused_settings import find_unused
from resound.errors import UserError
from resound.runtime.pool import Pool, spread
from resound.settings import typed

_CHUNK = 64
"""Recordings per task of the pool."""

_Task = tuple[str, Transcript | Rejected | None]
"""The path of a recording, with its transcript if the corpus has transcript tables."""


class _Tables(Protocol):
    """`resound.data.transcript_tables.TranscriptTables`, whose module is loaded by name."""

    names: str
    rejected: list[Rejected]

    def find(self, path: str) -> list[Transcript]: ...

    def sort(self, paths: Sequence[str]) -> list[str]: ...


def index_recordings(
    source: Path,
    settings: Mapping[str, Any],
    pool: Pool,
    workers: int,
    progress: Callable[[int], None] = lambda done: None,
) -> Index:
    """Index the recordings below `source` whose paths match the pattern of the corpus.

    `settings` are those of the corpus; `progress` is called with the number of recordings read.
    Raises UserError if there are no recordings, too many are rejected, or their labels cannot be
    used.
    """
    pattern = PathPattern(settings["path_pattern"], settings["exclude"])
    root = pattern.find_root(source)
    rules = typed(Rules, {field.name: settings[field.name] for field in fields(Rules)})
    items, rejected = read_recordings(root, pattern, rules, pool, workers, progress)
    ignored = pattern.find_ignored(root)
    for name in ignored:
        print(f"ignored, because it does not match `path_pattern`: {printable(name)}")
    check_rejected(len(items), rejected, settings["max_rejected"])
    known = [item for item in items if not rules.is_unknown(item.path)]
    classes = settings["labels"] or sorted({item.label for item in known} - {""})
    _check_unknown(items, rules, classes)
    _check_labels(known, pattern, rules)
    summary: dict[str, Any] = {
        "classes": classes,
        "items": len(known),
        "unknown": len(items) - len(known),
        "duplicates": count_duplicates(map(vars, known)),
        "rejected": len(rejected),
        "ignored": len(ignored),
        "speakers": len({item.speaker for item in known if item.speaker}),
        "seconds": round(sum(item.seconds for item in known), 3),
        "rates_hz": sorted({item.rate_hz for item in items}),
        "texts": False,
        "notes": _collect_notes(known),
        "unused": find_unused(root, items, _find_labels(items, pattern), pattern, rules),
    }
    for note, paths in summary["notes"].items():
        print(f"{note}: {', '.join(paths)}")
    for message in summary["unused"]:
        print(f"matches nothing: {message}")
    if rules.frame_ms:
        summary["frames"] = _count_frames(known)
    return Index(root, ITEM_COLUMNS, [astuple(item) for item in items], rejected, summary)


def read_recordings(
    root: Path,
    pattern: PathPattern,
    rules: Rules,
    pool: Pool,
    workers: int,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[list[Item], list[Rejected]]:
    """Read every recording below `root` that matches `pattern`.

    Items are in the order of their rows in the transcript tables, or of their paths if the corpus
    has no tables, so that a random split draws the items that it draws from the rows of the table.
    Raises UserError if there are no recordings.
    """
    found = [path.relative_to(root).as_posix() for path in pattern.find_files(root)]
    if not found:
        raise UserError(f"the corpus is empty: {pattern.explain_no_match(root)}")
    paths = [path for path in found if printable(path) == path]
    tables = _open_tables(root, rules.transcripts, pattern, paths) if rules.transcripts else None
    if tables:
        paths = tables.sort(paths)
    needs_text = bool(rules.transcripts and rules.transcripts.text)
    tasks: list[_Task] = [(path, _find_transcript(tables, path, needs_text)) for path in paths]
    chunks = [tasks[start : start + _CHUNK] for start in range(0, len(tasks), _CHUNK)]
    read = partial(_read_chunk, root, pattern, rules)
    entries: list[Item | Rejected] = []
    done = 0
    for chunk, read_entries in zip(chunks, spread(read, chunks, pool, workers), strict=True):
        entries += read_entries
        done += len(chunk)
        progress(done)
    items, rejected = _separate(entries)
    rejected += [
        Rejected(printable(path), "its name is not UTF-8: rename it")
        for path in found
        if printable(path) != path
    ]
    return unify_names(items, rules), rejected + (tables.rejected if tables else [])


def _open_tables(
    root: Path, settings: Transcripts, pattern: PathPattern, paths: Sequence[str]
) -> _Tables:
    module = import_module("resound.data.transcript_tables")
    tables: _Tables = module.TranscriptTables(root, settings, paths, pattern.find_excluded(root))
    return tables


def unify_names(items: Sequence[Item], rules: Rules) -> list[Item]:
    """Give one spelling to labels, speakers and groups that look the same.

    Raises UserError if two labels differ only in letter case and none are configured.
    """
    if rules.labels is None:
        check_case(item.label for item in items)
    labels = choose_spellings(item.label for item in items)
    speakers = choose_spellings(item.speaker for item in items)
    groups = choose_spellings(item.group for item in items)
    return [
        replace(
            item,
            label=labels[item.label],
            speaker=speakers[item.speaker],
            group=groups[item.group],
        )
        for item in items
    ]


def _find_transcript(
    tables: _Tables | None, path: str, needs_text: bool
) -> Transcript | Rejected | None:
    """Return the transcript of a recording, or why the recording is rejected.

    Without a text it is rejected if `needs_text`. Return None if the corpus has no tables.
    """
    if tables is None:
        return None
    transcripts = tables.find(path)
    if not transcripts:
        return Rejected(path, f"no row of {tables.names} names it")
    if len(transcripts) > 1:
        locations = f"{transcripts[0].location} and {transcripts[1].location}"
        return Rejected(path, f"two rows name it: {locations}")
    if transcripts[0].problem:
        return Rejected(path, f"{transcripts[0].location}: {transcripts[0].problem}")
    if needs_text and not transcripts[0].text:
        return Rejected(path, f"has no text in {transcripts[0].location}")
    return transcripts[0]


def _read_chunk(
    root: Path, pattern: PathPattern, rules: Rules, tasks: Sequence[_Task]
) -> list[Item | Rejected]:
    entries: list[Item | Rejected] = []
    for path, transcript in tasks:
        if isinstance(transcript, Rejected):
            entries.append(transcript)
        else:
            entries += read_items(root, pattern, rules, path, transcript)
    return entries


def _separate(entries: Sequence[Item | Rejected]) -> tuple[list[Item], list[Rejected]]:
    """Separate items from rejected recordings; reject items whose id is already taken."""
    items: dict[str, Item] = {}
    rejected: list[Rejected] = []
    for entry in entries:
        if isinstance(entry, Rejected):
            rejected.append(entry)
        elif entry.id in items:
            reason = f"differs from {items[entry.id].path} only in its suffix"
            rejected.append(Rejected(entry.path, reason))
        else:
            items[entry.id] = entry
    return list(items.values()), rejected


def _find_labels(items: Sequence[Item], pattern: PathPattern) -> set[str] | None:
    """Return the labels in the paths of items, before `label_names`; None if these have none."""
    if "label" not in pattern.fields:
        return None
    labels = {(pattern.match(item.path) or {}).get("label") for item in items}
    return {label or "" for label in labels} - {""}


def _collect_notes(items: Sequence[Item]) -> dict[str, list[str]]:
    """Return the paths of the recordings with each note."""
    notes: dict[str, list[str]] = {}
    for item in items:
        if item.note:
            paths = notes.setdefault(item.note, [])
            paths += [item.path] if item.path not in paths[-1:] else []  # one for all its chunks
    return notes


def _count_frames(items: Sequence[Item]) -> dict[str, int]:
    """Return the number of frames in each partition of a corpus whose recordings are frames."""
    frames: dict[str, int] = {}
    for item in items:
        frames[item.partition] = frames.get(item.partition, 0) + item.samples
    return frames


def _check_unknown(items: Sequence[Item], rules: Rules, classes: Sequence[str]) -> None:
    """Raise UserError if a recording of `unknown` has the label of a class."""
    labels = {item.label for item in items if rules.is_unknown(item.path)}
    if shared := labels & set(classes):
        raise UserError(
            f"`unknown` matches recordings with the label '{min(shared)}', which is also a class:"
            " recordings of `unknown` belong to no class, so they need another label; change"
            " `unknown` or `labels`"
        )


def _check_labels(known: Sequence[Item], pattern: PathPattern, rules: Rules) -> None:
    """Raise UserError if recordings are labelled, but all of them have the same label."""
    is_labelled = "label" in pattern.fields or bool(rules.transcripts and rules.transcripts.label)
    if is_labelled and not rules.alignment and len({item.label for item in known}) < 2:
        raise UserError(
            f"all {len(known)} recordings have the label '{known[0].label}', so there is nothing"
            " to classify; is {label} in the right place in `path_pattern`?"
        )
