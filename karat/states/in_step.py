"""Two sides sorted by id, cut at the same ids: what is made of both is as long as a piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from karat.errors import InputError
from karat.states.columns import Column, integers
from karat.states.encoding import Int64s
from karat.states.piecewise import cuttable

ROWS = 1 << 14
"""Rows of either side in a piece, unless more of them have one id.

A quarter of them would do in a cache; but each piece is some sixty calls, between which threads
wait for the interpreter.
"""

Columns = tuple[Column, ...]


def in_step(one: Int64s, other: Int64s, rows: int = ROWS) -> Iterator[tuple[slice, slice]]:
    """Yield which rows of both sides have the same range of ids, from the lowest on.

    Ids ascend; all rows of an id are in one piece, and pieces have up to `rows` of either side
    but for that. None for no rows.
    """
    sides, begins = (one, other), [0, 0]
    while begins != [one.size, other.size]:
        reached = zip(sides, begins, strict=True)
        far = [ids[at + rows] for ids, at in reached if at + rows < ids.size]
        ends = [_below(ids, far, "left") for ids in sides]
        if ends == begins:  # more rows of one id than a piece has
            ends = [_below(ids, far, "right") for ids in sides]
        yield slice(begins[0], ends[0]), slice(begins[1], ends[1])
        begins = ends


def cut_in_step(one: Columns, other: Columns) -> Iterator[tuple[Columns, Columns]] | None:
    """Return the columns of both sides, whose first are their ids, in pieces of `in_step`.

    None for few rows, and for what must be looked at as a whole: ids that descend, columns of
    unequal length or of a kind that cannot be cut.
    """
    if not all(map(cuttable, (*one, *other))):
        return None
    try:
        ids, others = integers(one[0], "ids"), integers(other[0], "ids")
    except InputError:
        return None
    short = any(len(c) != at.size for side, at in ((one, ids), (other, others)) for c in side)
    if short or max(ids.size, others.size) <= ROWS or not (ascends(ids) and ascends(others)):
        return None
    return (
        (tuple(column[a] for column in one), tuple(column[b] for column in other))
        for a, b in in_step(ids, others)
    )


def ascends(ids: Int64s) -> bool:
    """Return whether no id is below the one before it, without a flag a row."""
    return not any(
        (ids[at : at + ROWS][1:] < ids[at : at + ROWS][:-1]).any()
        for at in range(0, ids.size, ROWS - 1)
    )


def _below(ids: Int64s, far: list[Any], side: Any) -> int:
    return int(np.searchsorted(ids, min(far), side)) if far else ids.size
