"""How overlays and differences change mappings."""

import pytest

from resound.config.merging import merge, merge_changes

BASE = {"a": 1, "inner": {"b": 2, "c": [1, 2]}, "model": {"kind": "cnn", "channels": [4]}}


@pytest.mark.parametrize(
    ("change", "merged"),
    [
        ({"a": 5}, {**BASE, "a": 5}),
        ({"inner": {"b": 7}}, {**BASE, "inner": {"b": 7, "c": [1, 2]}}),
        ({"inner": {"c": [9]}}, {**BASE, "inner": {"b": 2, "c": [9]}}),
        ({"inner": {"b": None}}, {**BASE, "inner": {"c": [1, 2]}}),
        ({"a": None, "nothing": None}, {k: v for k, v in BASE.items() if k != "a"}),
        ({"a": {"b": {"c": None, "d": 1}}}, {**BASE, "a": {"b": {"d": 1}}}),
        ({"model": {"channels": [8]}}, {**BASE, "model": {"kind": "cnn", "channels": [8]}}),
        ({"model": {"kind": "cnn", "x": 1}}, {**BASE, "model": {**BASE["model"], "x": 1}}),
        ({"model": {"kind": "mlp", "x": 1}}, {**BASE, "model": {"kind": "mlp", "x": 1}}),
    ],
)  # fmt: skip
def test_changes_are_merged_by_key(change: dict[str, object], merged: dict[str, object]) -> None:
    before = repr(BASE)
    assert merge(BASE, change) == merged
    assert repr(BASE) == before


def test_composed_changes_keep_what_they_remove() -> None:
    first, second = {"train": {"epochs": 3}}, {"train": {"schedule": None}}
    both = merge_changes(first, second)
    assert both == {"train": {"epochs": 3, "schedule": None}}
    assert merge({"train": {"schedule": "cosine"}}, both) == {"train": {"epochs": 3}}
