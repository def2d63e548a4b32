"""Several files that together form one source."""

import shutil
from pathlib import Path
from typing import Annotated

from annotated_types import MinLen

from resound.data.downloads.checksums import checksum_of
from resound.data.downloads.errors import SourceError
from resound.data.downloads.remote import DownloadOptions, Remote, require_match
from resound.data.downloads.url import Url
from resound.settings import settings


@settings
class Parts(Remote):
    """Files at several addresses, downloaded into one folder; requires a `name`."""

    parts: Annotated[list[Url], MinLen(1)]
    """The files."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require_match(self.name or "", r".+", "a folder name; set one with `name`")

    def __str__(self) -> str:
        return ", ".join(map(str, self.parts))

    def default_name(self) -> str:
        """Return a constant: the setting `name` is required."""
        return "parts"

    def download(self, target: Path, options: DownloadOptions) -> None:
        """Download the missing files. Raises SourceError for one with a different checksum."""
        partial = target.with_name(f".{target.name}.part")
        partial.mkdir(parents=True, exist_ok=True)
        for part in self.parts:
            path = partial / part.file_name
            if not path.exists():
                part.download(path, options)
            actual = checksum_of(path)
            if part.size not in (None, actual.size) or part.sha256 not in (None, actual.sha256):
                path.unlink()
                raise SourceError(
                    f"{part} has {actual.size} bytes and the SHA-256 {actual.sha256}, which differs"
                    " from its configuration"
                )
        shutil.rmtree(target, ignore_errors=True)
        partial.replace(target)
