"""How the paths of a corpus read: `data/{speaker}/{label}_{speaker}_{take}.wav` as a pattern."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from resound.errors import UserError

AUDIO_SUFFIXES = {".wav", ".flac", ".mp3", ".ogg", ".opus", ".aiff", ".aif", ".au"}

_FIELD = re.compile(r"\{([A-Za-z_]\w*)(?::(\d+))?\}")


class PathPattern:
    """A path pattern with named fields.

    `{name}` stands for any characters but `/`, `{name:N}` for just N of them; a name that comes
    again must read the same. `{label}`, `{speaker}`, `{group}`, `{partition}` and `{text}` mean
    something to the pipeline, other names only describe. Raises UserError for a stray brace. A
    path that one of the shell patterns `exclude` matches is no part of the corpus.
    """

    def __init__(self, pattern: str, exclude: Sequence[str] = ()) -> None:
        self.pattern, self.exclude = pattern, exclude
        self.fields = {field[1] for field in _FIELD.finditer(pattern)}
        if set(_FIELD.sub("", pattern)) & set("{}"):
            raise UserError(
                f"the layout '{pattern}' has a stray brace: a field reads {{name}} or {{name:2}}"
            )
        self._regex = re.compile(_as_regex(pattern))

    def match(self, path: str) -> dict[str, str] | None:
        """The fields of a path (relative, with `/`), or None where it does not read so."""
        if self._excluded(path):
            return None
        found = self._regex.fullmatch(path)
        return found.groupdict() if found else None

    def companion(self, path: str, pattern: str) -> str:
        """The path beside `path` that `pattern` names in this layout's fields."""
        return fill(pattern, self.match(path) or {})

    def home(self, root: Path) -> Path:
        """Where paths begin to read so: `root`, or the one folder in it that wraps everything.

        Archives often hold a single folder, named after a version.
        """
        inside = [entry for entry in root.iterdir() if not entry.name.startswith(".")]
        if len(inside) == 1 and inside[0].is_dir() and not self.find(root):
            return inside[0]
        return root

    def find(self, root: Path) -> list[Path]:
        """The files below `root` that the layout matches, sorted by their relative paths."""
        found = [(path.relative_to(root).as_posix(), path) for path in _files_below(root)]
        return [path for name, path in sorted(found) if self.match(name)]

    def ignored(self, root: Path) -> list[str]:
        """The audio files below `root` that do not read so, by their relative paths, sorted."""
        names = (path.relative_to(root).as_posix() for path in _files_below(root))
        return sorted(
            name
            for name in names
            if Path(name).suffix.lower() in AUDIO_SUFFIXES
            and not self.match(name)
            and not self._excluded(name)
        )

    def _excluded(self, path: str) -> bool:
        return any(fnmatchcase(path, pattern) for pattern in self.exclude)

    def explain_no_match(self, root: Path) -> str:
        """Why nothing below `root` reads so: what lies there instead."""
        audio, files = self.ignored(root), sum(1 for _ in _files_below(root))
        if not files:
            return f"{root} holds no files"
        if not audio:
            return f"{root} holds {files} files, none of them audio"
        shown = ", ".join(f"'{name}'" for name in audio[:3])
        return (
            f"none of the {len(audio)} audio files below {root} reads"
            f" '{self.pattern}'; there are, for instance, {shown}"
        )


def fill(pattern: str, fields: Mapping[str, str]) -> str:
    """`pattern` with its fields filled in."""
    return _FIELD.sub(lambda field: fields[field[1]], pattern)


def _as_regex(pattern: str) -> str:
    seen: set[str] = set()
    parts: list[str] = []
    end = 0
    for field in _FIELD.finditer(pattern):
        parts.append(re.escape(pattern[end : field.start()]))
        name, width = field.groups()
        if name in seen:
            parts.append(f"(?P={name})")
        else:
            parts.append(f"(?P<{name}>[^/]{{{width}}})" if width else f"(?P<{name}>[^/]+?)")
        seen.add(name)
        end = field.end()
    return "".join([*parts, re.escape(pattern[end:])])


def _files_below(root: Path) -> Iterator[Path]:
    """Every file below `root`, hidden ones left out; links are followed, but never in a circle."""
    seen: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        seen.add(os.path.realpath(folder))
        folders[:] = [
            name
            for name in sorted(folders)
            if not name.startswith(".") and os.path.realpath(Path(folder, name)) not in seen
        ]
        yield from (Path(folder) / name for name in files if not name.startswith("."))
