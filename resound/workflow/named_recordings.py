"""The recordings, or texts, that the user names for a trained model (`--config audio=...`)."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from resound.config.schema import Config
from resound.errors import UserError
from resound.prediction.recordings import find_recordings


def named_source(config: Config) -> str:
    """Return what is named. Raises UserError if nothing is, or if it does not exist."""
    if not config.audio:
        raise UserError(
            "nothing to use the model on: name a recording, a folder or a list of recordings"
            " (.txt), or a table of texts, with --config audio=<path>"
        )
    source = Path(config.audio).expanduser()
    if not source.exists():
        raise UserError(f"`audio: {config.audio}` does not exist")
    return str(source)


def digest_of_files(source: str, models: Iterable[Path]) -> str:
    """Return a digest of names, sizes and times of the files in `source` and of those of a model.

    Snakemake looks at the time of a folder, which does not change with the files in it.
    """
    files = [Path(source)] if Path(source).is_file() else find_recordings(Path(source))
    files += sorted(path for folder in models for path in folder.rglob("*"))
    states = [(str(file), file.stat()) for file in files]
    lines = [f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in states]
    return hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).hexdigest()
