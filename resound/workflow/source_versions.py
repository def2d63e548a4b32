"""Versions of files outside the project: a digest of their names and contents."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from resound.data.names import printable
from resound.io.files import read_json, write_json


def files_version(paths: Iterable[Path], root: Path, memo: Path) -> str:
    """Return a digest of the names (relative to `root`) and contents of `paths`.

    Contents are read once: `memo` (JSON) keeps the digest of each file with its size and its
    times, and only a file where these differ is read again. So a touched file is read once more
    and changes nothing.
    """
    known = read_json(memo) if memo.exists() else {}
    # A link may lead nowhere, and a name need not be UTF-8.
    existing = {
        printable(path.relative_to(root).as_posix()): path for path in paths if path.exists()
    }
    stats = {name: path.stat() for name, path in existing.items()}
    # The time of the last change of name or content too: files can swap their names.
    states = {
        name: [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns] for name, stat in stats.items()
    }
    unread = [name for name, state in states.items() if known.get(name, [None])[:-1] != state]
    fresh = {name: known[name] for name in states.keys() - set(unread)}
    with ThreadPoolExecutor() as readers:
        for name, digest in zip(
            unread, readers.map(lambda name: _file_digest(existing[name]), unread)
        ):
            fresh[name] = [*states[name], digest]
    if fresh != known:
        write_json(memo, fresh)
    lines = "\n".join(f"{name} {fresh[name][-1]}" for name in sorted(fresh))
    return hashlib.sha256(lines.encode()).hexdigest()


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
