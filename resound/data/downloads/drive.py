"""A file or a folder on Google Drive that is shared by link, through gdown."""

import shutil
from pathlib import Path
from typing import Literal

from resound.data.downloads.errors import Broken, Failed
from resound.data.downloads.http import disciplined
from resound.data.downloads.remote import Means, Remote, matching
from resound.data.downloads.retry import ByteCounter, persist, size_of
from resound.io.disk import need
from resound.settings import settings


@settings
class Drive(Remote):
    """A file or folder on Google Drive; `name` it, for its own name is not known before."""

    drive: str
    """Its id, the long word in its address."""
    kind: Literal["file", "folder"] = "file"
    """What the id is of."""

    def __post_init__(self) -> None:
        super().__post_init__()
        matching(self.drive, r"[\w-]{10,}", "the id of a file or folder on Google Drive")

    def __str__(self) -> str:
        return f"drive:{self.drive}"

    @property
    def page(self) -> str:
        """Where a browser finds it."""
        where = "drive/folders" if self.kind == "folder" else "file/d"
        return f"https://drive.google.com/{where}/{self.drive}"

    def own_name(self) -> str:
        """The id."""
        return self.drive

    def bring(self, target: Path, means: Means) -> None:
        """Let gdown bring it, going on with what an earlier try left.

        gdown's addresses are fixed. It does not tell whether what was left belongs to the file as
        it is now: sums and the archive's end tell afterwards.
        """
        draft = target.with_name(f".{target.name}.part")
        draft.mkdir(parents=True, exist_ok=True)
        bring = _folder if self.kind == "folder" else _file
        persist(
            lambda: bring(self, draft, means),
            gained=lambda: size_of(draft),
            patience=means.patience,
            progress=means.progress,
        )
        if target.is_dir():
            shutil.rmtree(target)
        (draft / "whole").replace(target)
        shutil.rmtree(draft)

    def remedy(self, status: int | None) -> str:
        """What may be done in a browser."""
        return f"download it from {self.page} in a browser"


def _file(source: Drive, draft: Path, means: Means) -> None:
    import gdown

    counter = ByteCounter(source.file_name, means.progress, means.patience.clock)

    begun = False

    def at(here: int, total: int | None) -> None:
        nonlocal begun
        if not begun:
            need((total or 0) - here, draft)
        begun = True
        counter.at(here, total)

    with disciplined(means.patience):
        try:
            gdown.download(
                id=source.drive,
                output=str(draft / "whole"),
                quiet=True,
                use_cookies=False,
                resume=True,
                progress=at,
                timeout=means.patience.timeouts,
            )
        except gdown.DownloadError as error:
            raise _told(error, draft) from error


def _folder(source: Drive, draft: Path, means: Means) -> None:
    import gdown

    counter = ByteCounter(source.file_name, means.progress, means.patience.clock)
    with disciplined(means.patience), counter.watching(draft, None):
        try:
            files = gdown.download_folder(
                id=source.drive,
                output=str(draft / "whole"),
                quiet=True,
                use_cookies=False,
                resume=True,
                timeout=means.patience.timeouts,
            )
        except gdown.DownloadError as error:
            raise _told(error, draft) from error
    if not files:
        raise Failed("the folder is empty, or not shared with anyone who has the link")


def _told(error: Exception, draft: Path) -> Exception:
    """What gdown's error means: a break passes, a refusal does not."""
    import gdown

    text = str(error)
    if "byte range" in text or "multiple temporary" in text:
        shutil.rmtree(draft)
        draft.mkdir()
        return Broken("what came before does not fit; it begins again")
    if "incomplete" in text:
        return Broken("the download broke off")
    if "Too many users" in text or "quota" in text.lower():
        return Failed("too many people fetched it lately (Google's quota)", "try again tomorrow")
    if isinstance(error, gdown.FileURLRetrievalError) or "permission" in text:
        return Failed("it is not there, not shared with anyone who has the link, or over its quota")
    return Failed("some of its files could not be had", "try again, and it goes on there")
