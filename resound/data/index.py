"""What the index of any kind of corpus consists of: rows, rejected items, and a summary."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from resound.errors import UserError


@dataclass(frozen=True)
class Rejected:
    """A recording or text pair that cannot be used, and the reason."""

    path: str
    reason: str


_NUMBER = re.compile(r"\d+(\.\d+)?")

REJECTED_COLUMNS = tuple(field.name for field in fields(Rejected))


@dataclass(frozen=True)
class Index:
    """The usable items of a corpus, one row per item, and what was rejected."""

    root: Path
    """The folder to which the paths in the rows are relative."""
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    rejected: Sequence[Rejected]
    summary: dict[str, Any]

    @property
    def rejected_rows(self) -> list[tuple[object, ...]]:
        """The rejected items as table rows with `REJECTED_COLUMNS`."""
        return [astuple(entry) for entry in self.rejected]


def content_of(item: Mapping[str, object]) -> str:
    """Return what identifies the content of an item: two items with the same are duplicates.

    `item` is a row of an index. Of a text pair it is what both texts say, whatever else their
    table holds; of a recording the digest of its file, and of a chunk its position, too.
    """
    if "premise" in item:
        return "\n".join(" ".join(str(item[text]).split()) for text in ("premise", "hypothesis"))
    start = "" if item["start"] is None else item["start"]
    return f"{item['sha256']} {start} {item['samples']}"


def count_duplicates(items: Iterable[Mapping[str, object]]) -> int:
    """Return the number of items with the same content as one before them."""
    contents = [content_of(item) for item in items]
    return len(contents) - len(set(contents))


def check_rejected(items: int, rejected: Sequence[Rejected], max_rejected: float) -> None:
    """Print the rejected items to the log. Raises UserError if there are too many.

    `items` is the number of usable items, `max_rejected` the fraction that may be rejected.
    """
    for entry in rejected:
        print(f"rejected: {entry.path}: {entry.reason}")
    if error := too_many_rejected(items, rejected, max_rejected):
        raise error


def too_many_rejected(
    items: int, rejected: Sequence[Rejected], max_rejected: float
) -> UserError | None:
    """Return the error for a corpus in which more than the fraction `max_rejected` is rejected."""
    fraction = len(rejected) / (items + len(rejected))
    if items and fraction <= max_rejected:
        return None
    # Reasons that differ only in numbers, such as those of rows, are one.
    kinds = Counter(_NUMBER.sub("N", entry.reason) for entry in rejected).most_common(3)
    examples = {_NUMBER.sub("N", entry.reason): entry.reason for entry in reversed(rejected)}
    summary = "; ".join(f"{count} x {examples[kind]}" for kind, count in kinds)
    return UserError(
        f"{len(rejected)} of {items + len(rejected)} items are rejected ({fraction:.1%}), more"
        f" than `max_rejected: {max_rejected}` allows: {summary}; the first is {rejected[0].path}."
        " Repair them, or raise `max_rejected`; the log lists all of them"
    )
