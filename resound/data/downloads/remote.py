"""What sources on the network have in common."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from resound.data.downloads.retry import Patience
from resound.settings import Positive, settings


@dataclass(frozen=True)
class Means:
    """What a source needs to bring its file here."""

    progress: Callable[[str], None]
    patience: Patience = field(default_factory=Patience)


@settings
class Remote:
    """A file or folder on the network."""

    name: str | None = None
    """What it is called here; left out, as it is called there."""
    sha256: str | None = None
    """Its SHA-256, of a folder that of its list of sums; left out, the one of first use."""
    size: Positive | None = None
    """Its size in bytes."""

    def __post_init__(self) -> None:
        if self.sha256 is not None:
            matching(self.sha256, r"[0-9a-f]{64}", "64 small hexadecimal digits")
        if self.name is not None:
            matching(self.name, r"[^./\\][^/\\]*", "a file's name, without a folder or a dot ahead")

    @property
    def file_name(self) -> str:
        """What the file or folder is called here."""
        return self.name or self.own_name()

    def own_name(self) -> str:
        """What it is called there, with the version in it where there is one."""
        raise NotImplementedError

    def bring(self, target: Path, means: Means) -> None:
        """Put it at `target`, whole or not at all. Raises whatever goes wrong on the way."""
        raise NotImplementedError

    def remedy(self, status: int | None) -> str:
        """What helps where the other side answers with this HTTP status, or not at all."""
        return ""


def matching(text: str, pattern: str, meaning: str) -> None:
    """Raise ValueError unless the whole `text` is as `pattern` says."""
    if not re.fullmatch(pattern, text):
        raise ValueError(f"'{text}' is not {meaning}")
