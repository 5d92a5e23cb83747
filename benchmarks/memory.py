"""Memory that a process has freed and keeps, so that what it does next costs the same each time."""

from __future__ import annotations

import ctypes

_TRIM, _MMAP = -1, -3
_LARGEST_MMAP, _NEVER = 32 << 20, 1 << 30


def kept() -> bool:
    """Have memory stay with this process once it is freed; tell whether that can be had.

    glibc gives back what it thinks is too much, thread by thread and by what each did before. A
    server that took 1 MB for one client's files thus met 700 page faults, a third of the time of
    the call, and none for another's, the other way round in the next run.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is None:
        return False
    return bool(set_option(_MMAP, _LARGEST_MMAP) and set_option(_TRIM, _NEVER))
