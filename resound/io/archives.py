"""Unpacking of zip and tar archives: all or nothing, and never outside the target folder."""

import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# The standard tarfile rejects members outside the folder only since Python 3.11.4, and some
# distributions ship an older one.
from backports import tarfile

from resound.errors import UserError
from resound.io.archive_formats import check_supported, correct_names
from resound.io.disk import format_bytes, require_space
from resound.runtime.progress import Progress, silent

_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_MAX_DEPTH = 2
"""Levels of nested archives that are unpacked."""
_CHUNK = 2**20


@dataclass(frozen=True)
class Limits:
    """How much may be unpacked from an archive, including the archives nested in it."""

    max_bytes: int = 500 * 10**9
    max_ratio: float = 200
    """Unpacked size over the size of the archive. Noise hardly compresses, speech to half its
    size, text to a tenth."""
    always_allowed: int = 500 * 10**6
    """Bytes that may be unpacked whatever the ratio, because silence compresses very well."""


@dataclass
class _Budget:
    """Counts the bytes of an archive's contents before they are written."""

    folder: Path
    archive_bytes: int
    limits: Limits
    unpacked_bytes: int = field(default=0, init=False)

    def spend(self, size: int) -> None:
        """Count `size` bytes. Raises UserError beyond the limits or the free disk space."""
        self.unpacked_bytes += size
        if self.unpacked_bytes > self.limits.max_bytes:
            raise UserError(f"it contains more than {format_bytes(self.limits.max_bytes)}")
        allowed = max(self.limits.always_allowed, self.limits.max_ratio * self.archive_bytes)
        if self.unpacked_bytes > allowed:
            raise UserError(f"it unpacks to more than {self.limits.max_ratio:g} times its size")
        require_space(size, self.folder)


def unpack(
    archive: Path,
    folder: Path,
    progress: Progress = silent,
    limits: Limits = Limits(),
) -> None:
    """Unpack a zip or tar archive, and the archives nested in it, into the new folder `folder`.

    A nested archive `female.zip` becomes a folder `female`. If `archive` is a folder of files and
    archives, the files are linked and the archives unpacked. Links in zip archives are skipped and
    reported. Raises UserError, and leaves nothing behind, for a file that is damaged or not an
    archive, members or links that lead outside the folder, devices, contents beyond `limits`, and
    a disk that is too small.
    """
    temporary = folder.with_name(f".{folder.name}.unpacking")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        archive_bytes = sum(path.stat().st_size for path in (archive, *archive.rglob("*")))
        budget = _Budget(folder, archive_bytes, limits)
        if archive.is_dir():
            _link_files(archive, temporary)
        else:
            _extract(archive, temporary, budget, progress)
        _unpack_nested(temporary, budget, progress, _MAX_DEPTH)
        temporary.rename(folder)
    except Exception as error:  # every compression format raises its own types
        if isinstance(error, UserError) and str(archive) in str(error):
            raise
        advice = "" if isinstance(error, UserError) else "; download it again"
        raise UserError(f"{archive} cannot be unpacked: {error}{advice}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_archive(archive: Path) -> None:
    """Read a whole archive and verify its checksums.

    Raises UserError if it is damaged, truncated or not an archive.
    """
    try:
        check_supported(archive)
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as bundle:
                if damaged := bundle.testzip():
                    raise UserError(f"its member '{damaged}' is damaged")
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as tar:
                for _ in tar:
                    pass
                _check_end(tar)
        else:
            raise UserError("it is neither a zip nor a tar archive")
    except UserError:
        raise
    except Exception as error:  # as in unpack
        raise UserError(f"it is damaged: {error}") from error


def is_archive(path: Path) -> bool:
    """Return whether a file has the suffix of an archive."""
    return path.name.lower().endswith(_SUFFIXES)


def has_archive_content(path: Path) -> bool:
    """Return whether the content of a file starts, or ends, like that of an archive."""
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


def _extract(archive: Path, folder: Path, budget: _Budget, progress: Progress) -> None:
    check_supported(archive)
    if zipfile.is_zipfile(archive):
        _extract_zip(archive, folder, budget, progress)
    elif tarfile.is_tarfile(archive):
        _extract_tar(archive, folder, budget)
    else:
        raise UserError(f"{archive} is neither a zip nor a tar archive")


def _extract_tar(archive: Path, folder: Path, budget: _Budget) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, members=_count_members(tar, budget), filter="data")
        _check_end(tar)


def _count_members(tar: tarfile.TarFile, budget: _Budget) -> Iterator[tarfile.TarInfo]:
    for member in tar:
        budget.spend(member.size)
        yield member


def _check_end(tar: tarfile.TarFile) -> None:
    """Raise ReadError if members may be missing.

    The file is read to its end, because the checksum of the compression follows the last member.
    """
    # tarfile takes a damaged header for the end of the archive; the real end is a block of zeros.
    file = tar.fileobj
    assert file is not None
    file.seek(tar.offset)
    if any(file.read(tarfile.BLOCKSIZE)):
        raise tarfile.ReadError(f"damaged at byte {tar.offset}")
    while file.read(_CHUNK):
        pass


def _extract_zip(archive: Path, folder: Path, budget: _Budget, progress: Progress) -> None:
    with zipfile.ZipFile(archive) as bundle:
        correct_names(bundle)
        for name in bundle.namelist():
            if not (folder / name).resolve().is_relative_to(folder.resolve()):
                raise UserError(f"{archive} has a member '{name}' that leads outside its folder")
        members = [member for member in bundle.infolist() if _is_file_or_folder(member)]
        if skipped := len(bundle.namelist()) - len(members):
            progress(f"skipped {skipped} links or devices in {archive.name}")
        budget.spend(sum(member.file_size for member in members))
        folder.mkdir(parents=True, exist_ok=True)
        bundle.extractall(folder, members)


def _is_file_or_folder(member: zipfile.ZipInfo) -> bool:
    """Return whether a member is a file or a folder; many zip archives do not record a type."""
    file_type = stat.S_IFMT(member.external_attr >> 16)
    return file_type in (0, stat.S_IFREG, stat.S_IFDIR)


def _unpack_nested(folder: Path, budget: _Budget, progress: Progress, depth: int) -> None:
    """Replace each archive below `folder` by its contents, down to `depth` levels."""
    suffixes = (*_SUFFIXES, ".7z", ".rar")
    for archive in [p for p in sorted(folder.rglob("*")) if p.name.lower().endswith(suffixes)]:
        if not archive.is_file() or archive.is_symlink():
            continue
        name = archive.relative_to(folder).as_posix()
        check_supported(archive)
        if not has_archive_content(archive):
            progress(f"kept {name}: it is not an archive")
            continue
        target = archive.with_name(_stem(archive.name))
        if target.exists():
            progress(f"kept {name} packed: {target.name} already exists")
            continue
        progress(f"unpacking {name}")
        temporary = archive.with_name(f".{target.name}.unpacking")
        _extract(archive, temporary, budget, progress)
        # If `female.zip` contains only a folder `female`, its contents become the folder `female`.
        is_wrapped = [path.name for path in temporary.iterdir()] == [target.name]
        (temporary / target.name if is_wrapped else temporary).rename(target)
        shutil.rmtree(temporary, ignore_errors=True)
        archive.unlink()
        if depth > 1:
            _unpack_nested(target, budget, progress, depth - 1)


def _stem(name: str) -> str:
    """Return the name of an archive without its suffix."""
    suffix = max((s for s in _SUFFIXES if name.lower().endswith(s)), key=len)
    return name[: -len(suffix)] or "archive"


def _link_files(source: Path, folder: Path) -> None:
    """Hard-link the files of one folder into another, or copy them if the disk cannot link."""
    for path in sorted(source.rglob("*")):
        target = folder / path.relative_to(source)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path.resolve(), target)
            except OSError:
                require_space(path.stat().st_size, folder)
                shutil.copy2(path, target)
