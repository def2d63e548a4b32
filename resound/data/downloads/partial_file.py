"""What has come of a file so far: it survives a break, and belongs to one version of one file."""

from pathlib import Path
from typing import Any

from resound.io.files import read_json, write_json


class Part:
    """A file beside its target that grows, and a note of what it is the beginning of."""

    def __init__(self, target: Path, source: str) -> None:
        self.target, self._source = target, source
        self.path = target.with_name(f".{target.name}.part")
        self._note = target.with_name(f".{target.name}.part.json")
        if self._told().get("source") != source:
            self.drop()

    @property
    def size(self) -> int:
        """Bytes that are here."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def validator(self) -> str | None:
        """The ETag or date of the version that it is of; None where nothing can be resumed."""
        return self._told().get("validator") if self.size else None

    @property
    def total(self) -> int | None:
        """The size of the whole, where the server has said it."""
        return self._told().get("total")

    def begin(self, validator: str | None, total: int | None) -> None:
        """Start from nothing."""
        self.drop()
        note = {"source": self._source, "validator": validator, "total": total}
        write_json(self._note, note)
        self.path.touch()

    def drop(self) -> None:
        """Forget what has come."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finish(self) -> None:
        """Let it take its target's place."""
        self.path.replace(self.target)
        self._note.unlink(missing_ok=True)

    def _told(self) -> dict[str, Any]:
        try:
            return dict(read_json(self._note))
        except (OSError, ValueError):
            return {}
