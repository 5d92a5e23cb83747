"""Long columns looked at piece by piece: what a pass makes on its way is as long as a piece.

A flag a row, a copy without nulls, a sorted column: made of all rows at once they take memory by
the row, anew for each batch, and far from the processor. States of pieces merge to that of all
rows, which is the law of every statistic, so none needs to see more rows than what it makes of
them has room for in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce, wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pyarrow as pa

from karat.errors import InputError
from karat.states.picked import Picked, Rows, Stored, beside

P = ParamSpec("P")
S = TypeVar("S")
Columns = tuple[Any, ...]
ROOM, FEWEST = 1 << 18, 512
"""Bytes that a pass over one piece may make, and the fewest rows of a piece."""


def piecewise(
    bytes_a_row: int, unless: Callable[..., bool] | None = None
) -> Callable[[Callable[P, S]], Callable[P, S]]:
    """Return what lets a statistic's method observe its columns in pieces, merged in their order.

    `bytes_a_row` is what it makes of each row on its way. `unless` is asked of statistic and
    columns, and tells when all rows are observed at once. They also are where rows are few, where
    columns are of unequal length or of a kind that cannot be cut, and where a piece is refused:
    so errors are those of all rows, and name their rows by the same numbers.
    """
    rows = max(ROOM // bytes_a_row, FEWEST)

    def over_pieces(observe: Callable[P, S]) -> Callable[P, S]:
        @wraps(observe)
        def observed(*args: P.args, **options: P.kwargs) -> S:
            statistic, columns = args[0], args[1:]
            cut = None if options else pieces(columns, rows)
            if cut is None or (unless and unless(statistic, *columns)):
                return observe(*args, **options)
            look: Callable[..., S] = observe
            try:
                return folded(statistic, (look(statistic, *piece) for piece in cut))
            except InputError:
                return observe(*args, **options)

        return observed

    return over_pieces


def pieces(columns: Columns, rows: int) -> Iterator[Columns] | None:
    """Return columns in pieces of so many rows; None for one piece, or where they cannot be cut.

    Whole numbers stand for themselves. Picked rows are cut by the rows of their table.
    """
    kinds = [column for column in columns if not isinstance(column, int)]
    if kinds and beside(*kinds):
        size = kinds[0].rows.size
        return _picked(columns, kinds[0].rows, rows) if size > rows else None
    sizes = {len(column) for column in kinds} if all(map(cuttable, kinds)) else set()
    size = sizes.pop() if len(sizes) == 1 else 0
    return _slices(columns, size, rows) if size > rows else None


def folded(statistic: Any, states: Iterable[S]) -> S:
    """Return states, one at least, merged in order: each with one of as many pieces.

    A state that grows with its rows is copied as often as its pieces are halved, not once a piece.
    """
    waiting: list[tuple[int, S]] = []
    for state in states:
        count, whole = 1, state
        while waiting and waiting[-1][0] == count:
            whole, count = statistic.merge(waiting.pop()[1], whole), 2 * count
        waiting.append((count, whole))
    found: S = reduce(
        lambda late, early: statistic.merge(early, late), [one for _, one in reversed(waiting)]
    )
    return found


def plain(_: Any, *columns: Any) -> bool:
    """Return whether columns are read as they lie in memory, and so make nothing by the row."""
    return all(map(_lies, columns))


def cuttable(column: Any) -> bool:
    """Return whether slices of a column are its rows."""
    listed = isinstance(column, list | tuple | pa.Array | pa.ChunkedArray)
    return listed or (isinstance(column, np.ndarray) and column.ndim == 1)


def _lies(column: Any) -> bool:
    if isinstance(column, np.ndarray):
        return column.dtype == np.int64 and column.flags.c_contiguous
    if isinstance(column, pa.Array):
        return bool(column.type == pa.int64() and not column.null_count)
    return isinstance(column, int | Picked)


def _slices(columns: Columns, size: int, rows: int) -> Iterator[Columns]:
    for at in range(0, size, rows):
        yield tuple(one if isinstance(one, int) else one[at : at + rows] for one in columns)


def _picked(columns: Columns, chosen: Rows, rows: int) -> Iterator[Columns]:
    for at in range(0, chosen.size, rows):
        part = slice(at, min(at + rows, chosen.size))
        mask = None if chosen.mask is None else chosen.mask[part]
        some = Rows(part.stop - at, mask)
        yield tuple(one if isinstance(one, int) else _part(one, part, some) for one in columns)


def _part(column: Picked, part: slice, rows: Rows) -> Picked:
    values, valid, full = column.stored
    return Picked(Stored(values[part], valid[part], full), rows)
