"""Reuse of the memory that a process frees and soon needs again."""

import ctypes
import sys
from functools import cache


@cache
def keep_freed_memory() -> None:
    """Make this process keep the memory that one batch frees, for the next batch.

    glibc returns large blocks to the system, and faulting in new pages then costs a quarter of the
    time of extraction, and more of training. The numbers are mallopt's M_TRIM_THRESHOLD and
    M_MMAP_THRESHOLD; other C libraries are left as they are.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        for parameter in (-1, -3):
            if mallopt is not None:
                mallopt(parameter, 2**30)
