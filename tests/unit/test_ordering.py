"""Rows before their turn, against a loop over the rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from karat.errors import CorruptError, InputError
from karat.states import Ordering
from karat.states.encoding import Writer
from karat.states.picked import Picked, Rows, stored

VALUES = st.lists(st.one_of(st.none(), st.integers(-3, 3), st.sampled_from([-(2**63), 2**63 - 1])))


@given(VALUES, st.booleans())
def test_offenders_are_those_of_a_loop(values: list[int | None], rising: bool) -> None:
    before, offenders, checked = None, [], 0
    for at, value in enumerate(values):
        if value is None:
            continue
        checked += 1
        if before is not None and (value <= before if rising else value < before):
            offenders.append(100 + at)
        before = value
    column = pa.array(values, pa.int64())
    state = Ordering(rising).observe(column, np.arange(len(values)) + 100)
    assert (state.checked, state.violations) == (checked, len(offenders))
    assert state.first == (offenders[0] if offenders else None)


@pytest.mark.parametrize("share", [0.3, 0.99, 1])
@pytest.mark.parametrize("rising", [False, True])
def test_many_rows_are_looked_at_where_they_lie(
    share: float, rising: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("karat.states.ordering.pays", lambda rows: rows >= 1024)
    for seed in range(12):
        rng = default_rng([seed, int(100 * share)])
        size = int(rng.choice([1024, 2047, 2048, 2049, 5000]))
        values, locators = np.sort(rng.integers(0, 9 * size, size)), np.arange(size) * 3
        # Some at either side of a piece, or first of all; the least there is has nothing below it.
        swapped = rng.choice([0, 1022, min(1023, size - 2), size - 2], seed % 4)
        values[swapped] = values[swapped + 1] + rng.integers(0, 2)
        values[:1] = -(2**63) if seed % 3 == 0 else values[:1]
        mask = rng.random(size) < share
        rows = Rows(size, mask)
        picked = [Picked(stored(pa.array(column)), rows) for column in (values, locators)]
        copied = values[mask], locators[mask]
        assert Ordering(rising).observe(*picked) == Ordering(rising).observe(*copied)


def test_what_has_no_order_is_refused() -> None:
    stat = Ordering(rising=False)
    with pytest.raises(InputError, match="floats"):
        stat.observe(np.array([0.5, 1.5]), np.array([1, 2]))
    with pytest.raises(InputError, match="2 values and 1 locators"):
        stat.observe(np.array([5, 1]), np.array([1]))
    with pytest.raises(InputError, match="'locator' is null at row 1"):
        stat.observe(np.array([5, 1]), pa.array([1, None]))


@pytest.mark.parametrize(
    ("counts", "first", "borders"),
    [
        ((3, 0), None, None),
        ((0, 0), None, (1, 2, 3)),
        ((3, 1), None, (1, 2, 3)),
        ((3, 0), (4,), (1, 2, 3)),
    ],
)
def test_numbers_that_contradict_each_other_are_corrupt(
    counts: tuple[int, int], first: tuple[int] | None, borders: tuple[int, int, int] | None
) -> None:
    data = Writer(1).integers(*counts).optional(first).optional(borders).data()
    with pytest.raises(CorruptError, match="ordering"):
        Ordering(rising=False).decode(data)
