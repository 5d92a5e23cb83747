"""What is no whole number is refused as a count, wherever a statistic takes one."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from karat.errors import InputError
from karat.states import ReferenceCounts
from karat.states.sliding import SlidingKS
from karat.states.whole_number import check_whole
from tests.laws.cases import CASES

NO_COUNTS = [2.5, "4", True, np.float64(4), float("nan"), [4], 1 << 63, -(1 << 63)]
COUNTED = {
    (type(case.statistic), field.name): case.statistic
    for case in CASES
    for field in fields(case.statistic)
    if type(getattr(case.statistic, field.name)) is int
}
"""Every parameter of an exported statistic that is a count, and one statistic that has it."""


def test_many_statistics_take_counts() -> None:
    assert {name for _, name in COUNTED} >= {"width", "size", "order", "lags", "steps", "changes"}


@pytest.mark.parametrize("bad", NO_COUNTS, ids=repr)
def test_no_statistic_is_made_of_what_is_no_count(bad: Any) -> None:
    for (_, name), statistic in COUNTED.items():
        with pytest.raises(InputError):
            replace(statistic, **{name: bad})


@pytest.mark.parametrize("bad", NO_COUNTS, ids=repr)
def test_cells_and_windows_are_counts(bad: Any) -> None:
    for cells in (bad, 0, -1):
        with pytest.raises(InputError, match="cells is"):
            ReferenceCounts.from_golden([1, 2, 3], cells=cells)
    with pytest.raises(InputError, match="window"):
        SlidingKS([1, 2, 3], window=bad)


def test_whole_numbers_of_numpy_are_whole_numbers() -> None:
    four: Any = np.int64(4)
    assert check_whole(four, "cells") == 4
    few = ReferenceCounts.from_golden(np.arange(99), cells=four)
    assert few == ReferenceCounts.from_golden(np.arange(99), cells=4)
    slow, fast = (SlidingKS([1, 2, 3], window=rows).push([1, 3, 3, 0, 9]) for rows in (four, 4))
    assert slow.tolist() == fast.tolist()
