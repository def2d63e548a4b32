"""A file at an HTTP address."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from resound.data.downloads.errors import public_url
from resound.data.downloads.http import Request, download_file
from resound.data.downloads.remote import DownloadOptions, Remote, require_match
from resound.settings import settings


@settings
class Url(Remote):
    """A file at an http or https address."""

    url: str
    """The address; its query is used, but neither shown nor stored."""

    def __post_init__(self) -> None:
        super().__post_init__()
        meaning = "the address of a file (https://...)"
        require_match(public_url(self.url), r"https?://[^/\s]+/.+", meaning)
        require_match(self.file_name, r"[^./\\][^/\\]*", "a file name; set one with `name`")

    def __str__(self) -> str:
        return public_url(self.url)

    def default_name(self) -> str:
        """Return the last part of the path."""
        return unquote(urlsplit(self.url).path.rstrip("/").rpartition("/")[2])

    def download(self, target: Path, options: DownloadOptions) -> None:
        """Download the file."""
        request = Request(self.url)
        download_file(lambda: request, target, str(self), options, self.size)
