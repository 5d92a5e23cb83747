"""What golden and rows hold up to each end of the cells that hold rows, as whole numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat.states import Counts, ReferenceCounts

LARGEST = int(np.iinfo(np.int64).max)


class CellEnds(NamedTuple):
    """Shares before and up to the end of each cell with rows, times `whole` = golden rows x rows.

    `mixed` flags open cells that hold golden rows too: what lies inside them is known at their ends
    only. Arrays are of int64, or of Python integers where twice `whole` is beyond that.
    """

    golden_start: NDArray[Any]
    golden_end: NDArray[Any]
    start: NDArray[Any]
    end: NDArray[Any]
    mixed: NDArray[np.bool_]
    whole: int


def cell_ends(stat: ReferenceCounts, state: Counts) -> CellEnds | None:
    """Return the ends of the cells of `state`; None without rows or without golden values."""
    stat.check(state)
    golden_rows, rows = stat.rows, state.rows
    if not (golden_rows and rows):
        return None
    kind = np.int64 if 2 * golden_rows * rows <= LARGEST else object
    held = stat.golden[state.cells]
    golden_end = stat.cumulative[state.cells]
    end = np.cumsum(state.counts, dtype=np.int64)
    return CellEnds(
        (golden_end - held).astype(kind) * rows,
        golden_end.astype(kind) * rows,
        (end - state.counts).astype(kind) * golden_rows,
        end.astype(kind) * golden_rows,
        (state.cells % 2 == 0) & (held > 0),
        golden_rows * rows,
    )
