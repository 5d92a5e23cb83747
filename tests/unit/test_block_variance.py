"""Effective rows against the definition, block by block, in fractions and in numpy."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

from karat.errors import CorruptError, InputError
from karat.states import BlockVar, ReferenceCounts, block_widths, least_effective_rows
from karat.states import block_variance as module
from karat.states.encoding import Writer

few = settings(max_examples=40, deadline=None, database=None)
POINTS = ReferenceCounts.from_golden(np.array([0, 1, 2, 3]), None)
Int64s = NDArray[np.int64]


def inflation(times: list[int], values: list[int], width: int) -> Fraction | None:
    """Return the largest phi over cuts 0 to 3: the variance of a ratio, block after block."""
    blocks = defaultdict(list)
    for time, value in zip(times, values, strict=True):
        blocks[time // width].append(value)
    closed = [blocks[bucket] for bucket in sorted(blocks)[1:-1]]
    n = sum(map(len, closed))
    phis = []
    for cut in range(4):
        below = [sum(value <= cut for value in block) for block in closed]
        share = Fraction(sum(below), n) if n else Fraction(0)
        if len(closed) < 20 or not 0 < share < 1:
            continue
        apart = (c - share * len(block) for c, block in zip(below, closed, strict=True))
        spread = sum((x * x for x in apart), Fraction(0)) / (len(closed) - 1)
        variance = spread * len(closed) / n**2
        phis.append(variance / (share * (1 - share) / n))
    return max(phis, default=None)


def dependent(seed: int, rows: int, stay: float) -> Int64s:
    """Return a column of 0 to 3 whose rows stay what they are with the given chance."""
    rng = default_rng(seed)
    fresh = rng.random(rows) >= stay
    fresh[0] = True
    return np.asarray(
        rng.integers(0, 4, rows)[np.maximum.accumulate(np.where(fresh, np.arange(rows), 0))]
    )


@few
@given(st.integers(0, 2**32), st.integers(0, 300), st.lists(st.integers(0, 300), max_size=4))
def test_effective_rows_are_the_definition(seed: int, rows: int, cuts: list[int]) -> None:
    rng = default_rng(seed)
    times, values = rng.integers(0, 3, rows).cumsum(), dependent(seed, max(rows, 1), 0.7)[:rows]
    stat = BlockVar(POINTS, 5)
    edges = sorted(min(cut, rows) for cut in cuts)
    parts = zip(np.split(times, edges), np.split(values, edges), strict=True)
    state = reduce(stat.merge, [stat.observe(*part) for part in parts], stat.empty())
    phi = inflation(times.tolist(), values.tolist(), 5)
    assert state.rows == rows
    assert state.effective_rows() == (None if phi is None else rows / max(phi, Fraction(1)))


def test_blocks_of_equal_rows_give_the_variance_of_their_shares() -> None:
    values = dependent(1, 4000, 0.9)
    state = BlockVar(POINTS, 100).observe(np.arange(4000), values)
    closed = values[100:-100].reshape(-1, 100)
    shares = np.array([(closed <= cut).mean(axis=1) for cut in range(3)])
    whole = shares.mean(axis=1)
    phi = (shares.var(axis=1, ddof=1) * 100 / (whole * (1 - whole))).max()
    rows = state.effective_rows()
    assert rows is not None
    assert float(rows) == pytest.approx(4000 / phi, rel=1e-9)


def test_a_chain_is_worth_as_many_rows_as_theory_says() -> None:
    # Rows that stay with chance a are worth (1 - a) / (1 + a) of as many independent ones.
    values = dependent(2, 200_000, 0.8)
    state = BlockVar(POINTS, 1000).observe(np.arange(200_000), values)
    rows = state.effective_rows()
    assert rows is not None
    assert float(rows) == pytest.approx(200_000 / 9, rel=0.35)


def test_bursts_alone_do_not_cost_rows() -> None:
    rng = default_rng(3)
    times = np.repeat(np.arange(400), rng.choice([5, 200], 400)) * 1000
    values = rng.integers(0, 4, times.size)
    rows = BlockVar(POINTS, 1000).observe(times, values).effective_rows()
    assert rows is not None
    assert rows > 0.6 * times.size


def test_independent_rows_are_never_worth_more_than_they_are() -> None:
    alternating = np.arange(1000) % 4
    rows = BlockVar(POINTS, 10).observe(np.arange(1000), alternating).effective_rows()
    assert rows == 1000


def test_wider_blocks_see_longer_dependence() -> None:
    values = dependent(4, 60_000, 0.99)
    stats = block_widths(POINTS, 50)
    assert [stat.width for stat in stats] == [50, 200, 800]
    states = [stat.observe(np.arange(60_000), values) for stat in stats]
    known = [float(rows) for state in states if (rows := state.effective_rows())]
    assert known == sorted(known, reverse=True)
    assert least_effective_rows(states) == states[-1].effective_rows()


def test_widths_with_too_few_blocks_are_left_out() -> None:
    stats = block_widths(POINTS, 40)
    states = [stat.observe(np.arange(1000), dependent(5, 1000, 0.5)) for stat in stats]
    assert [state.closed.blocks for state in states] == [23, 5, 0]
    assert least_effective_rows(states) == states[0].effective_rows() is not None
    assert least_effective_rows(states[1:]) is None
    assert least_effective_rows([]) is None


@pytest.mark.parametrize(("rows", "known"), [(210, False), (211, True), (220, True)])
def test_twenty_closed_blocks_are_needed(rows: int, *, known: bool) -> None:
    state = BlockVar(POINTS, 10).observe(np.arange(rows), dependent(6, rows, 0.1))
    assert (state.effective_rows() is not None) == known == (state.closed.blocks >= 20)


def test_a_column_that_never_changes_is_worth_nothing_known() -> None:
    state = BlockVar(POINTS, 10).observe(np.arange(900), np.full(900, 2))
    assert state.effective_rows() is None
    nothing = BlockVar(ReferenceCounts.from_golden(np.empty(0, np.int64)), 10)
    assert nothing.observe(np.arange(900), np.arange(900)).effective_rows() is None


def test_a_clock_that_goes_back_leaves_rows_unknown() -> None:
    times, values = np.arange(1000), dependent(7, 1000, 0.1)
    stat = BlockVar(POINTS, 10)
    jumbled = times.copy()
    jumbled[500:502] = [510, 499]
    state = stat.observe(jumbled, values)
    assert (state.backward, state.effective_rows()) == (1, None)
    assert stat.merge(stat.observe(times, values), stat.observe(times, values)).backward == 1
    inside = times.copy()
    inside[501:503] = [502, 501]
    assert stat.observe(inside, values).effective_rows() is not None


def test_nulls_are_left_out_with_their_rows() -> None:
    times, values = np.arange(1000), dependent(8, 1000, 0.3)
    gone = default_rng(8).random(1000) < 0.4
    stat = BlockVar(POINTS, 20)
    nulls = stat.observe(times, pa.array(values, mask=gone))
    assert nulls == stat.observe(times[~gone], values[~gone])


def test_floats_and_times_before_the_epoch() -> None:
    cells = ReferenceCounts.from_golden(np.array([0.5, 1.5, 2.5]), None)
    times, values = np.arange(-900, 100), dependent(9, 1000, 0.3)
    floats = BlockVar(cells, 10).observe(times, values + 0.5)
    whole = BlockVar(POINTS, 10).observe(times + 10_000, values)
    assert floats.effective_rows() == whole.effective_rows()


def test_how_many_blocks_are_in_memory_at_once_does_not_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    columns = np.arange(3000), dependent(10, 3000, 0.5)
    stat = BlockVar(POINTS, 7)
    expected = stat.observe(*columns)
    monkeypatch.setattr(module, "CELLS_AT_ONCE", 16)
    assert stat.observe(*columns) == expected


WRONG: dict[str, tuple[Any, Any]] = {
    "times for": (np.arange(3), np.arange(4)),
    "null at row 0": (pa.array([None, 1]), np.arange(2)),
    "holds floats": (np.array([0.5]), np.array([1])),
    "cast one": (np.array([1]), np.array([0.5])),
}


@pytest.mark.parametrize("match", WRONG)
def test_wrong_columns_are_refused(match: str) -> None:
    with pytest.raises(InputError, match=match):
        BlockVar(POINTS, 10).observe(*WRONG[match])


def test_blocks_without_width_are_refused() -> None:
    with pytest.raises(InputError, match="at least 1"):
        BlockVar(POINTS, 0)


@pytest.mark.parametrize(
    "fields",
    [
        (-1, 0, 0, 0, 0, 0, *[0] * 12),
        (0, 0, 1, 5, 2, *[0] * 4, 0, 0, 0, *[0] * 12),
        (0, 1, 5, 2, *[0] * 4, 0, 1, 3, 9, *[0] * 12),
    ],
    ids=["going back less than never", "a last without a first", "closed without a last"],
)
def test_blocks_that_cannot_be_are_corrupt(fields: tuple[int, ...]) -> None:
    with pytest.raises(CorruptError, match="no blocks"):
        BlockVar(POINTS, 10).decode(Writer(1).integers(*fields).data())
