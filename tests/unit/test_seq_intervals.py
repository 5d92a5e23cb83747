"""Ids covered by messages: against a count of every id, and on real feeds."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from numpy.random import default_rng

from karat.errors import CorruptError, InputError
from karat.states import SeqIntervals, SeqIntervalsState
from karat.states.encoding import Writer

STAT = SeqIntervals()


@pytest.mark.parametrize("seed", range(40))
def test_every_id_is_counted(seed: int) -> None:
    rng = default_rng(seed)
    before = rng.integers(-40, 40, rng.integers(0, 25))
    last = before + rng.integers(0, 7, before.size)
    seen = Counter(i for a, b in zip(before, last, strict=True) for i in range(a + 1, b + 1))
    state = STAT.observe(before, last)
    assert [i for a, b in state.ranges for i in range(a, b + 1)] == sorted(seen)
    hull = range(min(seen, default=0), max(seen, default=-1))
    assert [i for a, b in state.gaps for i in range(a, b + 1)] == [i for i in hull if i not in seen]
    assert state.duplicates == sum(seen.values()) - len(seen)
    assert state.messages == before.size


def test_messages_may_come_in_any_order_and_pieces() -> None:
    rng = default_rng(2)
    edges = rng.choice(1000, 60, replace=False)
    rows = np.sort(edges).reshape(-1, 2)
    states = set()
    for _ in range(6):
        pieces = np.array_split(rng.permutation(rows), rng.integers(1, 9))
        states.add(reduce(STAT.merge, (STAT.observe(*piece.T) for piece in pieces)))
    assert len(states) == 1


def test_all_of_int64_is_one_range() -> None:
    halves = [
        STAT.observe(np.array([a]), np.array([b])) for a, b in ((0, 2**63 - 1), (-(2**63), 0))
    ]
    whole = STAT.merge(*halves)
    assert whole.ranges == [(-(2**63) + 1, 2**63 - 1)]
    assert whole.stated == 2**64 - 1
    assert STAT.merge(whole, whole).duplicates == 2**64 - 1


def test_wrong_messages_are_refused() -> None:
    with pytest.raises(InputError, match=r"row 1: ids \(9, 8\]"):
        STAT.observe(np.array([1, 9]), np.array([2, 8]))
    with pytest.raises(InputError, match="2 ids before for 1"):
        STAT.observe(np.array([1, 9]), np.array([2]))


@pytest.mark.parametrize(
    ("messages", "stated", "edges"),
    [(2, 9, [1, 2, 3]), (2, 9, [3, 1]), (1, 9, [1, 2, 3, 4]), (2, 1, [1, 2, 3, 4])],
)
def test_bytes_of_no_ranges_are_refused(messages: int, stated: int, edges: list[int]) -> None:
    data = Writer(1).integers(messages, stated).array(np.array(edges), ascending=True).data()
    with pytest.raises(CorruptError, match="no ranges"):
        STAT.decode(data)


def deltas(path: Path) -> pa.Table:
    """Return the deltas of a day, one row a message."""
    day = pq.read_table(path, columns=["line", "kind", "first_id", "last_id", "prev_last_id"])
    day = day.filter(pc.equal(day["kind"], "delta"))
    return day.filter(pa.array(np.diff(day["line"].to_numpy(), prepend=-1) != 0))


def ids_of(rows: pa.Table) -> SeqIntervalsState:
    futures = rows["prev_last_id"].null_count == 0
    before = rows["prev_last_id"] if futures else pc.subtract(rows["first_id"], 1)
    return STAT.observe(before, rows["last_id"])


@pytest.mark.parametrize("market", ["cm_btcusd_perp", "spot_btcusdt"])
def test_real_days_without_gap_are_one_range(captures: Path, market: str) -> None:
    days = [deltas(captures / "binance" / f"{market}_2024080{n}_depth.parquet") for n in (8, 9)]
    both = STAT.merge(ids_of(days[1]), ids_of(days[0]))
    assert (len(both.ranges), both.duplicates) == (1, 0)
    lost = days[0].slice(100, 1)
    rest = STAT.merge(ids_of(days[0].slice(0, 100)), ids_of(days[0].slice(101)))
    assert rest.gaps == ids_of(lost).ranges
    assert STAT.merge(both, ids_of(lost)).duplicates == ids_of(lost).stated
