"""A file or a folder on Google Drive that is shared by link, through gdown."""

import shutil
from pathlib import Path
from typing import Literal

from resound.data.downloads.errors import IncompleteResponse, SourceError
from resound.data.downloads.http import strict_requests
from resound.data.downloads.remote import DownloadOptions, Remote, require_match
from resound.data.downloads.retry import ByteCounter, folder_size, retry
from resound.io.disk import require_space
from resound.settings import settings


@settings
class Drive(Remote):
    """A file or folder on Google Drive; set `name`, because its own is only known afterwards."""

    drive: str
    """The id, which is the long word in its address."""
    kind: Literal["file", "folder"] = "file"
    """Whether the id is that of a file or of a folder."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require_match(self.drive, r"[\w-]{10,}", "the id of a file or folder on Google Drive")

    def __str__(self) -> str:
        return f"drive:{self.drive}"

    @property
    def page(self) -> str:
        """The address for a browser."""
        path = "drive/folders" if self.kind == "folder" else "file/d"
        return f"https://drive.google.com/{path}/{self.drive}"

    def default_name(self) -> str:
        """Return the id."""
        return self.drive

    def download(self, target: Path, options: DownloadOptions) -> None:
        """Download with gdown, resuming an earlier download.

        gdown's addresses cannot be configured. It does not detect that a partial download belongs
        to an older version of the file: checksums and the content of the archive do.
        """
        partial = target.with_name(f".{target.name}.part")
        partial.mkdir(parents=True, exist_ok=True)
        download = _download_folder if self.kind == "folder" else _download_file
        retry(
            lambda: download(self, partial, options),
            received=lambda: folder_size(partial),
            policy=options.policy,
            progress=options.progress,
        )
        if target.is_dir():
            shutil.rmtree(target)
        (partial / "whole").replace(target)
        shutil.rmtree(partial)

    def remedy(self, status: int | None) -> str:
        """Return the way to download it in a browser."""
        return f"download it from {self.page} in a browser"


def _download_file(source: Drive, partial: Path, options: DownloadOptions) -> None:
    import gdown

    counter = ByteCounter(source.file_name, options.progress, options.policy.clock)
    checked_space = False

    def progress(received: int, total: int | None) -> None:
        nonlocal checked_space
        if not checked_space:
            require_space((total or 0) - received, partial)
        checked_space = True
        counter.update(received, total)

    with strict_requests(options.policy):
        try:
            gdown.download(
                id=source.drive,
                output=str(partial / "whole"),
                quiet=True,
                use_cookies=False,
                resume=True,
                progress=progress,
                timeout=options.policy.timeouts,
            )
        except gdown.DownloadError as error:
            raise _translate(error, partial) from error


def _download_folder(source: Drive, partial: Path, options: DownloadOptions) -> None:
    import gdown

    counter = ByteCounter(source.file_name, options.progress, options.policy.clock)
    with strict_requests(options.policy), counter.watch(partial, None):
        try:
            files = gdown.download_folder(
                id=source.drive,
                output=str(partial / "whole"),
                quiet=True,
                use_cookies=False,
                resume=True,
                timeout=options.policy.timeouts,
            )
        except gdown.DownloadError as error:
            raise _translate(error, partial) from error
    if not files:
        raise SourceError("the folder is empty, or not shared with anyone who has the link")


def _translate(error: Exception, partial: Path) -> Exception:
    """Return gdown's error as one that is retried (an interruption) or not (a refusal)."""
    import gdown

    text = str(error)
    if "byte range" in text or "multiple temporary" in text:
        shutil.rmtree(partial)
        partial.mkdir()
        return IncompleteResponse("the partial download does not match the file; starting again")
    if "incomplete" in text:
        return IncompleteResponse("the download was interrupted")
    if "Too many users" in text or "quota" in text.lower():
        return SourceError("it exceeds Google's quota for downloads", "try again tomorrow")
    if isinstance(error, gdown.FileURLRetrievalError) or "permission" in text:
        return SourceError(
            "it does not exist, is not shared with anyone who has the link, or exceeds its quota"
        )
    return SourceError("some of its files cannot be downloaded", "try again to resume")
