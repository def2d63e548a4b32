"""What came on first use, so that another machine gets the same bytes or an error."""

from dataclasses import asdict
from pathlib import Path

from resound.data.downloads.checksums import Sum
from resound.errors import UserError
from resound.io.files import read_json, write_json


class Lock:
    """A JSON file: place (`digits/audio-mnist.zip`) to source to size and SHA-256, sorted."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def known(self, place: str, source: str) -> Sum | None:
        """What came from this source to this place; None on first use."""
        return self._at(place).get(source)

    def is_of_another(self, place: str, source: str, found: Sum) -> bool:
        """Whether these contents came to this place from other sources, and not from this one."""
        others = {**self._at(place)}
        return others.pop(source, None) != found and found in others.values()

    def record(self, place: str, source: str, found: Sum) -> None:
        """Write down what came; several processes may at once."""
        from filelock import FileLock

        if self.known(place, source) == found:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_name(f".{self.path.name}.guard")):
            entries = self._read()
            entries.setdefault(place, {})[source] = found
            plain = {
                place: {source: asdict(entries[place][source]) for source in sorted(entries[place])}
                for place in sorted(entries)
            }
            write_json(self.path, plain)

    def _at(self, place: str) -> dict[str, Sum]:
        return self._read().get(place, {})

    def _read(self) -> dict[str, dict[str, Sum]]:
        """All entries. Raises UserError for a file that does not read so."""
        if not self.path.exists():
            return {}
        try:
            return {
                place: {source: Sum(**told) for source, told in sources.items()}
                for place, sources in read_json(self.path).items()
            }
        except (ValueError, TypeError, AttributeError) as error:
            raise UserError(
                f"{self.path} does not read as a list of downloads ({error}); take it from version"
                " control again, or delete it to trust what comes next"
            ) from error
