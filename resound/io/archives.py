"""Archives unpacked whole or not at all, and never beyond their folder."""

import os
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

# The standard library's refuses what leads outside since Python 3.11.4; distributions ship older.
from backports import tarfile

from resound.errors import UserError
from resound.io.disk import in_words, need

_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
# An archive in an archive in an archive is as deep as it goes.
_DEEPEST = 2
_CHUNK = 2**20

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Bounds:
    """How much may come out of an archive, with all that is packed within it."""

    total: int = 500 * 10**9
    """Bytes."""
    ratio: float = 200
    """Times the archive's own size; noise hardly shrinks, speech halves, texts shrink tenfold."""
    harmless: int = 500 * 10**6
    """So many bytes may come out of any archive, whatever the ratio: silence shrinks a lot."""


@dataclass
class _Room:
    """What an archive's contents take, counted before they are written."""

    folder: Path
    packed: int
    bounds: Bounds
    taken: int = field(default=0, init=False)

    def take(self, size: int) -> None:
        self.taken += size
        if self.taken > self.bounds.total:
            raise UserError(f"it holds more than {in_words(self.bounds.total)}")
        if self.taken > max(self.bounds.harmless, self.bounds.ratio * self.packed):
            raise UserError(f"it holds more than {self.bounds.ratio:g} times its own size")
        need(size, self.folder)


def unpack(
    archive: Path,
    folder: Path,
    progress: Progress = lambda line: None,
    bounds: Bounds = Bounds(),
) -> None:
    """Unpack a zip or tar archive, and the archives in it, into `folder`, which must not exist.

    An archive `female.zip` within becomes a folder `female` in its place. Of a folder of files and
    archives (`archive` may be one) the files are linked and the archives unpacked. Links in zip
    archives are left out, with a word. Raises UserError, and leaves nothing, for a file that is no
    archive or is damaged, for members or links that lead outside the folder, for devices, for
    more than `bounds` allow and where the disk is too small.
    """
    draft = folder.with_name(f".{folder.name}.unpacking")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        packed = sum(path.stat().st_size for path in (archive, *archive.rglob("*")))
        room = _Room(folder, packed, bounds)
        if archive.is_dir():
            _link(archive, draft)
        else:
            _extract(archive, draft, room, progress)
        _unpack_within(draft, room, progress, _DEEPEST)
        draft.rename(folder)
    except Exception as error:  # each compression has errors of its own
        if isinstance(error, UserError) and str(archive) in str(error):
            raise
        again = "" if isinstance(error, UserError) else "; fetch it again"
        raise UserError(f"{archive} cannot be unpacked: {error}{again}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check(archive: Path) -> None:
    """Read an archive to its end, sums and all.

    Raises UserError if it is damaged, cut short or no archive.
    """
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as bundle:
                if broken := bundle.testzip():
                    raise UserError(f"its member '{broken}' is damaged")
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as tar:
                for _ in tar:
                    pass
                _see_end(tar)
        else:
            raise UserError("it is neither a zip nor a tar archive")
    except UserError:
        raise
    except Exception as error:  # as in unpack
        raise UserError(f"it is damaged: {error}") from error


def is_archive(path: Path) -> bool:
    """Whether a file's name says that it is an archive."""
    return path.name.lower().endswith(_SUFFIXES)


def reads_as_archive(path: Path) -> bool:
    """Whether a file's contents begin, or end, as those of an archive do."""
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


def _extract(archive: Path, folder: Path, room: _Room, progress: Progress) -> None:
    if zipfile.is_zipfile(archive):
        _unzip(archive, folder, room, progress)
    elif tarfile.is_tarfile(archive):
        _untar(archive, folder, room)
    else:
        raise UserError(f"{archive} is neither a zip nor a tar archive")


def _untar(archive: Path, folder: Path, room: _Room) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, members=_counted(tar, room), filter="data")
        _see_end(tar)


def _counted(tar: tarfile.TarFile, room: _Room) -> Iterator[tarfile.TarInfo]:
    for member in tar:
        room.take(member.size)
        yield member


def _see_end(tar: tarfile.TarFile) -> None:
    """Raise ReadError where members may be missing; read the rest, for its sum stands behind."""
    # tarfile takes a damaged header for the end; the true end is a block of zeros.
    file = tar.fileobj
    assert file is not None
    file.seek(tar.offset)
    if any(file.read(tarfile.BLOCKSIZE)):
        raise tarfile.ReadError(f"damaged at byte {tar.offset}")
    while file.read(_CHUNK):
        pass


def _unzip(archive: Path, folder: Path, room: _Room, progress: Progress) -> None:
    with zipfile.ZipFile(archive) as bundle:
        for name in bundle.namelist():
            if not (folder / name).resolve().is_relative_to(folder.resolve()):
                raise UserError(f"{archive} holds '{name}', which would land outside its folder")
        members = [member for member in bundle.infolist() if _is_plain(member)]
        if odd := len(bundle.namelist()) - len(members):
            progress(f"{odd} links or devices in {archive.name} are left out")
        room.take(sum(member.file_size for member in members))
        folder.mkdir(parents=True, exist_ok=True)
        bundle.extractall(folder, members)


def _is_plain(member: zipfile.ZipInfo) -> bool:
    """Whether a zip's member is a file or a folder; many archives do not say."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    return kind in (0, stat.S_IFREG, stat.S_IFDIR)


def _unpack_within(folder: Path, room: _Room, progress: Progress, deep: int) -> None:
    """Put in place of each archive below `folder` what it holds, so many levels deep."""
    for archive in [path for path in sorted(folder.rglob("*")) if is_archive(path)]:
        if not archive.is_file() or archive.is_symlink():
            continue
        name = archive.relative_to(folder).as_posix()
        if not reads_as_archive(archive):
            progress(f"{name} is no archive and left as it is")
            continue
        place = archive.with_name(_stem(archive.name))
        if place.exists():
            progress(f"{name} is left packed, for {place.name} lies beside it")
            continue
        progress(f"unpacking {name}")
        draft = archive.with_name(f".{place.name}.unpacking")
        _extract(archive, draft, room, progress)
        # `female.zip` that holds one folder `female` stands for that folder.
        alike = [path.name for path in draft.iterdir()] == [place.name]
        (draft / place.name if alike else draft).rename(place)
        shutil.rmtree(draft, ignore_errors=True)
        archive.unlink()
        if deep > 1:
            _unpack_within(place, room, progress, deep - 1)


def _stem(name: str) -> str:
    """An archive's name without its suffix."""
    suffix = max((s for s in _SUFFIXES if name.lower().endswith(s)), key=len)
    return name[: -len(suffix)] or "archive"


def _link(source: Path, folder: Path) -> None:
    """Bring a folder's files into another without their bytes, where the disk can."""
    for path in sorted(source.rglob("*")):
        place = folder / path.relative_to(source)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path.resolve(), place)
            except OSError:
                need(path.stat().st_size, folder)
                shutil.copy2(path, place)
