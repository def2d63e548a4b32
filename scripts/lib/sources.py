"""A corpus' source on disk: which files it has, what version they are, and how they get here."""

import shutil
import tarfile
import zipfile
from pathlib import Path

from scripts.lib.errors import UserError, nearest
from scripts.lib.layout import Layout
from scripts.lib.staleness import files_version


def folder_version(folder: str, layout: str, memo: Path) -> str:
    """The version of the recordings in a folder: their names and contents.

    Raises UserError where the folder is missing or nothing in it reads like `layout`.
    """
    root = Path(folder)
    if not root.is_dir():
        raise UserError(
            f"there is no folder {folder}{_siblings(root)}; put the recordings there,"
            " or say where they are"
        )
    pattern = Layout(layout)
    paths = pattern.find(root)
    if not paths:
        raise UserError(f"the corpus is empty: {pattern.explain_no_match(root)}")
    return files_version(paths, root, memo)


def archive_version(archive: str, memo: Path) -> str:
    """The version of an archive: its name and content. Raises UserError where it is missing."""
    path = Path(archive)
    if not path.is_file():
        raise UserError(
            f"there is no archive {archive}{_siblings(path)}; put it there, or say where it is"
        )
    return files_version([path], path.parent, memo)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip or tar archive into `folder`, which must not exist.

    Members that would land outside the folder, and links, are refused. Raises UserError for those
    and for a file that is no archive or is broken.
    """
    try:
        if zipfile.is_zipfile(archive):
            _unzip(archive, folder)
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
        else:
            raise UserError(f"{archive} is neither a zip nor a tar archive")
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise UserError(f"{archive} cannot be unpacked: {error}; fetch it again") from error


def _unzip(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as bundle:
        for name in bundle.namelist():
            if not (folder / name).resolve().is_relative_to(folder.resolve()):
                raise UserError(f"{archive} holds '{name}', which would land outside its folder")
        bundle.extractall(folder)


def _siblings(path: Path) -> str:
    """A hint to what lies beside a missing path under a similar name."""
    if not path.parent.is_dir():
        return ""
    hint = nearest(path.name, [entry.name for entry in path.parent.iterdir()])
    return hint if "did you mean" in hint else ""
