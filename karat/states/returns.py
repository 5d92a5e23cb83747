"""Returns over h rows: how far a price moved, counted in golden cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from karat.errors import InputError
from karat.states.counts import Counts
from karat.states.difference import Difference
from karat.states.statistic import Statistic
from karat.states.whole_number import check_whole
from karat.states.windowed import OverWindows, Windowed


@dataclass(frozen=True)
class Returns(OverWindows[Counts]):
    """Differences of an integer column over `rows` rows, counted by `counted`.

    `counted` is `ReferenceCounts` of golden differences, or `Categories`. Raises `InputError` for
    `rows` below 1.

    >>> import numpy as np
    >>> from karat.states import Categories
    >>> Returns(2, Categories()).observe(np.array([10, 11, 13, 13])).inner.cells.tolist()
    [2, 3]
    """

    rows: int
    counted: Statistic[Counts]
    name: ClassVar[str] = "returns"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if check_whole(self.rows, "rows") < 1:
            raise InputError(f"returns over {self.rows} rows: at least 1 is needed")
        super().__post_init__()

    @cached_property
    def windowed(self) -> Windowed[Counts]:
        """Windows of `rows` + 1 rows."""
        return Windowed(self.rows + 1, Difference(), self.counted)
