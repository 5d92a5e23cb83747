"""Columns that go up from row to row (times, ids): their values say when, their steps say what."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.comparison.met import Met
from karat.states import differences
from karat.states.columns import Numbers

LEAST_STEPS = 20
"""Fewer steps all go up by chance once in a million or more."""
FALLS = 100
"""One step in so many may go down: clocks of real captures do."""
NAMED = {"time", "ts", "timestamp", "ns", "us", "ms"}


def tells_time(met: Met) -> bool:
    """Return whether a column is of a time's type, or of numbers that are named like a time."""
    words = met.name.lower().split("_")
    return met.kind == "time" or (met.kind == "number" and not NAMED.isdisjoint(words))


def rises(met: Met) -> bool:
    """Return whether golden goes up: at least 20 of its steps do, and 99 % of those that move."""
    if not met.ordered:
        return False
    held = present(met.golden)
    up, down = (int(np.count_nonzero(moved)) for moved in _moves(held))
    return up >= LEAST_STEPS and down * FALLS <= up + down


def steps(numbers: Numbers) -> NDArray[Any]:
    """Return the steps between neighbouring rows with a value; none for fewer than two.

    A step beyond int64 counts as the largest or least there is.
    """
    held = present(numbers)
    if held.dtype.kind != "f":
        return differences(held)
    with np.errstate(invalid="ignore", over="ignore"):  # between infinities there is no step
        return np.diff(held)


def present(numbers: Numbers) -> NDArray[Any]:
    """Return the values of the rows that hold one."""
    held: NDArray[Any] = numbers.values[numbers.valid]
    return held


def _moves(held: NDArray[Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    return held[1:] > held[:-1], held[1:] < held[:-1]
