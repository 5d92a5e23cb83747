"""Faults that change what messages say: by how much, and that nothing else changes."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from karat.simulation import TrialDay, simulated_days
from karat.simulation.catalogue import (
    book_frozen,
    resampled,
    sides_flipped,
    sizes_scaled,
    spiked,
    volatility_scaled,
)

DELTA, TRADE = 2, 3
NAMES = ("sim-usdm-btcusdt", "sim-spot-btcusdt")
IDS = ("sequence", "previous_sequence")
TIMES = ("event_time_ns", "receive_time_ns")
BOOK = ("best_bid_ticks", "best_bid_lots", "best_ask_ticks", "best_ask_lots", "spread_ticks")
BOTH = st.tuples(st.sampled_from(NAMES), st.sampled_from([1, 6]))
"""Days to spoil: one that a snapshot opens, and one that goes on from a carry."""

SHARES = st.sampled_from([1e-6, 0.01, 0.1, 0.5]) | st.floats(0.001, 0.6)
SEEDS = st.integers(0, 1 << 40)


@cache
def week(name: str) -> list[TrialDay]:
    return list(simulated_days(name, 7, seed=5, messages_per_day=500))


def day(name: str, at: int) -> pa.Table:
    return week(name)[at].events


def messages(table: pa.Table) -> list[Any]:
    """Return each message as the list of its rows."""
    found: list[Any] = []
    closed = True
    for row in table.to_pylist():
        if closed:
            found.append([])
        found[-1].append(row)
        closed = bool(row["flags"] & 1)
    return found


def live(each: list[Any]) -> list[int]:
    """Return which messages may be spoiled: inner deltas and trades after the opening."""
    opened = next(i for i, m in enumerate(each) if m[0]["kind"] < DELTA)
    able = [i for i, m in enumerate(each) if i > opened and not m[0]["flags"] & 2]
    inner = [[i for i in able if each[i][0]["kind"] == kind][1:-1] for kind in (DELTA, TRADE)]
    return sorted(inner[0] + inner[1])


def asked(share: float, count: int) -> int:
    return max(1, round(share * count))


def said(message: list[Any]) -> Any:
    """Return all of a message but its ids and times."""
    hidden = (*IDS, *TIMES)
    return tuple(tuple(v for k, v in row.items() if k not in hidden) for row in message)


@given(BOTH, SHARES, SEEDS)
def test_flipped_sides_are_those_of_trades(at: Any, share: float, seed: int) -> None:
    before, after = messages(day(*at)), messages(sides_flipped(day(*at), share, seed))
    moved = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    trades = [i for i in live(before) if before[i][0]["kind"] == TRADE]
    assert len(moved) == asked(share, len(trades))
    for (a,), (b,) in moved:
        assert a["kind"] == TRADE
        assert b == a | {"side": -a["side"]}


@given(BOTH, st.integers(1, 40), SEEDS)
def test_a_frozen_book_stands_for_so_many_deltas(at: Any, count: int, seed: int) -> None:
    before, after = day(*at).to_pylist(), book_frozen(day(*at), count, seed).to_pylist()
    without = [[{k: v for k, v in r.items() if k not in BOOK} for r in t] for t in (before, after)]
    assert without[0] == without[1]
    moved = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    if moved:
        first = {name: after[moved[0]][name] for name in BOOK}
        stood = [{name: row[name] for name in BOOK} for row in after[moved[0] : moved[-1] + 1]]
        assert stood == [first] * len(stood)
        closed = [r for r in before[moved[0] : moved[-1] + 1] if r["kind"] == DELTA]
        assert len({r["sequence"] for r in closed}) <= count


def test_a_frozen_book_is_as_long_as_asked() -> None:
    table = day("sim-usdm-btcusdt", 1)
    rows = book_frozen(table, 40, 3).to_pylist()
    runs, tops = (
        0,
        [tuple(r[n] for n in BOOK) for r in rows if r["kind"] == DELTA and r["flags"] & 1],
    )
    longest = 0
    for a, b in pairwise(tops):
        runs = runs + 1 if a == b else 0
        longest = max(longest, runs)
    assert 39 <= longest <= 50


@given(BOTH, st.floats(0.2, 20))
def test_sizes_scale_in_whole_lots_and_removals_stay(at: Any, times: float) -> None:
    before, after = day(*at).to_pylist(), sizes_scaled(day(*at), times, 0).to_pylist()
    names = ("size_lots", "best_bid_lots", "best_ask_lots")
    for a, b in zip(before, after, strict=True):
        whole = {n: a[n] and max(1, round(a[n] * times)) for n in names}
        assert b == a | whole


@given(BOTH, SHARES, SEEDS)
def test_resampled_times_are_even_in_one_stretch(at: Any, share: float, seed: int) -> None:
    before, after = messages(day(*at)), messages(resampled(day(*at), share, seed))
    assert list(map(said, before)) == list(map(said, after))
    count = asked(share, len(live(before)))
    for name in ("event_time_ns", "receive_time_ns"):
        old, new = ([m[0][name] for m in each] for each in (before, after))
        assert all(row[name] == m[0][name] for m in after for row in m)
        moved = [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
        if moved:
            ends = slice(moved[0] - 1, moved[-1] + 2)
            steps = [b - a for a, b in zip(new[ends], new[ends][1:], strict=False)]
            assert max(steps) - min(steps) <= 1
            assert count - 4 <= len(steps) + 1 <= count + 3
    assert [m[0]["sequence"] for m in before] == [m[0]["sequence"] for m in after]


@given(BOTH, st.floats(0.5, 12))
def test_volatility_scales_the_way_from_the_opening(at: Any, times: float) -> None:
    before, after = messages(day(*at)), messages(volatility_scaled(day(*at), times, 0))
    opened = next(m[-1]["best_bid_ticks"] for m in before if m[-1]["best_bid_ticks"])
    for a, b in zip(before, after, strict=True):
        bid = a[-1]["best_bid_ticks"]
        shift = 0 if bid is None else round(times * (bid - opened)) - (bid - opened)
        assert abs(moved_by(a, b) - shift) == 0


def moved_by(before: list[Any], after: list[Any]) -> int:
    """Return by how much all prices of a message moved; nothing else may."""
    names = ("price_ticks", "best_bid_ticks", "best_ask_ticks")
    shifts = {b[n] - a[n] for a, b in zip(before, after, strict=True) for n in names if a[n]}
    assert len(shifts) <= 1
    shift = shifts.pop() if shifts else 0
    moved = [a | {n: a[n] and a[n] + shift for n in names} for a in before]
    assert moved == after
    return int(shift)


@given(BOTH, st.integers(1, 30), SEEDS)
def test_spikes_last_one_delta(at: Any, count: int, seed: int) -> None:
    before, after = messages(day(*at)), messages(spiked(day(*at), count, seed))
    deltas = [i for i, m in enumerate(before) if m[0]["kind"] == DELTA]
    shifts = [moved_by(a, b) for a, b in zip(before, after, strict=True)]
    hit = [i for i, shift in enumerate(shifts) if shift]
    assert len(hit) == count
    assert {abs(shifts[i]) for i in hit} == {100}
    places = [deltas.index(i) for i in hit]
    assert all(b - a > 1 for a, b in pairwise(places))
