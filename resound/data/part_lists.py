"""Files that list the items of the parts of a split."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from resound.data.folds import Part, ScoredPart
from resound.errors import UserError


def read_listed_parts(files: Mapping[ScoredPart, str], ids: Sequence[str]) -> list[Part | None]:
    """Return the part whose file lists each item, or None.

    A list may contain whole ids, or only their last components: `b/c` of `a/b/c`. Raises UserError
    for a missing file, an item that the corpus lacks, last components that several items share, and
    an item that is listed twice.
    """
    positions: dict[str, list[int]] = {}
    for n, name in enumerate(ids):
        for end in _ends(name):
            positions.setdefault(end, []).append(n)
    positions |= {name: [n] for n, name in enumerate(ids)}
    parts: list[Part | None] = [None] * len(ids)
    for part, file in files.items():
        path = Path(file)
        if not path.is_file():
            raise UserError(f"the file {file} of the {part} part does not exist")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            name = line.split("#")[0].strip()
            if not name:
                continue
            found = positions.get(name) or positions.get(name.rsplit(".", 1)[0])
            if not found:
                raise UserError(f"{file}:{number}: the corpus has no usable item '{name}'")
            if len(found) > 1:
                first, second = (ids[n] for n in found[:2])
                raise UserError(
                    f"{file}:{number}: '{name}' could be '{first}' or '{second}': write more of its"
                    " path"
                )
            (item,) = found
            if parts[item] is not None:
                raise UserError(f"{file}:{number}: '{name}' is already in the {parts[item]} part")
            parts[item] = part
    return parts


def _ends(name: str) -> list[str]:
    """Return an id from each of its components on: `a/b/c` gives `a/b/c`, `b/c` and `c`."""
    parts = name.split("/")
    return ["/".join(parts[start:]) for start in range(len(parts))]
