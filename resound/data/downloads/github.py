"""The files of a GitHub repository at a commit, in the archive that GitHub generates."""

from pathlib import Path

from resound.data.downloads.http import Request, download_file
from resound.data.downloads.remote import DownloadOptions, Remote, require_match
from resound.settings import settings

_SITE = "https://github.com"


@settings
class GitHub(Remote):
    """A public GitHub repository at a commit."""

    github: str
    """`owner/name`."""
    revision: str
    """The commit, so that every download gets the same files."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require_match(self.github, r"[\w.-]+/[\w.-]+", "a repository (owner/name)")
        require_match(self.revision, r"[0-9a-f]{40}", "a full commit (40 hexadecimal digits)")

    def __str__(self) -> str:
        return f"{_SITE}/{self.github}/archive/{self.revision}.tar.gz"

    def default_name(self) -> str:
        """Return the name of the repository and the commit."""
        return f"{self.github.rpartition('/')[2]}-{self.revision[:8]}.tar.gz"

    def download(self, target: Path, options: DownloadOptions) -> None:
        """Download the archive.

        GitHub does not announce its length, so a truncated one is recognised by its content.
        """
        request = Request(str(self))
        download_file(lambda: request, target, str(self), options, self.size)

    def remedy(self, status: int | None) -> str:
        """Return advice for a repository or commit that was removed."""
        return "check that the repository and the commit still exist" if status == 404 else ""
