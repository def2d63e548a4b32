"""What a source report gives, and when a measured metric is comparable with it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

CURVES = {
    "train_loss_by_epoch": "loss",
    "train_accuracy_by_epoch": "accuracy",
    "validation_by_epoch": "validation_accuracy",
}
"""The curves that a report may give for a classification, and our columns of the history."""


def figures(reported: Mapping[str, Any] | None) -> Iterator[tuple[str, list[Any]]]:
    """Yield the name and the values of each metric that a report gives; most have one value."""
    for name, value in (reported or {}).items():
        if name not in ("source", "note") and value not in (None, []):
            yield name, value if isinstance(value, list) else [value]


def has_figures(reported: Mapping[str, Any] | None) -> bool:
    """Return whether a report gives any metric, and not only a source or a note."""
    return any(figures(reported))


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
