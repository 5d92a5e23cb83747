"""The two-sample Kolmogorov-Smirnov distance, exact under ties or with a certificate.

Both distribution functions are steps; their largest difference is met at the end of a cell that
holds rows, or just before it, because between such cells only the golden rises. In an open cell
that holds both golden and rows, only the two ends are known: they bound what lies between
(Theorem 2 of the statistics note), and the bounds differ by at most the cell's golden share.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.distances.distance import Distance
from karat.states import Counts, ReferenceCounts
from karat.states.kernels import pays

LARGEST = int(np.iinfo(np.int64).max)


def ks(stat: ReferenceCounts, state: Counts) -> Distance:
    """Return the distance between the rows of `state` and the golden of `stat`.

    No rows, or a golden without values, gives `Distance.none()`. Nulls take no part. Raises
    `InputError` for a state of other cells, as all distances in golden's cells do.
    """
    stat.check(state)
    golden_rows, rows = stat.rows, state.rows
    if not (golden_rows and rows):
        return Distance.none()
    whole = golden_rows * rows
    if whole <= LARGEST and pays(state.cells.size):
        from karat.states.kernels import step_kernel

        near, far = step_kernel.farthest(stat.compact, state.cells, state.counts, golden_rows, rows)
        return Distance(Fraction(near, whole), Fraction(far, whole), rows)
    held = stat.golden[state.cells]
    golden_end = _wide(stat.cumulative[state.cells], whole)
    end = _wide(np.cumsum(state.counts, dtype=np.int64), whole)
    golden_end, golden_start = golden_end * rows, (golden_end - held) * rows
    end, start = end * golden_rows, (end - state.counts) * golden_rows
    low = max(abs(golden_end - end).max(), abs(golden_start - start).max())
    mixed = (state.cells % 2 == 0) & (held > 0)
    reach = np.maximum(golden_end - start, end - golden_start)[mixed].max(initial=0)
    return Distance(Fraction(int(low), whole), Fraction(int(max(low, reach)), whole), rows)


def _wide(values: NDArray[np.int64], largest: int) -> NDArray[Any]:
    """Return `values` as Python integers where products up to `largest` overflow int64."""
    return values if largest <= LARGEST else values.astype(object)
