"""Fetch a file or folder: use what is there, or download it; verify it and lock its checksum."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resound.data.downloads.checksums import Checksum, checksum_of
from resound.data.downloads.drive import Drive
from resound.data.downloads.errors import SourceError, describe, http_status, offline_variable
from resound.data.downloads.github import GitHub
from resound.data.downloads.http import is_web_page
from resound.data.downloads.hub import Hub
from resound.data.downloads.kaggle import Kaggle
from resound.data.downloads.lock import DownloadLock
from resound.data.downloads.multi_part import Parts
from resound.data.downloads.remote import DownloadOptions, Remote
from resound.data.downloads.retry import RetryPolicy
from resound.data.downloads.url import Url
from resound.errors import UserError
from resound.io import archives
from resound.io.archive_formats import UnsupportedArchive
from resound.runtime.progress import Progress
from resound.settings import typed

SOURCES: dict[str, type[Remote]] = {
    "parts": Parts,
    "url": Url,
    "github": GitHub,
    "kaggle": Kaggle,
    "drive": Drive,
    "hub": Hub,
}
"""Kinds of sources by the key that identifies them in the configuration."""


@dataclass(frozen=True)
class Download:
    """A verified local file or folder."""

    path: Path
    size: int
    """Bytes."""
    sha256: str
    source: str
    """The source that it belongs to, without secrets."""


def parse_source(settings: Mapping[str, Any]) -> Remote:
    """Return the source that a mapping of settings describes (`{"kaggle": "owner/slug", ...}`)."""
    (kind,) = (kind for key, kind in SOURCES.items() if key in settings)
    return typed(kind, settings)


def fetch_first(
    sources: Sequence[Remote],
    folder: Path,
    lock: DownloadLock,
    progress: Progress,
    policy: RetryPolicy | None = None,
) -> Download:
    """Return the first of `sources` that is already in `folder`, else the first that downloads.

    The result is at `folder / source.file_name` and verified; a file that the user put there is
    used. If no checksum is known, an archive is read to its end and the checksum is stored in
    `lock`. Raises UserError if no source can be used, with one line per source that says why and
    what to do.
    """
    failures: dict[int, str] = {}
    options = DownloadOptions(progress, policy or RetryPolicy())
    for attempt in (_use_existing, _fetch):
        for number, source in enumerate(sources):
            if number in failures:  # the existing file was rejected
                continue
            try:
                if download := attempt(source, folder, lock, options):
                    return download
            except Exception as error:
                failures[number] = f"{source}: {_explain(error, source, folder)}"
                progress(failures[number])
    if len(failures) == 1:
        raise UserError(failures[0])
    lines = "".join(f"\n- {failures[number]}" for number in sorted(failures))
    raise UserError(f"none of {len(sources)} sources can be used:{lines}")


def _fetch(source: Remote, folder: Path, lock: DownloadLock, options: DownloadOptions) -> Download:
    from filelock import FileLock

    target = folder / source.file_name
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f".{source.file_name}.guard"):
        if existing := _use_existing(source, folder, lock, options):
            return existing
        if variable := offline_variable():
            remedy = "download it on a machine with network access"
            raise SourceError(f"it is not there, and {variable} forbids downloading it", remedy)
        options.progress(f"downloading {source}")
        source.download(target, options)
        try:
            return _verify(source, target, checksum_of(target), lock, is_new=True)
        except UnsupportedArchive:  # the user can unpack it
            raise
        except UserError:
            _remove(target)
            raise


def _use_existing(
    source: Remote, folder: Path, lock: DownloadLock, options: DownloadOptions
) -> Download | None:
    """Return what is already there, verified; None if there is nothing or it has another source."""
    target = folder / source.file_name
    if not target.exists():
        return None
    checksum = checksum_of(target)
    if lock.is_from_other_source(_place(target), str(source), checksum):
        return None
    return _verify(source, target, checksum, lock, is_new=False)


def _verify(
    source: Remote, target: Path, checksum: Checksum, lock: DownloadLock, is_new: bool
) -> Download:
    """Return `target` as a download if its checksum is the expected one, and lock the checksum.

    `is_new` says that it was just downloaded. Raises SourceError or UserError otherwise.
    """
    place, subject = _place(target), "the download" if is_new else f"{target}"
    remedy = "" if is_new else "remove it"
    known = lock.known(place, str(source))
    if source.size not in (None, checksum.size):
        raise SourceError(f"{subject} has {checksum.size} bytes, not {source.size}", remedy)
    if source.sha256 not in (None, checksum.sha256):
        raise SourceError(
            f"{subject} has the SHA-256 {checksum.sha256}, not {source.sha256}", remedy
        )
    if source.sha256 is None and known is None:
        _check_content(target, subject, remedy)
    elif source.sha256 is None and known != checksum:
        assert known is not None
        raise SourceError(
            f"{subject} has the SHA-256 {checksum.sha256}, not {known.sha256} as at the first"
            f" download ({lock.path}; remove its entry there to trust this one)",
            remedy,
        )
    lock.record(place, str(source), checksum)
    return Download(target, checksum.size, checksum.sha256, str(source))


def _check_content(path: Path, subject: str, remedy: str) -> None:
    """Raise SourceError for a web page or a damaged archive, whose checksum would be locked."""
    if path.is_file() and is_web_page(path):
        raise SourceError(f"{subject} is a web page, not the file", remedy)
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if archives.is_archive(file) or (file == path and archives.has_archive_content(file)):
            try:
                archives.check_archive(file)
            except UnsupportedArchive as error:
                raise UnsupportedArchive(f"{file} cannot be unpacked: {error}") from error
            except UserError as error:
                name = "" if file == path else f"{file.relative_to(path)} in "
                raise SourceError(f"{name}{subject} cannot be used: {error}", remedy) from error


def _explain(error: Exception, source: Remote, folder: Path) -> str:
    """Return what happened and what to do, on one line."""
    if isinstance(error, UnsupportedArchive):
        return str(error)
    remedy = error.remedy if isinstance(error, SourceError) else ""
    if isinstance(error, SourceError) or not isinstance(error, UserError):
        remedy = remedy or source.remedy(http_status(error))
    manually = f"put it at {folder / source.file_name} yourself"
    return f"{describe(error)}; {f'{remedy}, or ' if remedy else ''}{manually}"


def _place(target: Path) -> str:
    """Return the key of a target in the lock: folder and name, the same on every machine."""
    return f"{target.parent.name}/{target.name}"


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
