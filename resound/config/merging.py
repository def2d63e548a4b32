"""How one mapping of the configuration changes another: overlays, `corrected`, `like`."""

from collections.abc import Mapping
from typing import Any


def merge(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `change` applied, neither of them altered.

    Mappings are merged key by key, None removes a key, and anything else, lists too, replaces what
    was there. A `model` of another `kind` replaces the model, because settings belong to a kind.
    """
    return _merge(base, change, keep_nulls=False)


def merge_changes(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return the change that has the effect of `first` and then `second`: it keeps their None."""
    return _merge(first, second, keep_nulls=True)


def _merge(base: Mapping[str, Any], change: Mapping[str, Any], keep_nulls: bool) -> dict[str, Any]:
    merged = dict(base)
    for key, value in change.items():
        if value is None and not keep_nulls:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            old = merged.get(key)
            start = old if isinstance(old, Mapping) and not _replaces(key, old, value) else {}
            merged[key] = _merge(start, value, keep_nulls)
        else:
            merged[key] = value
    return merged


def _replaces(key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return key == "model" and "kind" in new and new["kind"] != old.get("kind", new["kind"])
