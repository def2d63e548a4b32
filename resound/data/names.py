"""Names of files, classes and speakers: which of them a person would call the same.

Names in tables and lists come from other machines than the files: with other letter case, other
Unicode forms, backslashes, another folder before them, or as the number that a spreadsheet program
made of `0007`.
"""

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from resound.errors import UserError

AUDIO_SUFFIXES = set(
    ".wav .wave .flac .mp3 .mp2 .ogg .oga .opus .aiff .aif .aifc .au .snd .caf .w64 .rf64 .sph"
    " .m4a .m4b .mp4 .aac .wma .amr .awb .webm .mka .3gp .3ga .3g2 .mov".split()
)
_NOT_DIGITS = re.compile(r"\D")
_NUMBER = re.compile(r"[0-9]{1,18}")
_LETTERS = str.maketrans("يىك", "ییک")
"""Arabic letters that keyboards write instead of the Persian ones, which look alike."""
_INVISIBLE = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\ufeff\u00ad"))


def clean_name(name: str) -> str:
    """Return a name without differences that nobody sees: Unicode form, blanks around it."""
    return unicodedata.normalize("NFC", name).translate(_INVISIBLE).strip()


def name_key(name: str) -> str:
    """Return what the names have in common that a person would call the same."""
    return _appearance(name).casefold()


def path_key(path: str) -> str:
    """Return what the paths have in common that a person would call the same."""
    return "/".join(map(name_key, _components(path)))


def without_suffix(path: str) -> str:
    """Return a path without the suffix of a recording, if it has one."""
    suffix = Path(path).suffix
    is_known = suffix.lower() in AUDIO_SUFFIXES or suffix == ".npy"
    return path[: -len(suffix)] if is_known else path


def printable(name: str) -> str:
    """Return a file name whose bytes may be no UTF-8, with escapes in place of these."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


def class_of(label: str, labels: Sequence[str] | None, label_names: Mapping[str, str]) -> str:
    """Return the class of a label in a path or table, whose spelling may differ.

    `labels` are the classes, if they are configured; `label_names` are the classes of labels that
    have other names.
    """
    name = _match(label, label_names)
    return _match(label_names.get(name, name), labels or ())


def _match(name: str, known: Collection[str]) -> str:
    """Return the known name that a person would call the same, or `name` if there is none."""
    if not name or name in known:
        return name
    key = name_key(name)
    same = [other for other in known if name_key(other) == key]
    return same[0] if len(same) == 1 else name


def choose_spellings(names: Iterable[str]) -> dict[str, str]:
    """Return the spelling to use for each name: the most frequent of those that look the same."""
    counts = Counter(names)
    frequent = sorted(counts, key=lambda name: (-counts[name], name))
    chosen: dict[str, str] = {}
    return {name: chosen.setdefault(_appearance(name), clean_name(name)) for name in frequent}


def check_case(labels: Iterable[str]) -> None:
    """Raise UserError if two labels differ only in letter case: they may be one class or two."""
    if variants := _find_case_variants(labels):
        first, second = variants
        raise UserError(
            f"the labels '{first}' and '{second}' differ only in letter case: name them alike with"
            f" `label_names: {{{second}: {first}}}`, or list both in `labels` if they are two"
            " classes"
        )


def _find_case_variants(names: Iterable[str]) -> tuple[str, str] | None:
    seen: dict[str, str] = {}
    for name in sorted(names):
        other = seen.setdefault(name_key(name), name)
        if _appearance(other) != _appearance(name):
            return other, name
    return None


def _appearance(name: str) -> str:
    return clean_name(name).translate(_LETTERS)


class NameMatcher:
    """The paths (or ids) that names in tables and lists may refer to."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._exact: dict[str, list[str]] = {}
        self._by_key: dict[str, list[str]] = {}
        self._by_last: dict[str, list[str]] = {}
        self._by_number: dict[int, list[str]] = {}
        for path in paths:
            for name in dict.fromkeys((path, without_suffix(path))):
                key = path_key(name)
                self._exact.setdefault(name, []).append(path)
                self._by_key.setdefault(key, []).append(path)
                last = key.rsplit("/", 1)[-1]
                self._by_last.setdefault(last, []).append(path)
                if _NUMBER.fullmatch(last):
                    self._by_number.setdefault(int(last), []).append(path)

    def find(self, name: str) -> list[str]:
        """Return the path that has a name, several if it could be one of them, or none.

        The first of these decides: the same name, with or without the suffix of a recording; one
        that a person would call the same; one of which only the last components are given, or
        which has other folders before it; of these, one with the same number, whatever zeros
        precede it.
        """
        if found := self._exact.get(name):
            return [name] if name in found else found
        key = path_key(name)
        if found := self._by_key.get(key):
            return found
        if found := list(dict.fromkeys(self._find_by_end(key))):
            return found
        return self._find_by_number(path_key(without_suffix(name)))

    def suggest(self, name: str) -> str:
        """Return a hint to the path with the most similar name, if there is one.

        Its digits are those of `name`: another number is another recording, not a mistake.
        """
        last = path_key(without_suffix(name)).rsplit("/", 1)[-1]
        digits = _NOT_DIGITS.sub("", last)
        similar = [other for other in self._by_last if _NOT_DIGITS.sub("", other) == digits]
        close = difflib.get_close_matches(last, similar, n=1, cutoff=0.75)
        return f"; did you mean '{self._by_last[close[0]][0]}'?" if close else ""

    def _find_by_end(self, key: str) -> Iterator[str]:
        for path in self._by_last.get(key.rsplit("/", 1)[-1], []):
            if any(_ends_alike(path_key(other), key) for other in (path, without_suffix(path))):
                yield path

    def _find_by_number(self, key: str) -> list[str]:
        folder, _, last = key.rpartition("/")
        if not _NUMBER.fullmatch(last):
            return []
        same = self._by_number.get(int(last), [])
        return [path for path in same if _ends_alike(path_key(path).rpartition("/")[0], folder)]


def find_file(root: Path, path: str) -> str | None:
    """Return the path below `root` of the file that a person would call `path`, if it exists."""
    if (root / path).is_file():
        return path
    found = root
    for component in _components(path):
        if not found.is_dir():
            return None
        key = name_key(component)
        same = sorted(entry for entry in found.iterdir() if name_key(entry.name) == key)
        exact = [entry for entry in same if entry.name == component]
        if len(same) != 1 and not exact:
            return None
        found = (exact or same)[0]
    return found.relative_to(root).as_posix() if found.is_file() else None


def _components(path: str) -> list[str]:
    components = path.replace("\\", "/").split("/")
    return [component for component in components if component not in ("", ".")]


def _ends_alike(path: str, other: str) -> bool:
    """Return whether one of two paths consists of the last components of the other."""
    shorter, longer = sorted((path, other), key=len)
    return not shorter or f"/{longer}".endswith(f"/{shorter}")
