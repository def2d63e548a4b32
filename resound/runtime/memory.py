"""Memory that a process frees and needs again at once."""

import ctypes
import sys
from functools import cache


@cache
def keep_freed_memory() -> None:
    """Let this process keep the memory that one batch frees for the next.

    glibc hands large blocks back to the system, whose fresh pages then cost a quarter of the
    time of extraction, and more of training. The numbers are mallopt's M_TRIM_THRESHOLD and
    M_MMAP_THRESHOLD; other C libraries keep their own ways.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        for parameter in (-1, -3):
            if mallopt is not None:
                mallopt(parameter, 2**30)
