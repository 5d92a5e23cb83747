"""Several integer columns as rows: what looks at neighbouring rows works on this."""

from __future__ import annotations

import numpy as np

from karat.errors import InputError
from karat.states.columns import Column, integers
from karat.states.encoding import Int64s

Row = tuple[int, ...]


def checked(columns: tuple[Column, ...]) -> list[Int64s]:
    """Return the columns as arrays; InputError for none, unequal lengths, floats or nulls."""
    if not columns:
        raise InputError("no column was given: at least one is needed")
    arrays = [integers(column, str(at)) for at, column in enumerate(columns)]
    if len({array.size for array in arrays}) > 1:
        raise InputError(
            f"columns have {[a.size for a in arrays]} rows: they must be of one length"
        )
    return arrays


def stacked(columns: tuple[Column, ...]) -> Int64s:
    """Return the columns side by side, shape (rows, columns), each in one piece; as `checked`."""
    return side_by_side(checked(columns))


def side_by_side(columns: list[Int64s]) -> Int64s:
    """Return arrays of one length as one, shape (rows, columns); of a single one no copy."""
    return columns[0].reshape(-1, 1) if len(columns) == 1 else np.stack(columns).T


def as_rows(array: Int64s) -> tuple[Row, ...]:
    """Return the rows of a 2-D array as tuples."""
    return tuple(map(tuple, array.tolist()))
