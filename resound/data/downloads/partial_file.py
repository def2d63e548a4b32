"""A partial download, which survives an interruption and belongs to one version of one file."""

from pathlib import Path
from typing import Any

from resound.io.files import read_json, write_json


class PartialFile:
    """A growing file beside its target, and a JSON note about the file that it is a part of."""

    def __init__(self, target: Path, source: str) -> None:
        self.target, self._source = target, source
        self.path = target.with_name(f".{target.name}.part")
        self._note_path = target.with_name(f".{target.name}.part.json")
        if self._note().get("source") != source:
            self.discard()

    @property
    def size(self) -> int:
        """The number of bytes that have been received."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def validator(self) -> str | None:
        """The ETag or date of the version that it is a part of; None if it cannot be resumed."""
        return self._note().get("validator") if self.size else None

    @property
    def total(self) -> int | None:
        """The size of the complete file, if the server has announced it."""
        return self._note().get("total")

    def start(self, validator: str | None, total: int | None) -> None:
        """Start an empty file."""
        self.discard()
        note = {"source": self._source, "validator": validator, "total": total}
        write_json(self._note_path, note)
        self.path.touch()

    def discard(self) -> None:
        """Delete what has been received."""
        self.path.unlink(missing_ok=True)
        self._note_path.unlink(missing_ok=True)

    def finish(self) -> None:
        """Move the complete file to its target."""
        self.path.replace(self.target)
        self._note_path.unlink(missing_ok=True)

    def _note(self) -> dict[str, Any]:
        try:
            return dict(read_json(self._note_path))
        except (OSError, ValueError):
            return {}
