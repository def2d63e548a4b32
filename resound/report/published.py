"""When a measured metric is comparable with a reported one."""


def is_comparable(data: str, items: int, reported_items: int | None) -> bool:
    """Return whether reported metrics refer to this corpus: real data with as many items."""
    return data == "real" and items == reported_items
