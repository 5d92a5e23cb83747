"""Memory that passes over rows write to for a while: each thread lends its own again and again.

What is as long as a column and gone with it, such as the steps of a clock or the cell of each row,
is else allocated anew for each piece of rows, far from the processor. Inside `lent`, `room` gives
memory that was given back before; no state may hold any of it, and none of ours does.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from karat.states.encoding import Int64s

LARGEST, KEPT = 1 << 21, 6
"""Most integers of one array that is kept, and how many arrays a thread keeps."""


class _Kept(threading.local):
    """Arrays of a thread: those that are free, and those in use by each `lent` that is open."""

    def __init__(self) -> None:
        self.free: list[Int64s] = []
        self.used: list[list[Int64s] | None] = []


_KEPT = _Kept()


@contextmanager
def lent(*statistics: object) -> Iterator[None]:
    """Let `room` lend memory until the end, unless one of `statistics` is not of this package.

    What others keep of the arrays they are given is not known: they get memory of their own.
    """
    ours = all(is_ours(statistic) for statistic in statistics)
    _KEPT.used.append([] if ours else None)
    try:
        yield
    finally:
        free = (*_KEPT.free, *(_KEPT.used.pop() or ()))
        _KEPT.free = sorted(free, key=len)[-KEPT:]


def room(count: int) -> Int64s:
    """Return memory for `count` integers, which hold anything; to be let go of where `lent` ends.

    Outside of `lent`, and for very many integers, it is the caller's own.
    """
    used = _KEPT.used[-1] if _KEPT.used else None
    if used is None or count > LARGEST:
        return np.empty(count, np.int64)
    at = next((at for at, free in enumerate(_KEPT.free) if free.size >= count), None)
    used.append(np.empty(count, np.int64) if at is None else _KEPT.free.pop(at))
    return used[-1][:count]


def is_ours(statistic: object) -> bool:
    """Return whether a statistic is one of this package."""
    return type(statistic).__module__.partition(".")[0] == __name__.partition(".")[0]
