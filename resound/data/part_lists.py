"""Files that list the items of the parts of a split."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from resound.data.folds import Part, ScoredPart
from resound.data.names import NameMatcher, without_suffix
from resound.errors import UserError


def read_listed_parts(
    files: Mapping[ScoredPart, str], ids: Sequence[str], rejected: Mapping[str, str]
) -> list[Part | None]:
    """Return the part whose file lists each item, or None.

    `rejected` has the reasons of rejected recordings by path, for errors of lists that name them.
    A list may contain whole ids, or names that a person would call the same (see `NameMatcher`),
    with or without a suffix. Raises UserError for a missing file, an item that the corpus lacks, a
    name that several items could have, and an item that is listed twice.
    """
    matcher = NameMatcher(ids)
    positions = {name: n for n, name in enumerate(ids)}
    parts: list[Part | None] = [None] * len(ids)
    for part, file in files.items():
        path = Path(file)
        if not path.is_file():
            raise UserError(f"the file {file} of the {part} part does not exist")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            name = _strip_comment(line)
            if not name:
                continue
            found = matcher.find(name) or matcher.find(without_suffix(name))
            if not found:
                hint = _explain_rejection(name, rejected) or matcher.suggest(without_suffix(name))
                raise UserError(f"{file}:{number}: the corpus has no usable item '{name}'{hint}")
            if len(found) > 1:
                raise UserError(
                    f"{file}:{number}: '{name}' could be '{found[0]}' or '{found[1]}': write more"
                    " of its path"
                )
            item = positions[found[0]]
            if parts[item] is not None:
                raise UserError(f"{file}:{number}: '{name}' is already in the {parts[item]} part")
            parts[item] = part
    return parts


def _explain_rejection(name: str, rejected: Mapping[str, str]) -> str:
    """Return why a listed item is rejected, and what to do; empty if it is not."""
    found = NameMatcher(list(rejected)).find(name)
    if len(found) != 1:
        return ""
    return f": it {rejected[found[0]]}; repair it, or remove it from the list"


def _strip_comment(line: str) -> str:
    """Return a line without its comment: `#` at its start or after a blank, so not `a#1.wav`."""
    return re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
