"""The largest difference between the shares that single values hold."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.distances.distance import Distance
from karat.states import Counts

LARGEST = int(np.iinfo(np.int64).max)


def atom_distance(a: Counts, b: Counts) -> Distance:
    """Return the largest |share of x in `a` - share of x in `b`| over all values x, exact.

    Of states whose cells are values (`Atoms`, `Categories`, lengths of runs); null is a value
    too. `count` is the number of rows of `a`, the candidate. No rows on either side: unknown.
    """
    rows_a, rows_b = a.rows + a.nulls, b.rows + b.nulls
    if not (rows_a and rows_b):
        return Distance.none()
    nulls = abs(a.nulls * rows_b - b.nulls * rows_a)
    largest = max(nulls, int(abs(_apart(a, b)[1]).max(initial=0)))
    share = Fraction(largest, rows_a * rows_b)
    return Distance(share, share, rows_a)


def heaviest_atom(a: Counts, b: Counts) -> int | None:
    """Return the value whose shares differ most, the smallest such; None for no values."""
    values, differing = _apart(a, b)
    return int(values[int(np.argmax(abs(differing)))]) if values.size else None


def _apart(a: Counts, b: Counts) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return all values and by how much their shares differ, in parts of rows times rows."""
    rows_a, rows_b = a.rows + a.nulls, b.rows + b.nulls
    values = np.sort(np.append(a.cells, b.cells), kind="stable")  # np.union1d hashes: slow
    values = values[np.append(True, values[1:] != values[:-1])[: values.size]]
    kind: Any = np.int64 if rows_a * rows_b <= LARGEST else object
    differing = np.zeros(values.size, kind)
    differing[np.searchsorted(values, a.cells)] += a.counts.astype(kind) * rows_b
    differing[np.searchsorted(values, b.cells)] -= b.counts.astype(kind) * rows_a
    return values, differing
