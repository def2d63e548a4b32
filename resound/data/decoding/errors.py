"""Why a recording cannot be used."""


class UnreadableClip(Exception):
    """A recording that cannot be used; the message says why."""


def truncated(stated: int, present: int, unit: str) -> UnreadableClip:
    """Return the error for a recording that contains less than its headers state."""
    return UnreadableClip(f"is truncated: its headers state {stated} {unit}, it contains {present}")
