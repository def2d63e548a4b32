"""The index of a corpus: one row a recording that can be used, and a list of those that cannot."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from resound.data import audio
from resound.data.frame_arrays import read_frames
from resound.data.frame_labels import Alignment, Misaligned, check
from resound.data.path_pattern import PathPattern
from resound.data.transcripts import Row, Rows, Transcripts
from resound.errors import UserError
from resound.runtime.pool import Pool, spread

_CHUNK = 64


@dataclass(frozen=True)
class Item:
    """A usable recording, or a piece of one."""

    id: str
    """Its path below the corpus, without the suffix; of a piece, `@` and its number too."""
    path: str
    """Its path below the corpus."""
    label: str
    """Empty where labels are those of frames."""
    speaker: str
    group: str
    partition: str
    text: str
    """What is said, where the corpus has transcripts."""
    translation: str
    """The same in another language, where they give it."""
    seconds: float
    samples: int
    """Samples of one channel, at the file's own rate."""
    start: int | None
    """The first sample that is used; None for a whole recording."""
    rate_hz: int
    """Samples a second; frames a second where the recording is an array of frames."""
    alignment: str
    """The path of its symbols below the corpus, where labels are those of frames."""
    sha256: str
    """Of the file and its symbols, so that the index changes when a recording does."""


@dataclass(frozen=True)
class Rules:
    """Which recordings are items, and how."""

    labels: Sequence[str] | None
    """The classes, where they are known beforehand."""
    label_names: Mapping[str, str]
    """What labels of paths and tables are called."""
    unknown: Sequence[str]
    """Shell patterns of paths that are of no class."""
    min_seconds: float
    max_seconds: float | None
    """Longer recordings are set aside, or lose their end where `truncate` says so."""
    truncate: bool
    chunk_seconds: float | None
    """Longer recordings become pieces of so many seconds."""
    transcripts: Transcripts | None
    """Where the texts stand."""
    alignment: Alignment | None
    """Where the labels of frames stand."""
    frame_ms: float | None
    """The recordings are arrays of frames, so far apart."""

    def is_unknown(self, path: str) -> bool:
        """Whether a path (relative, with `/`) is of no class."""
        return any(fnmatchcase(path, pattern) for pattern in self.unknown)


@dataclass(frozen=True)
class Rejected:
    """A recording set aside, and why."""

    path: str
    reason: str


ITEM_COLUMNS = tuple(field.name for field in fields(Item))
REJECTED_COLUMNS = tuple(field.name for field in fields(Rejected))


def index(
    root: Path,
    layout: PathPattern,
    rules: Rules,
    pool: Pool,
    workers: int,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[list[Item], list[Rejected]]:
    """Decode every recording below `root` that reads like `path_pattern`, in the order of their paths.

    Raises UserError where none does.
    """
    paths = layout.find(root)
    if not paths:
        raise UserError(f"the corpus is empty: {layout.explain_no_match(root)}")
    rows = Rows(root, rules.transcripts) if rules.transcripts else None
    check = partial(_check_all, root, layout, rules)
    names = [path.relative_to(root).as_posix() for path in paths]
    tasks = [(name, _row(rows, name) if rows else None) for name in names]
    chunks = [tasks[start : start + _CHUNK] for start in range(0, len(tasks), _CHUNK)]
    found: list[Item | Rejected] = []
    for checked in spread(check, chunks, pool, workers):
        found += checked
        progress(len(found))
    items: dict[str, Item] = {}
    rejected: list[Rejected] = []
    for entry in found:
        if isinstance(entry, Rejected):
            rejected.append(entry)
        elif entry.id in items:
            other = items[entry.id].path
            rejected.append(Rejected(entry.path, f"has the name of {other} but for its suffix"))
        else:
            items[entry.id] = entry
    if rows:
        lost = rows.without(set(names))
        rejected += [
            Rejected(name, f"is not there, but {row.place} names it") for name, row in lost
        ]
    return list(items.values()), rejected


def too_many_rejected(items: int, rejected: Sequence[Rejected], most: float) -> UserError | None:
    """The error that a corpus deserves of which more than the share `most` was set aside."""
    share = len(rejected) / (items + len(rejected))
    if items and share <= most:
        return None
    reasons = Counter(entry.reason for entry in rejected).most_common(3)
    summary = "; ".join(f"{count} x {reason}" for reason, count in reasons)
    return UserError(
        f"{len(rejected)} of {items + len(rejected)} items cannot be used ({share:.1%}), more"
        f" than `max_rejected: {most}` allows: {summary}; the first is {rejected[0].path}."
        f" Mend them, or raise `max_rejected`; the log lists them all"
    )


def rows(entries: Sequence[Item] | Sequence[Rejected]) -> list[tuple[object, ...]]:
    """Table rows of index entries."""
    return [astuple(entry) for entry in entries]


def _check_all(
    root: Path, layout: PathPattern, rules: Rules, tasks: Sequence[tuple[str, Row | Rejected | None]]
) -> list[Item | Rejected]:
    return [entry for name, said in tasks for entry in _check(root, layout, rules, name, said)]


def _check(
    root: Path, layout: PathPattern, rules: Rules, name: str, said: Row | Rejected | None
) -> list[Item] | list[Rejected]:
    if isinstance(said, Rejected):
        return [said]
    path = root / name
    parts = (layout.match(name) or {}) | (said.fields if said else {})
    label = parts.get("label", "")
    label = rules.label_names.get(label, label)
    known = rules.labels is None or rules.alignment is not None or label in rules.labels
    if not known and not rules.is_unknown(name):
        return [Rejected(name, f"label '{label}' is not among the corpus' `labels`")]
    try:
        data = path.read_bytes()
    except OSError as error:
        return [Rejected(name, f"cannot be read: {error.strerror}")]
    if missing := _missing_bytes(data):
        return [Rejected(name, f"is cut short: {missing} bytes of what its header promises")]
    try:
        samples, rate_hz = _decode(data, rules.frame_ms)
        symbols = _symbols(root, layout, rules, name, len(samples), rate_hz)
    except (audio.UnreadableClip, Misaligned) as error:
        return [Rejected(name, str(error))]
    seconds = len(samples) / rate_hz
    if seconds < rules.min_seconds:
        what = f"lasts {seconds:.3f} s, less than `min_seconds: {rules.min_seconds}`"
        return [Rejected(name, what)]
    whole = Item(
        id=name.removesuffix(path.suffix),
        path=name,
        label=label,
        speaker=parts.get("speaker", ""),
        group=parts.get("group", ""),
        partition=parts.get("partition", ""),
        text=said.text if said else parts.get("text", ""),
        translation=said.translation if said else "",
        seconds=round(seconds, 6),
        samples=len(samples),
        start=None,
        rate_hz=rate_hz,
        alignment=symbols,
        sha256=hashlib.sha256(data + _content(root, symbols)).hexdigest()[:16],
    )
    if rules.max_seconds is not None and seconds > rules.max_seconds:
        if not rules.truncate:
            what = f"lasts {seconds:.1f} s, more than `max_seconds: {rules.max_seconds:g}`"
            return [Rejected(name, what)]
        kept = round(rules.max_seconds * rate_hz)
        return [replace(whole, start=0, samples=kept, seconds=round(kept / rate_hz, 6))]
    if rules.chunk_seconds is None or seconds <= rules.chunk_seconds:
        return [whole]
    return list(_pieces(whole, round(rules.chunk_seconds * rate_hz), rules.min_seconds))


def _row(rows: Rows, name: str) -> Row | Rejected:
    """The one row that tells what is said in a recording."""
    found = rows.of(name)
    if not found:
        return Rejected(name, f"no row of {rows.tables} names it")
    if len(found) > 1:
        return Rejected(name, f"two rows name it: {found[0].place}, and {found[1].place}")
    if not found[0].text:
        return Rejected(name, f"has no text in {found[0].place}")
    return found[0]


def _decode(data: bytes, frame_ms: float | None) -> tuple[audio.Samples, int]:
    """The samples (or rows of frames) of a file's content, and how many a second."""
    if frame_ms is None:
        return audio.read(data)
    return read_frames(data), round(1000 / frame_ms)


def _symbols(
    root: Path, layout: PathPattern, rules: Rules, name: str, samples: int, rate_hz: int
) -> str:
    """The path of a recording's symbols below `root`, checked; empty where it has none."""
    alignment = rules.alignment
    if alignment is None or any(fnmatchcase(name, pattern) for pattern in alignment.unlabelled):
        return ""
    companion = layout.companion(name, alignment.path)
    if not (root / companion).is_file():
        raise Misaligned(f"has no transcript {companion}")
    check(root / companion, alignment, rules.labels or (), samples, rate_hz)
    return companion


def _content(root: Path, path: str) -> bytes:
    return (root / path).read_bytes() if path else b""


def _pieces(whole: Item, length: int, min_seconds: float) -> Iterator[Item]:
    """Pieces of `length` samples, one after the other; a last, shorter one if it is long enough."""
    for number, start in enumerate(range(0, whole.samples, length)):
        samples = min(length, whole.samples - start)
        seconds = samples / whole.rate_hz
        if seconds >= min_seconds:
            name, rounded = f"{whole.id}@{number}", round(seconds, 6)
            yield replace(whole, id=name, start=start, samples=samples, seconds=rounded)


def _missing_bytes(data: bytes) -> int:
    """How many bytes a RIFF file lacks of the size in its header; libsndfile reads it all the same.

    A recorder that could not know the size writes the largest, or none.
    """
    if data[:4] != b"RIFF" or len(data) < 8:
        return 0
    promised = int.from_bytes(data[4:8], "little")
    return 0 if promised >= 2**31 - 1 else max(0, promised + 8 - len(data) - 1)
