"""A file at an address."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from resound.data.downloads.errors import public
from resound.data.downloads.http import Request, download
from resound.data.downloads.remote import Means, Remote, matching
from resound.settings import settings


@settings
class Url(Remote):
    """A file at an http or https address."""

    url: str
    """The address; a query in it is used but neither shown nor stored."""

    def __post_init__(self) -> None:
        super().__post_init__()
        matching(public(self.url), r"https?://[^/\s]+/.+", "an address of a file (https://...)")
        matching(self.file_name, r"[^./\\][^/\\]*", "a file's name: give one by `name`")

    def __str__(self) -> str:
        return public(self.url)

    def own_name(self) -> str:
        """The last part of the path."""
        return unquote(urlsplit(self.url).path.rstrip("/").rpartition("/")[2])

    def bring(self, target: Path, means: Means) -> None:
        """Download it."""
        ask = Request(self.url)
        download(lambda: ask, target, str(self), means.patience, means.progress, self.size)
