"""Path patterns of corpora: `data/{speaker}/{label}_{speaker}_{take}.wav`."""

import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from resound.data.names import AUDIO_SUFFIXES, clean_name, find_file, printable
from resound.errors import UserError

_WRAPPERS = 3
"""Levels of folders around a corpus that are searched."""
_METADATA = {"__macosx", "thumbs.db", "desktop.ini", "$recycle.bin", "system volume information"}
_ARCHIVES = {".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"}
_FIELD = re.compile(r"\{([A-Za-z_]\w*)(?::(\d+))?\}")


class PathPattern:
    """A pattern of relative paths with named fields, or several of them.

    `{name}` matches one or more characters other than `/`, `{name:N}` exactly N of them. Repeated
    fields must have equal values. `{label}`, `{speaker}`, `{group}`, `{partition}` and `{text}`
    have a meaning in the pipeline; other names only describe the path. What is between the fields
    matches in any letter case. The first of several patterns that matches decides. Paths that match
    one of the shell patterns `exclude` are not part of the corpus. Raises UserError for an
    unbalanced brace.
    """

    def __init__(self, pattern: str | Sequence[str], exclude: Sequence[str] = ()) -> None:
        self.patterns = [pattern] if isinstance(pattern, str) else list(pattern)
        self.exclude = exclude
        named = [{field[1] for field in _FIELD.finditer(pattern)} for pattern in self.patterns]
        self.fields = set.intersection(*named)
        """The fields that each of the patterns has."""
        for pattern in self.patterns:
            if set(_FIELD.sub("", pattern)) & set("{}"):
                raise UserError(
                    f"the path pattern '{pattern}' has a stray brace: write a field as {{name}} or"
                    " {name:2}"
                )
        self._regexes = [re.compile(_to_regex(pattern)) for pattern in self.patterns]

    def match(self, path: str) -> dict[str, str] | None:
        """Return the fields of a path (relative, with `/`), or None if it does not match."""
        if self.is_excluded(path):
            return None
        normalised = unicodedata.normalize("NFC", path)
        for regex in self._regexes:
            if match := regex.fullmatch(normalised):
                return {name: clean_name(value) for name, value in match.groupdict().items()}
        return None

    def companion(self, root: Path, path: str, pattern: str) -> str:
        """Return `pattern` filled with the fields of `path`, as the file below `root` is called."""
        companion = fill(pattern, self.match(path) or {})
        return find_file(root, companion) or companion

    def find_root(self, folder: Path) -> Path:
        """Return the folder below which paths match: `folder`, or the only such folder in it.

        Many archives wrap their contents in a folder that is named after a version, some in two,
        and put other files beside it, but no recordings.
        """
        root = find_wrapped(folder, lambda inner: bool(self.find_files(inner)))
        outside = (name for name in files_below(folder) if not name.is_relative_to(root))
        return folder if any(map(_is_audio, outside)) else root

    def find_files(self, root: Path) -> list[Path]:
        """Return the files below `root` that match, sorted by their relative paths."""
        files = [(path.relative_to(root).as_posix(), path) for path in files_below(root)]
        return [path for name, path in sorted(files) if self.match(name)]

    def find_excluded(self, root: Path) -> list[str]:
        """Return the relative paths of the files below `root` that are excluded, sorted."""
        if not self.exclude:
            return []
        names = (path.relative_to(root).as_posix() for path in files_below(root))
        return sorted(name for name in names if self.is_excluded(name))

    def find_ignored(self, root: Path) -> list[str]:
        """Return the relative paths of the audio files below `root` that do not match, sorted.

        Excluded paths are not among them.
        """
        names = (path.relative_to(root).as_posix() for path in files_below(root))
        return sorted(
            name
            for name in names
            if _is_audio(Path(name)) and not self.match(name) and not self.is_excluded(name)
        )

    def explain_no_match(self, root: Path) -> str:
        """Explain why no file below `root` matches, by what is there instead."""
        audio, files = self.find_ignored(root), sum(1 for _ in files_below(root))
        if not files:
            return f"{root} contains no files"
        if not audio:
            names = sorted(path.relative_to(root).as_posix() for path in files_below(root))
            packed = [name for name in names if Path(name).suffix.lower() in _ARCHIVES]
            hint = f"; unpack '{printable(packed[0])}'" if packed else ""
            return f"{root} contains {files} files, but none of them is an audio file{hint}"
        examples = ", ".join(f"'{printable(name)}'" for name in audio[:3])
        patterns = " or ".join(f"'{pattern}'" for pattern in self.patterns)
        return (
            f"none of the {len(audio)} audio files below {root} matches"
            f" {patterns}; there are, for example, {examples}"
        )

    def is_excluded(self, path: str) -> bool:
        """Return whether a path matches one of the shell patterns `exclude`."""
        return any(fnmatchcase(path, pattern) for pattern in self.exclude)


def fill(pattern: str, fields: Mapping[str, str]) -> str:
    """Replace the fields in `pattern` by their values."""
    return _FIELD.sub(lambda field: fields[field[1]], pattern)


def find_wrapped(folder: Path, is_wanted: Callable[[Path], bool]) -> Path:
    """Return `folder` if it is wanted, or the only wanted folder at the least depth in it.

    Return `folder`, too, if there is none or there are several.
    """
    level = [folder]
    for _ in range(_WRAPPERS + 1):
        if wanted := [inner for inner in level if is_wanted(inner)]:
            return wanted[0] if len(wanted) == 1 else folder
        level = [inner for outer in level for inner in _folders_in(outer)]
    return folder


def _folders_in(folder: Path) -> list[Path]:
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    return [entry for entry in entries if entry.is_dir() and not _is_metadata(entry.name)]


def _is_audio(path: Path) -> bool:
    return path.suffix.lower() in AUDIO_SUFFIXES


def _is_metadata(name: str) -> bool:
    """Return whether a file or folder belongs to an operating system."""
    return name.startswith(".") or name.lower() in _METADATA


def _to_regex(pattern: str) -> str:
    pattern = unicodedata.normalize("NFC", pattern)
    seen: set[str] = set()
    parts: list[str] = []
    end = 0
    for field in _FIELD.finditer(pattern):
        parts.append(_literal(pattern[end : field.start()]))
        name, width = field.groups()
        if name in seen:
            parts.append(f"(?P={name})")
        else:
            parts.append(f"(?P<{name}>[^/]{{{width}}})" if width else f"(?P<{name}>[^/]+?)")
        seen.add(name)
        end = field.end()
    return "".join([*parts, _literal(pattern[end:])])


def _literal(text: str) -> str:
    return f"(?i:{re.escape(text)})"


def files_below(root: Path) -> Iterator[Path]:
    """Yield every file below `root`; skip hidden ones; follow links, but not in cycles.

    Files of operating systems, such as those in `__MACOSX`, are skipped like hidden ones.
    """
    seen: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        seen.add(os.path.realpath(folder))
        folders[:] = [
            name
            for name in sorted(folders)
            if not _is_metadata(name) and os.path.realpath(Path(folder, name)) not in seen
        ]
        yield from (Path(folder) / name for name in files if not _is_metadata(name))
