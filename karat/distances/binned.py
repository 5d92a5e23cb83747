"""Golden rows and rows in bins, each bin a run of golden's own cells."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat.errors import InputError
from karat.states import Counts, ReferenceCounts
from karat.states.encoding import Int64s


class Binned(NamedTuple):
    """Golden rows and rows of bins that hold some; `times` is how many bins are alike.

    Whole numbers of any size, three lists of one length. `golden_rows` and `rows` are their sums.
    """

    golden: list[int]
    held: list[int]
    times: list[int]
    golden_rows: int
    rows: int

    def shares(self) -> list[tuple[int, int, int]]:
        """Return both shares of each bin in units of 1 / (golden rows x rows), and `times`."""
        pairs = zip(self.golden, self.held, self.times, strict=True)
        return [(a * self.rows, b * self.golden_rows, times) for a, b, times in pairs]


def binned(stat: ReferenceCounts, state: Counts, bins: int | None) -> Binned | None:
    """Return the bins of `state`; None without rows or without golden values.

    None for `bins` makes every cell a bin. Else cells go to `bins` bins by where the middle of
    their golden rows stands among all golden rows, so bins hold about equally many of them, a heavy
    value has one of its own, and some may be left out. Raises `InputError` when `bins` is below 1.
    """
    if bins is not None and bins < 1:
        raise InputError(f"bins is {bins}: at least 1 is needed, or None for every cell")
    stat.check(state)
    if not (stat.rows and state.rows):
        return None
    golden, held = stat.golden, np.zeros(stat.golden.size, np.int64)
    held[state.cells] = state.counts
    if bins is not None:
        starts = _starts(stat, bins)
        golden, held = np.add.reduceat(golden, starts), np.add.reduceat(held, starts)
    return Binned(*_alike(golden, held), stat.rows, state.rows)


def _starts(stat: ReferenceCounts, bins: int) -> Int64s:
    """Return the first cell of each bin."""
    kind: Any = np.int64 if 2 * stat.rows * bins < 1 << 63 else object
    twice_middle = (2 * stat.cumulative - stat.golden).astype(kind)
    found = np.minimum(twice_middle * bins // (2 * stat.rows), bins - 1)
    return np.flatnonzero(np.append(True, found[1:] != found[:-1])).astype(np.int64)


def _alike(golden: Int64s, held: Int64s) -> tuple[list[int], list[int], list[int]]:
    """Return the different pairs of counts that are not both 0, and how often each occurs."""
    some: NDArray[np.bool_] = (golden > 0) | (held > 0)
    golden, held = golden[some], held[some]
    order = np.lexsort((held, golden))
    golden, held = golden[order], held[order]
    new = np.append(True, (golden[1:] != golden[:-1]) | (held[1:] != held[:-1]))
    at = np.flatnonzero(new)
    times = np.diff(np.append(at, golden.size))
    return golden[at].tolist(), held[at].tolist(), times.tolist()
