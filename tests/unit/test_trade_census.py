"""The census of trades against one taken trade by trade."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import Generator, default_rng

from karat.errors import InputError
from karat.states import TradeCensus, TradeCensusState, Trades

Row = tuple[int | None, ...]
Table = list[Row]
CENSUS = TradeCensus()
FAULTS = ["differs", "rebuild_missing", "rebuild_repeats", "golden_missing", "golden_repeats"]


def by_hand(ours: Table, theirs: Table) -> tuple[Counter[str], list[tuple[Any, ...]]]:
    """Return the counts and all offenders, as the definition reads."""
    count = Counter(trades=len(ours), golden_trades=len(theirs))
    offenders: list[tuple[Any, ...]] = []
    ids = [[row[0] for row in table if row[0] is not None] for table in (ours, theirs)]
    if not all(ids):
        return count, offenders
    first, last = max(map(min, ids)), min(map(max, ids))
    for trade_id in range(first, last + 1):
        left, right = ([row[1:] for row in t if row[0] == trade_id] for t in (ours, theirs))
        count["covered"] += len(left)
        for n in range(max(len(left), len(right))):
            mine = left[n] if n < len(left) else None
            other = right[n] if n < len(right) else None
            if mine is None or other is None:
                if mine is None:
                    fault = "golden_repeats" if left else "rebuild_missing"
                else:
                    fault = "rebuild_repeats" if right else "golden_missing"
                count[fault] += 1
                offenders.append((trade_id, fault, mine, other))
                continue
            wrong = [f for f in range(4) if other[f] is not None and other[f] != mine[f]]
            count.update(f"field {f}" for f in wrong)
            count["matched"] += 1
            count["equal"] += not wrong
            if wrong:
                offenders.append((trade_id, "differs", mine, other))
    return count, offenders


def columns(table: Table) -> Trades:
    sides = list(zip(*table, strict=True)) or [()] * 5
    return Trades(*(pa.array(side, pa.int64()) for side in sides))


def observe(ours: Table, theirs: Table) -> TradeCensusState:
    return CENSUS.observe(columns(ours), columns(theirs))


def shuffled_by_id(rng: Generator, table: Table) -> Table:
    """Return rows in another order, those of one id in theirs."""
    rank = dict(zip({row[0] for row in table}, rng.permutation(len(table)), strict=False))
    return sorted(table, key=lambda row: rank[row[0]])


def pair(rng: Generator) -> tuple[Table, Table]:
    """Return golden trades and ours of them, with losses, repeats, nulls and other values."""
    size = int(rng.integers(0, 60))
    ids = (rng.integers(0, 50) + rng.integers(0, 2, size).cumsum()).tolist()
    golden: Table = [(n, *rng.integers(0, 3, 4).tolist()) for n in ids]

    def seen(share: float) -> Table:
        found: Table = []
        for row in golden:
            fields = [
                None if rng.random() < 0.05 else value if rng.random() > share else 9
                for value in row[1:]
            ]
            found += [(row[0], *fields)] * int(rng.choice([0, 1, 1, 1, 1, 1, 2]))
        return found

    start = int(rng.integers(0, 4))
    return shuffled_by_id(rng, seen(0.05)[start:]), shuffled_by_id(rng, seen(0.0))


@pytest.mark.parametrize("seed", range(60))
def test_equals_a_census_by_hand(seed: int) -> None:
    rng = default_rng(seed)
    pairs = [pair(rng) for _ in range(seed % 4 + 1)]
    state = reduce(CENSUS.merge, [observe(*one) for one in pairs])
    counts, offenders = Counter[str](), list[tuple[Any, ...]]()
    for one in pairs:
        more, others = by_hand(*one)
        counts.update(more)
        offenders += others
    found = asdict(state)
    assert found.pop("differing") == tuple(counts.pop(f"field {f}", 0) for f in range(4))
    kept = found.pop("offenders")
    assert found == {name: counts[name] for name in found}
    assert state.compared == counts["matched"] + sum(counts[fault] for fault in FAULTS[1:])
    for fault in FAULTS:
        all_ids = sorted(o[0] for o in offenders if o[1] == fault)
        assert [o[0] for o in kept if o[1] == fault] == all_ids[:5]
    assert {tuple(o) for o in state.offenders} <= set(offenders)


@pytest.mark.parametrize("seed", range(20))
def test_swapping_the_sides_swaps_the_suspects(seed: int) -> None:
    ours, theirs = pair(default_rng(seed))
    there, back = observe(ours, theirs), observe(theirs, ours)
    assert (there.rebuild_missing, there.rebuild_repeats) == (
        back.golden_missing,
        back.golden_repeats,
    )
    assert (there.matched, there.compared) == (back.matched, back.compared)
    assert observe(ours, ours).equal == len(ours)


GOLDEN: Table = [(n, 100 + n % 3, 5, 1, 1000 * n) for n in range(10, 30)]


def test_the_same_trades_are_equal_in_any_order() -> None:
    state = observe(GOLDEN[::-1], GOLDEN)
    assert (state.compared, state.equal, state.offenders) == (20, 20, ())


@pytest.mark.parametrize("cut", [slice(3, None), slice(0, -3), slice(2, -2)])
def test_the_edges_of_a_capture_are_not_missing(cut: slice) -> None:
    for ours, theirs in ((GOLDEN[cut], GOLDEN), (GOLDEN, GOLDEN[cut])):
        state = observe(ours, theirs)
        assert state.compared == state.equal == len(GOLDEN[cut])
        assert state.offenders == ()


def test_captures_without_a_common_id_compare_nothing() -> None:
    for ours, theirs in ((GOLDEN[:5], GOLDEN[5:]), ([], GOLDEN), (GOLDEN, [])):
        state = observe(ours, theirs)
        assert (state.compared, state.covered) == (0, 0)
        assert (state.trades, state.golden_trades) == (len(ours), len(theirs))


@pytest.mark.parametrize("field", range(4))
def test_a_changed_value_is_named_with_its_trade(field: int) -> None:
    row = list(GOLDEN[7])
    row[field + 1] = -1
    state = observe([*GOLDEN[:7], tuple(row), *GOLDEN[8:]], GOLDEN)
    assert state.differing == tuple(int(f == field) for f in range(4))
    (only,) = state.offenders
    assert only == (17, "differs", tuple(row[1:]), GOLDEN[7][1:])


def test_a_lost_and_a_repeated_trade_make_their_side_the_suspect() -> None:
    lost, twice = GOLDEN[:7] + GOLDEN[8:], [*GOLDEN, GOLDEN[4]]
    assert observe(lost, GOLDEN).rebuild_missing == observe(GOLDEN, lost).golden_missing == 1
    assert observe(twice, GOLDEN).rebuild_repeats == observe(GOLDEN, twice).golden_repeats == 1
    assert observe(twice, twice).equal == 21


def test_what_golden_does_not_tell_is_not_compared() -> None:
    timeless = [(*row[:4], None) for row in GOLDEN]
    assert observe(GOLDEN, timeless).equal == 20
    assert observe(timeless, GOLDEN).differing == (0, 0, 0, 20)


def test_ids_at_both_ends_of_int64_meet() -> None:
    ends: Table = [(-(2**63), 1, 1, 1, 1), (2**63 - 1, 1, 1, 1, 1)]
    assert observe(ends, ends[::-1]).equal == 2


def test_bad_columns_are_named() -> None:
    good = columns(GOLDEN)
    with pytest.raises(InputError, match="'candidate trade_id' is null at row 0"):
        CENSUS.observe(good._replace(trade_id=pa.nulls(20, pa.int64())), good)
    with pytest.raises(InputError, match="golden trades: the five columns"):
        CENSUS.observe(good, good._replace(side=np.array([1])))
    with pytest.raises(InputError, match="golden trades: a column holds floats"):
        CENSUS.observe(good, good._replace(side=np.ones(20)))
