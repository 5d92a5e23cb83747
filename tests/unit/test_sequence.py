"""Continuity against a reading row by row, and each kind of fault by example."""

from __future__ import annotations

from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import default_rng

from karat.errors import InputError
from karat.states import Sequence, SequenceState
from karat.states.picked import Picked, Rows, stored

Row = tuple[int, int, int]
NAMES = ("carries", "snapshots", "deltas", "trades")


def observed(rows: list[Row]) -> SequenceState:
    return Sequence().observe(*np.array(rows, np.int64).reshape(-1, 3).T)


def fault(book: Row, row: Row) -> str | None:
    """What a delta's first row says about the book row before it."""
    kind, _, last = book
    _, previous, sequence = row
    if previous > last:
        return "gaps"
    behind = sequence < last if kind == 1 else previous < last
    return "overlaps" if behind else None


def trade_fault(trade: int, sequence: int) -> str | None:
    if sequence == trade + 1:
        return None
    return "trade_gaps" if sequence > trade else "trade_repeats"


def by_hand(rows: list[Row]) -> tuple[dict[str, int], list[tuple[int, int]]]:
    """Tally and gaps, as their definition reads."""
    found: list[str | None] = [("stale", "duplicates")[row[0] - 4] for row in rows if row[0] >= 4]
    trades = [row[2] for row in rows if row[0] == 3]
    found += ["trades"] * len(trades) + [trade_fault(*pair) for pair in pairwise(trades)]
    gaps: list[tuple[int, int]] = []
    book: Row | None = None
    for row in (row for row in rows if row[0] < 3):
        if book is None or (book[0], book[2]) != (row[0], row[2]):
            found.append(NAMES[row[0]])
            wrong = fault(book, row) if book and row[0] == 2 else None
            found.append(wrong)
            if book and wrong == "gaps":
                gaps.append((book[2] + 1, row[1]))
        book = row
    tally = {name: found.count(name) for name in asdict(SequenceState().tally)}
    tally["missing"] = sum(last - first + 1 for first, last in gaps)
    return tally, gaps


@pytest.mark.parametrize("seed", range(40))
def test_equals_a_reading_by_hand(seed: int) -> None:
    rng = default_rng(seed)
    ids = rng.integers(-1, 3, 80).cumsum()
    kinds = rng.choice([0, 1, 2, 2, 2, 2, 3, 3, 4, 5], 80)
    rows = list(
        zip(kinds.tolist(), (ids - rng.integers(-1, 4, 80)).tolist(), ids.tolist(), strict=True)
    )
    state, (tally, gaps) = observed(rows), by_hand(rows)
    assert asdict(state.tally) == tally
    assert list(state.gap_ranges) == gaps[:20]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("karat.states.feed.pays", lambda _: True)
        assert observed(rows) == state
        columns = zip(*rows, strict=True)
        stored_columns = (
            stored(pa.array(column, kind))
            for column, kind in zip(columns, [pa.int8(), pa.int64(), pa.int32()], strict=True)
        )
        picked = (Picked(column, Rows(len(rows))) for column in stored_columns)
        assert Sequence().observe(*picked) == state


HEALTHY: list[Row] = [
    (4, 90, 95),
    (1, 0, 100),
    (1, 0, 100),
    (2, 95, 104),
    (2, 95, 104),
    (3, 0, 7),
    (2, 104, 110),
    (3, 0, 8),
    (2, 110, 111),
]


def test_a_healthy_feed_has_nothing_wrong() -> None:
    tally = observed(HEALTHY).tally
    assert (tally.snapshots, tally.deltas, tally.trades, tally.stale) == (1, 3, 2, 1)
    assert (tally.gaps, tally.missing, tally.overlaps, tally.trade_gaps) == (0, 0, 0, 0)


@pytest.mark.parametrize(("lost", "gap"), [(104, (101, 104)), (110, (105, 110)), (111, None)])
def test_a_lost_delta_is_a_gap_with_its_ids(lost: int, gap: tuple[int, int] | None) -> None:
    state = observed([row for row in HEALTHY if row[0] != 2 or row[2] != lost])
    assert state.gap_ranges == ((gap,) if gap else ())


def test_a_carry_must_be_continued_at_its_id() -> None:
    assert observed([(0, 0, 50), (2, 50, 52)]).tally.gaps == 0
    assert observed([(0, 0, 50), (2, 53, 60)]).gap_ranges == ((51, 53),)
    assert observed([(0, 0, 50), (2, 49, 60)]).tally.overlaps == 1


def test_borders_inside_a_message_do_not_show() -> None:
    stat = Sequence()
    for cut in range(len(HEALTHY) + 1):
        merged = stat.merge(observed(HEALTHY[:cut]), observed(HEALTHY[cut:]))
        assert merged == observed(HEALTHY)


def test_only_the_first_gaps_are_kept() -> None:
    rows = [(2, 10 * i - 1, 10 * i) for i in range(50)]
    state = observed(rows)
    assert (state.tally.gaps, len(state.gap_ranges), state.gap_ranges[0]) == (49, 20, (1, 9))


def test_bad_columns_are_named() -> None:
    one = np.array([2], np.int8)
    with pytest.raises(InputError, match="kind 6"):
        observed([(6, 0, 0)])
    with pytest.raises(InputError, match="row 0: a delta without previous_sequence"):
        Sequence().observe(one, pa.array([None], pa.int64()), one)
    with pytest.raises(InputError, match="not of one length"):
        Sequence().observe(one, one, np.array([1, 2]))
    assert Sequence().observe(np.array([3]), pa.array([None], pa.int64()), one).tally.trades == 1
