"""Recordings as items of an index: decoded, checked, and described by one row each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from resound.arrays import Array
from resound.data import audio
from resound.data.clips import content_digest
from resound.data.decoding.decode import decode
from resound.data.decoding.errors import UnreadableClip
from resound.data.frame_arrays import read_frames
from resound.data.frame_labels import Alignment, AlignmentError, check_alignment
from resound.data.index import Rejected
from resound.data.names import class_of
from resound.data.path_pattern import PathPattern
from resound.data.transcripts import Transcript, Transcripts


@dataclass(frozen=True)
class Item:
    """A usable recording, or a chunk of one."""

    id: str
    """The path below the corpus without the suffix; for a chunk, followed by `@` and its number."""
    path: str
    """The path below the corpus."""
    label: str
    """Empty if frames are labelled instead of recordings."""
    speaker: str
    group: str
    partition: str
    text: str
    """The transcript, if the corpus has transcripts."""
    translation: str
    """The translation of the transcript, if the corpus has translations."""
    seconds: float
    samples: int
    """The number of samples (per channel) at the rate of the file."""
    start: int | None
    """The first sample that is used; None for a whole recording."""
    rate_hz: int
    """Samples per second, or frames per second if the recording is an array of frames."""
    alignment: str
    """The path of the symbols below the corpus, if frames are labelled."""
    note: str
    """What is unusual about the recording, empty if nothing is."""
    sha256: str
    """The start of the digest of the file and its symbols: the index changes when they do."""


SILENT = "digital silence: every sample is 0"
CANCELLED = "opposite channels: their average is nearly silent"
TRUNCATED = "truncated to `max_seconds`"
_CANCELLED = 0.01
"""The peak of the average of the channels, over that of the channels."""

ITEM_COLUMNS = tuple(field.name for field in fields(Item))


@dataclass(frozen=True)
class Rules:
    """Which recordings are used, and how they are described."""

    labels: Sequence[str] | None
    """The classes, if they are configured."""
    label_names: Mapping[str, str]
    """The classes of the labels in paths and tables, where they have different names."""
    unknown: Sequence[str]
    """Shell patterns of the paths of recordings that belong to no class."""
    min_seconds: float
    max_seconds: float | None
    """Longer recordings are rejected, or truncated if `truncate` is set."""
    truncate: bool
    chunk_seconds: float | None
    """Longer recordings are split into chunks of this length."""
    transcripts: Transcripts | None
    """Where the transcripts are stored."""
    alignment: Alignment | None
    """Where the labels of frames are stored."""
    frame_ms: float | None
    """The hop of recordings that are arrays of frames."""

    def is_unknown(self, path: str) -> bool:
        """Return whether a path (relative, with `/`) belongs to no class."""
        return any(fnmatchcase(path, pattern) for pattern in self.unknown)


def read_items(
    root: Path, pattern: PathPattern, rules: Rules, path: str, transcript: Transcript | None
) -> list[Item] | list[Rejected]:
    """Decode and check the recording `path` below `root`; return its items, or why it is rejected.

    There are several items if the recording is split into chunks.
    """
    values = (pattern.match(path) or {}) | (transcript.fields if transcript else {})
    label = class_of(values.get("label", ""), rules.labels, rules.label_names)
    if not _is_known(rules, path, label):
        reason = (
            f"label '{label}' is not one of the `labels` of the corpus: add it to them, or leave"
            " its recordings out with `exclude`"
        )
        return [Rejected(path, reason)]
    try:
        data = (root / path).read_bytes()
    except OSError as error:
        return [Rejected(path, f"cannot be read: {error.strerror}")]
    try:
        samples, rate_hz, note = _decode(data, rules.frame_ms)
        symbols = _find_symbols(root, pattern, rules, path, len(samples), rate_hz)
    except (UnreadableClip, AlignmentError) as error:
        return [Rejected(path, str(error))]
    except Exception as error:  # one file must not stop the index of the others
        return [Rejected(path, f"cannot be read: {type(error).__name__}: {error}")]
    seconds = len(samples) / rate_hz
    whole = Item(
        id=path.removesuffix(Path(path).suffix),
        path=path,
        label=label,
        speaker=values.get("speaker", ""),
        group=values.get("group", ""),
        partition=values.get("partition", ""),
        text=transcript.text if transcript else values.get("text", ""),
        translation=transcript.translation if transcript else "",
        seconds=round(seconds, 6),
        samples=len(samples),
        start=None,
        rate_hz=rate_hz,
        alignment=symbols,
        note=note,
        sha256=content_digest(data, _read_symbols(root, symbols)),
    )
    return _apply_durations(whole, seconds, rules)


def _is_known(rules: Rules, path: str, label: str) -> bool:
    """Return whether a recording may have this label."""
    if rules.labels is None or rules.alignment is not None or label in rules.labels:
        return True
    return rules.is_unknown(path)


def _apply_durations(whole: Item, seconds: float, rules: Rules) -> list[Item] | list[Rejected]:
    """Reject, truncate or split a recording by its duration."""
    if seconds < rules.min_seconds:
        reason = f"lasts {seconds:.3f} s, less than `min_seconds: {rules.min_seconds}`"
        return [Rejected(whole.path, reason)]
    if rules.max_seconds is not None and seconds > rules.max_seconds:
        if not rules.truncate:
            reason = f"lasts {seconds:.1f} s, more than `max_seconds: {rules.max_seconds:g}`"
            return [Rejected(whole.path, reason)]
        samples = round(rules.max_seconds * whole.rate_hz)
        rounded = round(samples / whole.rate_hz, 6)
        note = "; ".join(filter(None, (whole.note, TRUNCATED)))
        return [replace(whole, start=0, samples=samples, seconds=rounded, note=note)]
    if rules.chunk_seconds is None or seconds <= rules.chunk_seconds:
        return [whole]
    length = round(rules.chunk_seconds * whole.rate_hz)
    return list(_split(whole, length, rules.min_seconds))


def _split(whole: Item, length: int, min_seconds: float) -> Iterator[Item]:
    """Yield consecutive chunks of `length` samples; skip a last one shorter than `min_seconds`."""
    for number, start in enumerate(range(0, whole.samples, length)):
        samples = min(length, whole.samples - start)
        seconds = samples / whole.rate_hz
        if seconds >= min_seconds:
            chunk_id, rounded = f"{whole.id}@{number}", round(seconds, 6)
            yield replace(whole, id=chunk_id, start=start, samples=samples, seconds=rounded)


def _decode(data: bytes, frame_ms: float | None) -> tuple[Array, int, str]:
    """Return the samples (or frames) in a file, their number per second, and what is unusual."""
    if frame_ms is not None:
        return read_frames(data), round(1000 / frame_ms), ""
    frames, rate_hz = decode(data)
    samples = audio.to_mono(frames)
    return samples, rate_hz, _describe(frames, samples)


def _describe(frames: Array, samples: Array) -> str:
    """Return what is unusual about decoded frames, of which `samples` is the average."""
    if samples.any():
        # Of opposite channels, such as those of a badly wired microphone, hardly anything is left.
        if frames.ndim == 1 or np.abs(samples).max() > _CANCELLED * np.abs(frames).max():
            return ""
        return CANCELLED
    return CANCELLED if frames.any() else SILENT


def _find_symbols(
    root: Path, pattern: PathPattern, rules: Rules, path: str, samples: int, rate_hz: int
) -> str:
    """Return the path of a recording's symbols below `root`, or an empty string if it has none.

    Raises AlignmentError if they are missing or do not fit the recording.
    """
    alignment = rules.alignment
    if alignment is None or any(fnmatchcase(path, glob) for glob in alignment.unlabelled):
        return ""
    symbols = pattern.companion(root, path, alignment.path)
    if not (root / symbols).is_file():
        raise AlignmentError(f"has no transcript {symbols}")
    check_alignment(root / symbols, alignment, rules.labels or (), samples, rate_hz)
    return symbols


def _read_symbols(root: Path, path: str) -> bytes:
    return (root / path).read_bytes() if path else b""
