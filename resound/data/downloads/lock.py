"""The lock file: checksums of first downloads, so that other machines get the same bytes."""

from dataclasses import asdict
from pathlib import Path

from resound.data.downloads.checksums import Checksum
from resound.errors import UserError
from resound.io.files import read_json, write_json


class DownloadLock:
    """A JSON file that maps a place (`digits/audio-mnist.zip`) and a source to a checksum."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def known(self, place: str, source: str) -> Checksum | None:
        """Return the checksum of the first download from a source; None if there was none."""
        return self._sources_of(place).get(source)

    def is_from_other_source(self, place: str, source: str, checksum: Checksum) -> bool:
        """Return whether this content was downloaded to this place, but not from this source."""
        others = {**self._sources_of(place)}
        return others.pop(source, None) != checksum and checksum in others.values()

    def record(self, place: str, source: str, checksum: Checksum) -> None:
        """Store a checksum; several processes may do so at the same time."""
        from filelock import FileLock

        if self.known(place, source) == checksum:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_name(f".{self.path.name}.guard")):
            entries = self._read()
            entries.setdefault(place, {})[source] = checksum
            sorted_entries = {
                place: {source: asdict(entries[place][source]) for source in sorted(entries[place])}
                for place in sorted(entries)
            }
            write_json(self.path, sorted_entries)

    def _sources_of(self, place: str) -> dict[str, Checksum]:
        return self._read().get(place, {})

    def _read(self) -> dict[str, dict[str, Checksum]]:
        """Return all entries. Raises UserError for a file in another format."""
        if not self.path.exists():
            return {}
        try:
            return {
                place: {source: Checksum(**entry) for source, entry in sources.items()}
                for place, sources in read_json(self.path).items()
            }
        except (ValueError, TypeError, AttributeError) as error:
            raise UserError(
                f"{self.path} is not a valid list of downloads ({error}); restore it from version"
                " control, or delete it to trust the next downloads"
            ) from error
