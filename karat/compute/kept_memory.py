"""Freed memory is kept for the next piece of rows, and what is loaded is not searched for garbage.

Every piece makes columns of some megabytes. Where the C library maps and unmaps them each time, the
system hands out each page anew, filled with zeros: a tenth of the time that a pass takes, and
threads wait for each other there. And where numba or Dagster are loaded, Python looks through some
hundred thousand objects that stay for ever, again and again, for some that do not: up to half a
second, in the midst of what takes milliseconds. Both are matters for processes that are karat's
own; one that karat is a guest in is left as it is.
"""

from __future__ import annotations

import ctypes
import gc
from functools import cache

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Names that ``malloc.h`` has for what `mallopt` sets."""
KEPT, LARGEST = 1 << 28, 1 << 26
"""Bytes that are kept at the end of memory, and of the largest column that is worth it."""
YOUNG = 50_000
"""Objects that are made, less those let go, before some are searched for garbage."""


def keep_freed() -> bool:
    """Keep up to 256 MB that is freed, for the rest of this process; arrays of 64 MB at most.

    Returns whether the C library lets itself be told: that of GNU does, and for others nothing
    changes. Results hang on it in no way.
    """
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    return tell is not None and bool(tell(TRIM_THRESHOLD, KEPT) and tell(MMAP_THRESHOLD, LARGEST))


@cache
def settle() -> bool:
    """Make this process ready for karat's work, once: keep what is freed, and all that is loaded.

    Returns what `keep_freed` does.
    """
    keep_loaded()
    return keep_freed()


def keep_loaded() -> None:
    """Leave what is loaded by now out of every later search for garbage, and search less often.

    A verdict on a thousand partitions makes forty thousand objects that are needed to its end.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
