"""Steps from category to category: which kind of message follows which."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import InputError
from karat.states.categories import Categories
from karat.states.columns import Column, integers
from karat.states.counts import Counts
from karat.states.encoding import Int64s
from karat.states.scratch import room
from karat.states.windowed import OverWindows, Windowed, WindowedState

BITS = 32
HALF = 1 << (BITS - 1)


@dataclass(frozen=True)
class Step:
    """The first and the last category of each window as one integer; categories have 32 bits."""

    version: ClassVar[int] = 1

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("window function/1", "step", self.version)

    def __call__(self, rows: Int64s, width: int) -> Int64s:
        """Return ``first * 2^32 + last + 2^31`` of each window, which rises with first and last."""
        first, last = rows[: len(rows) - width + 1, 0], rows[width - 1 :, 0]
        steps = np.left_shift(first, BITS, out=room(first.size))
        steps += last
        steps += HALF
        return steps


@dataclass(frozen=True)
class Transition(OverWindows[Counts]):
    """How often each category is followed by each; the inner state counts the pairs.

    >>> stat = Transition()
    >>> stat.pairs(stat.observe(np.array([1, 2, 2, 1, 2])))
    {(1, 2): 2, (2, 1): 1, (2, 2): 1}
    """

    name: ClassVar[str] = "transition"
    version: ClassVar[int] = 1

    @cached_property
    def windowed(self) -> Windowed[Counts]:
        """Windows of two rows."""
        return Windowed(2, Step(), Categories())

    def observe(self, *columns: Column) -> WindowedState[Counts]:
        """Return the state of one column of categories.

        Raises `InputError` for several columns, nulls, floats, or a category beyond 32 bits.
        """
        if len(columns) != 1:
            raise InputError(f"transitions are of one column, {len(columns)} were given")
        rows = integers(columns[0], "categories")
        if rows.size and not -HALF <= rows.min() <= rows.max() < HALF:
            at = int(np.argmax((rows < -HALF) | (rows >= HALF)))
            raise InputError(f"row {at}: category {rows[at]} is none of int32: number them anew")
        return super().observe(rows)

    def pairs(self, state: WindowedState[Counts]) -> dict[tuple[int, int], int]:
        """Return how often each pair of neighbours came, in order of the pairs."""
        first, last = state.inner.cells >> BITS, (state.inner.cells & ((1 << BITS) - 1)) - HALF
        return dict(
            zip(
                zip(first.tolist(), last.tolist(), strict=True),
                state.inner.counts.tolist(),
                strict=True,
            )
        )
