"""Steps of the best prices from row to row: each must be what the row's own level makes of them.

A level set at or above the best bid becomes it, with its size; deleting the best bid's level
lowers it; nothing else moves it, and asks are the mirror image. So a book that stands still, lost a
message, took prices from elsewhere or mixed up its rows betrays itself without any golden capture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat.digest import digest
from karat.states.columns import Column, Numbers, as_stored
from karat.states.encoding import Int64s
from karat.states.invariant import LEAST, Invariant, InvariantState
from karat.states.kernels import pays
from karat.states.piecewise import piecewise, plain
from karat.states.windowed import OverWindows, Windowed, WindowedState

BID, ASK = 1, -1
CARRY, SNAPSHOT, DELTA = 0, 1, 2


class Rows(NamedTuple):
    """Columns of book events, one int64 a row; `LEAST` stands for a best price that is not there.

    `kind` is that of a book event: an opening or a snapshot replaces the book, a delta's row sets
    one level, and no other row touches it.
    """

    kind: Int64s
    side: Int64s
    price: Int64s
    size: Int64s
    bid: Int64s
    bid_lots: Int64s
    ask: Int64s
    ask_lots: Int64s
    locator: Int64s


@dataclass(frozen=True)
class BookStep:
    """Whether the later row of each window of two explains the best prices after it."""

    version: ClassVar[int] = 1

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("window function/1", "book step", self.version)

    def __call__(self, rows: Int64s, width: int) -> Int64s:  # noqa: ARG002 - always two
        """Return a row for each window: 1 if explained, 1 to compare it with, and the locator."""
        before, after = Rows(*rows[:-1].T), Rows(*rows[1:].T)
        replaced = (after.kind == CARRY) | (after.kind == SNAPSHOT)
        good = replaced | (_explained(before, after, BID) & _explained(before, after, ASK))
        return np.stack([good.astype(np.int64), np.ones(len(good), np.int64), after.locator], 1)


def _explained(before: Rows, after: Rows, side: int) -> NDArray[np.bool_]:
    """Return whether one side's best follows; asks are turned round, so the highest is best."""
    old, new = (_towards(r.bid if side == BID else r.ask, side) for r in (before, after))
    old_lots, new_lots = ((r.bid_lots if side == BID else r.ask_lots) for r in (before, after))
    price, mine = after.price * side, (after.kind == DELTA) & (after.side == side)
    best_set = mine & (after.size > 0) & (price >= old)
    best_gone = mine & (after.size == 0) & (price == old)
    kept = (new == old) & (new_lots == old_lots)
    taken = (new == price) & (new_lots == after.size)
    explained: NDArray[np.bool_] = np.where(best_set, taken, np.where(best_gone, new < old, kept))
    return explained


def _towards(best: Int64s, side: int) -> Int64s:
    return best if side == BID else np.where(best == LEAST, LEAST, -best)


@dataclass(frozen=True)
class BookSteps(OverWindows[InvariantState]):
    """How many steps from row to row are checked, how many nothing explains, and the first.

    >>> import numpy as np
    >>> set_bid = [np.array([2, 2]), np.array([1, 1]), np.array([9, 9]), np.array([4, 5])]
    >>> book = [np.array([9, 9]), np.array([4, 4]), np.array([11, 11]), np.array([2, 2])]
    >>> BookSteps().observe(*set_bid, *book, np.array([70, 71])).inner
    InvariantState(checked=1, violations=1, first=71)
    """

    name: ClassVar[str] = "book_steps"
    version: ClassVar[int] = 1

    @cached_property
    def windowed(self) -> Windowed[InvariantState]:
        """Windows of two rows."""
        return Windowed(2, BookStep(), Invariant("=="))

    @piecewise(96, plain)
    def observe(self, *columns: Column) -> WindowedState[InvariantState]:
        """Return the state of these rows: the columns of `Rows`, nulls where nothing is there.

        Raises `InputError` for floats or columns of unequal length.
        """
        found = [as_stored(column) for column in columns]
        sizes = {numbers.values.size for numbers in found}
        fits = len(found) == len(Rows._fields) and len(sizes) == 1
        whole = all(numbers.values.dtype.kind == "i" for numbers in found)
        if fits and whole and max(sizes) and pays(max(sizes)):
            return _compiled(found)
        return self.windowed.observe(*map(_absent, found))


def _absent(column: Numbers) -> Column:
    values, valid = column
    # Narrow integers do not hold what stands for none.
    values = values.astype(np.int64, copy=False) if values.dtype.kind == "i" else values
    return values if valid.all() else np.where(valid, values, LEAST)


def _compiled(columns: list[Numbers]) -> WindowedState[InvariantState]:
    from karat.states.kernels.book_kernel import unexplained

    kind, side, *book, locator = columns
    codes = [np.ascontiguousarray(code.values) for code in (kind, side)]
    if codes[0].dtype != codes[1].dtype or codes[0].dtype not in (np.int8, np.int64):
        codes = [code.astype(np.int64) for code in codes]
    values = tuple(np.ascontiguousarray(c.values.astype(np.int64, copy=False)) for c in book)
    flags = (np.empty(0, bool) if c.valid.all() else c.valid for c in columns[:-1])
    violations, row = unexplained(codes[0], codes[1], values, tuple(flags))
    first, count = None if row < 0 else _of_row(locator, row), locator.values.size
    head, tail = (tuple(_of_row(c, at) for c in columns) for at in (0, count - 1))
    inner = InvariantState(count - 1, int(violations), first)
    return WindowedState(count, (head,), (tail,), inner)


def _of_row(column: Numbers, row: int) -> int:
    return int(column.values[row]) if column.valid[row] else LEAST
