"""Files brought here: found, downloaded, verified, written down."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resound.data.downloads.checksums import Sum, sum_of
from resound.data.downloads.drive import Drive
from resound.data.downloads.errors import Failed, in_words, offline, status_of
from resound.data.downloads.github import GitHub
from resound.data.downloads.http import is_web_page
from resound.data.downloads.hub import Hub
from resound.data.downloads.kaggle import Kaggle
from resound.data.downloads.lock import Lock
from resound.data.downloads.multi_part import Parts
from resound.data.downloads.remote import Means, Remote
from resound.data.downloads.retry import Patience
from resound.data.downloads.url import Url
from resound.errors import UserError
from resound.io import archives
from resound.settings import typed

# By the key that tells what a source is.
SOURCES: dict[str, type[Remote]] = {
    "parts": Parts,
    "url": Url,
    "github": GitHub,
    "kaggle": Kaggle,
    "drive": Drive,
    "hub": Hub,
}

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Fetched:
    """A file or folder that is here, and is what it should be."""

    path: Path
    size: int
    """Bytes."""
    sha256: str
    source: str
    """What it came from, or stands for; without secrets."""


def read_source(told: Mapping[str, Any]) -> Remote:
    """The source that a mapping of its settings tells (`{"kaggle": "owner/slug", ...}`)."""
    (kind,) = (kind for name, kind in SOURCES.items() if name in told)
    return typed(kind, told)


def fetch_first(
    sources: Sequence[Remote],
    into: Path,
    lock: Lock,
    progress: Progress,
    patience: Patience | None = None,
) -> Fetched:
    """Have the first of `sources` that is in `into` already, else the first that can be fetched.

    It lies at `into / source.file_name`, verified; what somebody put there by hand is used. What
    has no known sum is read through (if an archive) and written down in `lock`. Raises UserError
    where none can be had or is what it was: a line for each, with the way round.
    """
    failures: dict[int, str] = {}
    means = Means(progress, patience or Patience())
    for attempt in (_here, _have):
        for number, source in enumerate(sources):
            if number in failures:  # what is there is not what it should be, and still will not be
                continue
            try:
                if found := attempt(source, into, lock, means):
                    return found
            except Exception as error:
                failures[number] = f"{source}: {_way_round(error, source, into)}"
                progress(failures[number])
    if len(failures) == 1:
        raise UserError(failures[0])
    lines = "".join(f"\n- {failures[number]}" for number in sorted(failures))
    raise UserError(f"none of {len(sources)} sources can be used:{lines}")


def _have(source: Remote, into: Path, lock: Lock, means: Means) -> Fetched:
    from filelock import FileLock

    target = into / source.file_name
    into.mkdir(parents=True, exist_ok=True)
    with FileLock(into / f".{source.file_name}.guard"):
        if found := _here(source, into, lock, means):
            return found
        if forbidden := offline():
            remedy = "fetch it where there is a network"
            raise Failed(f"it is not here, and {forbidden} forbids fetching it", remedy)
        means.progress(f"fetching {source}")
        source.bring(target, means)
        try:
            return _verified(source, target, sum_of(target), lock, came=True)
        except UserError:
            _remove(target)
            raise


def _here(source: Remote, into: Path, lock: Lock, means: Means) -> Fetched | None:
    """What is there already, verified; None where nothing is, or something of another source."""
    target = into / source.file_name
    if not target.exists():
        return None
    found = sum_of(target)
    if lock.is_of_another(_place(target), str(source), found):
        return None
    return _verified(source, target, found, lock, came=False)


def _verified(source: Remote, target: Path, found: Sum, lock: Lock, came: bool) -> Fetched:
    """What `target` holds, if `found` is what it should be; `came` if it was just downloaded.

    Raises Failed or UserError if it is not.
    """
    place, what = _place(target), "what came" if came else f"{target}"
    remedy = "" if came else "remove it"
    known = lock.known(place, str(source))
    if source.size not in (None, found.size):
        raise Failed(f"{what} has {found.size} bytes, not {source.size}", remedy)
    if source.sha256 not in (None, found.sha256):
        raise Failed(f"{what} has the SHA-256 {found.sha256}, not {source.sha256}", remedy)
    if source.sha256 is None and known is None:
        _look_at(target, what, remedy)
    elif source.sha256 is None and known != found:
        assert known is not None
        raise Failed(
            f"{what} has the SHA-256 {found.sha256}, not {known.sha256} as on first use"
            f" ({lock.path}; remove its entry there to trust this one)",
            remedy,
        )
    lock.record(place, str(source), found)
    return Fetched(target, found.size, found.sha256, str(source))


def _look_at(path: Path, what: str, remedy: str) -> None:
    """Raise Failed for a web page or a damaged archive: its sum would be kept for good."""
    if path.is_file() and is_web_page(path):
        raise Failed(f"{what} is a web page, not the file", remedy)
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if archives.is_archive(file) or (file == path and archives.reads_as_archive(file)):
            try:
                archives.check(file)
            except UserError as error:
                name = "" if file == path else f"{file.relative_to(path)} in "
                raise Failed(f"{name}{what} cannot be used: {error}", remedy) from error


def _way_round(error: Exception, source: Remote, into: Path) -> str:
    """What happened and what to do, in a line."""
    remedy = error.remedy if isinstance(error, Failed) else ""
    if isinstance(error, Failed) or not isinstance(error, UserError):
        remedy = remedy or source.remedy(status_of(error))
    by_hand = f"put it at {into / source.file_name} yourself"
    return f"{in_words(error)}; {f'{remedy}, or ' if remedy else ''}{by_hand}"


def _place(target: Path) -> str:
    """What the lock calls a target: its folder and name, the same on every machine."""
    return f"{target.parent.name}/{target.name}"


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
