"""The files of a GitHub repository at a commit, as the archive that GitHub makes of them."""

from pathlib import Path

from resound.data.downloads.http import Request, download
from resound.data.downloads.remote import Means, Remote, matching
from resound.settings import settings

_SITE = "https://github.com"


@settings
class GitHub(Remote):
    """A public repository at a commit."""

    github: str
    """`owner/name`."""
    revision: str
    """The commit, so that the same files come each time."""

    def __post_init__(self) -> None:
        super().__post_init__()
        matching(self.github, r"[\w.-]+/[\w.-]+", "a repository (owner/name)")
        matching(self.revision, r"[0-9a-f]{40}", "a whole commit (40 hexadecimal digits)")

    def __str__(self) -> str:
        return f"{_SITE}/{self.github}/archive/{self.revision}.tar.gz"

    def own_name(self) -> str:
        """The repository's name and the commit."""
        return f"{self.github.rpartition('/')[2]}-{self.revision[:8]}.tar.gz"

    def bring(self, target: Path, means: Means) -> None:
        """Download it; GitHub tells no length, and the archive's end is looked for instead."""
        ask = Request(str(self))
        download(lambda: ask, target, str(self), means.patience, means.progress, self.size)

    def remedy(self, status: int | None) -> str:
        """What a commit may lack."""
        return "see whether the repository and the commit still exist" if status == 404 else ""
