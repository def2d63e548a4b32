"""When a measured figure may stand beside a reported one."""


def comparable(data: str, items: int, reported_items: int | None) -> bool:
    """Whether reported figures speak of the corpus at hand: real, and with as many items."""
    return data == "real" and items == reported_items
