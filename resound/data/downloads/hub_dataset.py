"""Datasets whose recordings are in Parquet files, as on the Hugging Face hub: written as files.

`scripts/download_corpus.py` loads this module by name, so that an edit makes only those corpora
stale.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from resound.data.names import AUDIO_SUFFIXES
from resound.errors import UserError, nearest
from resound.io.disk import require_space
from resound.runtime.progress import Progress

_SIGNATURES = (
    (b"RIFF", ".wav"),
    (b"fLaC", ".flac"),
    (b"OggS", ".ogg"),
    (b"ID3", ".mp3"),
    (b"\xff", ".mp3"),
    (b"FORM", ".aiff"),
    (b"\x1a\x45\xdf\xa3", ".webm"),
)


def export(source: Path, target: Path, audio: str, subset: str | None, progress: Progress) -> None:
    """Write the recordings of a dataset in `source` as files below `target`, with tables.

    The recordings of a split are in the folder of its name, as they are stored: they are not
    decoded. `{split}.jsonl` has one row per recording: its `path`, and the other columns as texts,
    in which a class has its name. Nested columns are left out. Raises UserError if there is no such
    subset or column `audio`.
    """
    require_space(sum(path.stat().st_size for path in source.rglob("*")), target.parent)
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as cache:
        for split, rows in _open(source, audio, subset, cache).items():
            progress(f"writing the recordings of {split}")
            _export_split(str(split), rows, source, target, audio)


def _open(source: Path, audio: str, subset: str | None, cache: str) -> Mapping[str, Any]:
    """Return the rows of each split, which are read one after the other."""
    from datasets import Audio, load_dataset

    try:
        splits = load_dataset(str(source), name=subset, streaming=True, cache_dir=cache)
    except (ValueError, OSError) as error:
        raise UserError(f"{source} is no dataset that can be read: {error}") from error
    for rows in splits.values():
        if audio not in rows.features:
            hint = nearest(audio, rows.features)
            raise UserError(f"the dataset {source.name} has no column '{audio}'{hint}")
    return {name: rows.cast_column(audio, Audio(decode=False)) for name, rows in splits.items()}


def _export_split(split: str, rows: Any, source: Path, target: Path, audio: str) -> None:
    (target / split).mkdir()
    used: set[str] = set()
    with (target / f"{split}.jsonl").open("w", encoding="utf-8") as table:
        for number, row in enumerate(rows):
            recording = row.pop(audio) or {}
            content = _content(recording, source)
            path = ""
            if content is not None:
                path = f"{split}/{_choose_name(recording.get('path'), number, content, used)}"
                (target / path).write_bytes(content)
            cells = dict(_cells(row, rows.features))
            table.write(json.dumps({"path": path, **cells}, ensure_ascii=False) + "\n")


def _content(recording: Mapping[str, Any], source: Path) -> bytes | None:
    """Return the bytes of a recording, which may be in a file beside; None if there is none."""
    if recording.get("bytes"):
        return bytes(recording["bytes"])
    if not recording.get("path"):
        return None
    file = (source / recording["path"]).resolve()
    is_inside = file.is_relative_to(source.resolve())
    return file.read_bytes() if is_inside and file.is_file() else None


def _choose_name(stored: str | None, number: int, content: bytes, used: set[str]) -> str:
    """Return a file name that no other recording of the split has in any letter case."""
    name = Path((stored or "").replace("\\", "/")).name or f"{number:06}"
    if Path(name).suffix.lower() not in AUDIO_SUFFIXES:
        name += next((s for start, s in _SIGNATURES if content.startswith(start)), ".m4a")
    if name.casefold() in used:
        name = f"{Path(name).stem}_{number:06}{Path(name).suffix}"
    used.add(name.casefold())
    return name


def _cells(row: Mapping[str, Any], features: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each column that is not nested; `path` is the recording's."""
    for name, value in row.items():
        names = getattr(features.get(name), "names", None)
        if name == "path" or isinstance(value, list | dict | bytes):
            continue
        if value is None:
            yield name, ""
        elif names and isinstance(value, int):
            yield name, str(names[value]) if 0 <= value < len(names) else ""
        else:
            yield name, str(value)
