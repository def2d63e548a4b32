"""Versions of files outside the project: a digest of their names and contents."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from resound.io.files import read_json, write_json


def files_version(paths: Iterable[Path], root: Path, memo: Path) -> str:
    """Return a digest of the names (relative to `root`) and contents of `paths`.

    Contents are read once: `memo` (JSON) keeps the digest of each file with its size and its
    times, and only a file where these differ is read again. So a touched file is read once more
    and changes nothing.
    """
    known = read_json(memo) if memo.exists() else {}
    existing = [path for path in paths if path.exists()]  # a link may lead nowhere
    stats = {path.relative_to(root).as_posix(): path.stat() for path in existing}
    # The time of the last change of name or content too: files can swap their names.
    states = {
        name: [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns] for name, stat in stats.items()
    }
    unread = [name for name, state in states.items() if known.get(name, [None])[:-1] != state]
    fresh = {name: known[name] for name in states.keys() - set(unread)}
    with ThreadPoolExecutor() as readers:
        for name, digest in zip(unread, readers.map(lambda n: _file_digest(root / n), unread)):
            fresh[name] = [*states[name], digest]
    if fresh != known:
        write_json(memo, fresh)
    lines = "\n".join(f"{name} {fresh[name][-1]}" for name in sorted(fresh))
    return hashlib.sha256(lines.encode()).hexdigest()


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
