"""The base class of all sources on the network."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from resound.data.downloads.retry import RetryPolicy
from resound.runtime.progress import Progress
from resound.settings import Positive, settings


@dataclass(frozen=True)
class DownloadOptions:
    """How a source downloads its file and reports its progress."""

    progress: Progress
    policy: RetryPolicy = field(default_factory=RetryPolicy)


@settings
class Remote:
    """A file or folder on the network."""

    name: str | None = None
    """Its local name; by default the name that it has at the source."""
    sha256: str | None = None
    """Its SHA-256, for a folder that of its list of checksums; by default that of the first
    download."""
    size: Positive | None = None
    """Its size in bytes."""

    def __post_init__(self) -> None:
        if self.sha256 is not None:
            require_match(self.sha256, r"[0-9a-f]{64}", "64 lower-case hexadecimal digits")
        if self.name is not None:
            meaning = "a file name without a folder or a leading dot"
            require_match(self.name, r"[^./\\][^/\\]*", meaning)

    @property
    def file_name(self) -> str:
        """The local name of the file or folder."""
        return self.name or self.default_name()

    def default_name(self) -> str:
        """Return the name at the source, including the version if there is one."""
        raise NotImplementedError

    def download(self, target: Path, options: DownloadOptions) -> None:
        """Download to `target`, completely or not at all. Raises any error that occurs."""
        raise NotImplementedError

    def remedy(self, status: int | None) -> str:
        """Return advice for a failure with this HTTP status, or without a response."""
        return ""


def require_match(text: str, pattern: str, meaning: str) -> None:
    """Raise ValueError unless the whole `text` matches `pattern`."""
    if not re.fullmatch(pattern, text):
        raise ValueError(f"'{text}' is not {meaning}")
