"""Several files that belong together."""

import shutil
from pathlib import Path
from typing import Annotated

from annotated_types import MinLen

from resound.data.downloads.checksums import sum_of
from resound.data.downloads.errors import Failed
from resound.data.downloads.remote import Means, Remote, matching
from resound.data.downloads.url import Url
from resound.settings import settings


@settings
class Parts(Remote):
    """Files at several addresses, as a folder; `name` it."""

    parts: Annotated[list[Url], MinLen(1)]
    """What it consists of."""

    def __post_init__(self) -> None:
        super().__post_init__()
        matching(self.name or "", r".+", "a name; say what the folder is called: `name`")

    def __str__(self) -> str:
        return ", ".join(map(str, self.parts))

    def own_name(self) -> str:
        """Never asked, for it has to have a name."""
        return "parts"

    def bring(self, target: Path, means: Means) -> None:
        """Download each that is not there yet. Raises Failed for one that differs from its sum."""
        draft = target.with_name(f".{target.name}.part")
        draft.mkdir(parents=True, exist_ok=True)
        for part in self.parts:
            place = draft / part.file_name
            if not place.exists():
                part.bring(place, means)
            found = sum_of(place)
            if part.size not in (None, found.size) or part.sha256 not in (None, found.sha256):
                place.unlink()
                raise Failed(
                    f"{part} has {found.size} bytes and the SHA-256 {found.sha256}, which is not"
                    " as in its configuration"
                )
        shutil.rmtree(target, ignore_errors=True)
        draft.replace(target)
