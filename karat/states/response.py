"""Response: how far the price goes with a trade in the rows after it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import InputError
from karat.states.columns import Column
from karat.states.difference import MOST, Difference
from karat.states.encoding import Int64s
from karat.states.power_sums import PowerSums, PowerSumsState
from karat.states.rows import checked
from karat.states.whole_number import check_whole
from karat.states.windowed import OverWindows, Windowed, WindowedState


@dataclass(frozen=True)
class SignedMove:
    """Sign in a window's first row times how far the second column goes up to its last row."""

    version: ClassVar[int] = 1

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("window function/1", "signed move", self.version)

    def __call__(self, rows: Int64s, width: int) -> Int64s:
        """Return the move of each window; one beyond int64 counts as the furthest it can hold."""
        return self.of_columns(list(rows.T), width)[0]

    def of_columns(self, columns: list[Int64s], width: int) -> list[Int64s]:
        """Return the same of two columns, as a list of one."""
        signs, prices = columns
        moved = Difference()(prices.reshape(-1, 1), width)
        np.maximum(moved, -MOST, out=moved)
        return [np.multiply(moved, signs[: moved.size], out=moved)]


@dataclass(frozen=True)
class Response(OverWindows[PowerSumsState]):
    """R(l) = mean of eps_t (m_{t+l} - m_t) over `lag` l rows, as its sum and its number of rows.

    eps_t is the sign of trade t (1 bought, -1 sold, 0 unknown, which moves nothing but counts) and
    m_t the mid price (Bouchaud et al. 2004, eq. 2). The inner state's `mean()` is R(l). Raises
    `InputError` for a lag below 1.

    >>> Response(1).observe(np.array([1, -1, 1]), np.array([10, 12, 11])).inner.mean()
    Fraction(3, 2)
    """

    lag: int
    name: ClassVar[str] = "response"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if check_whole(self.lag, "lag") < 1:
            raise InputError(f"a response after {self.lag} rows: at least 1 is needed")
        super().__post_init__()

    @cached_property
    def windowed(self) -> Windowed[PowerSumsState]:
        """Windows of `lag` + 1 rows."""
        return Windowed(self.lag + 1, SignedMove(), PowerSums(1))

    def observe(self, *columns: Column) -> WindowedState[PowerSumsState]:
        """Return the state of two columns, signs and prices.

        Raises `InputError` for nulls, floats, unequal lengths, or a sign other than -1, 0 and 1.
        """
        arrays = checked(columns)
        if len(arrays) != 2:  # noqa: PLR2004
            raise InputError(f"a response is of signs and prices, {len(arrays)} columns given")
        signs = arrays[0]
        if signs.size and not -1 <= signs.min() <= signs.max() <= 1:
            at = int(np.argmax((signs < -1) | (signs > 1)))
            raise InputError(f"row {at}: sign {signs[at]} is none of -1, 0 and 1")
        return super().observe(*arrays)
