"""When a measured metric is comparable with a reported one."""

from collections.abc import Mapping, Sequence
from typing import Any


def describes_report(data: str, corpus: Mapping[str, Any]) -> bool:
    """Return whether reported metrics refer to a corpus, by its summary and its settings.

    If its report counts frames (`reported_frames`), every partition that the report names has as
    many; otherwise the corpus has as many items.
    """
    if reported := corpus.get("reported_frames"):
        frames = corpus.get("frames", {})
        return data == "real" and all(frames.get(name) == n for name, n in reported.items())
    return is_comparable(data, corpus["items"], corpus["reported_items"])


def is_comparable(data: str, items: int, reported_items: int | Sequence[int] | None) -> bool:
    """Return whether reported metrics refer to this corpus: real data with as many items.

    `reported_items` is a number, or the least and the greatest number.
    """
    if data != "real" or reported_items is None:
        return False
    if isinstance(reported_items, int):
        return items == reported_items
    least, greatest = reported_items
    return least <= items <= greatest
