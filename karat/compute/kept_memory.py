"""Freed memory is kept for the next piece of rows, not given back to the system page by page.

Every piece makes columns of some megabytes. Where the C library maps and unmaps them each time, the
system hands out each page anew, filled with zeros: a tenth of the time that a pass takes, and
threads wait for each other there. It is a matter for the programs that are karat's own; a process
that karat is a guest in is left as it is.
"""

from __future__ import annotations

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Names that ``malloc.h`` has for what `mallopt` sets."""
KEPT, LARGEST = 1 << 28, 1 << 26
"""Bytes that are kept at the end of memory, and of the largest column that is worth it."""


def keep_freed() -> bool:
    """Keep up to 256 MB that is freed, for the rest of this process; arrays of 64 MB at most.

    Returns whether the C library lets itself be told: that of GNU does, and for others nothing
    changes. Results hang on it in no way.
    """
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    return tell is not None and bool(tell(TRIM_THRESHOLD, KEPT) and tell(MMAP_THRESHOLD, LARGEST))
