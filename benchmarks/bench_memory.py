"""What two cores have of memory that one has: arrays copied by one process, and by two at once.

What stays near the cores is copied twice as fast by two. What goes to memory is not, where one core
alone takes most of what there is: no division of work among threads or processes can make a pass
over such arrays twice as fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.ceiling import ceiling
from benchmarks.timing import Row

SIZES = (0.125, 4, 128)
"""Megabytes of an array: near a core, in the cache that cores share, and beyond it."""
COPIED = 2_000
"""Megabytes that are copied in one go."""


@dataclass(frozen=True)
class Copy:
    """Copies an array of so many megabytes until `copied` of them are."""

    megabytes: float
    copied: float = COPIED

    def __call__(self) -> None:
        """Copy them."""
        source, target = _arrays(self.megabytes)
        for _ in range(max(1, round(self.copied / self.megabytes))):
            np.copyto(target, source)


@cache
def _arrays(megabytes: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    source = np.ones(round(megabytes * 1e6 / 8))
    return source, np.zeros_like(source)


def run(copied: float = COPIED, runs: int = 9) -> list[Row]:
    """Return a row a size."""
    return [_row(Copy(size, copied), runs) for size in SIZES]


def _row(work: Copy, runs: int) -> Row:
    times, alone, _ = ceiling(work, runs)
    speed = 2 * work.copied / 1e3 / alone  # read, and written
    what = f"arrays of {work.megabytes:g} MB copied: 2 processes at once (rival: one)"
    return Row(what, f"{times * speed:.0f} GB/s", f"{speed:.0f} GB/s", times)
