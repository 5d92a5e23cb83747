"""Faults that lose, move or replace whole messages: what they change, and nothing else."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from karat.errors import InputError
from karat.simulation import TrialDay, simulated_days
from karat.simulation.catalogue import (
    dropped,
    dropped_renumbered,
    shuffled,
    swapped,
    thinned,
    yesterday_copied,
)
from karat.states import Sequence, Tally

DELTA, TRADE = 2, 3
NAMES = ("sim-usdm-btcusdt", "sim-spot-btcusdt")
IDS = ("sequence", "previous_sequence")
TIMES = ("event_time_ns", "receive_time_ns")
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


@cache
def unspoiled(name: str, at: int) -> list[Any]:
    """Return the messages of a day as it is; nobody may change them."""
    return messages(day(name, at))


def live(each: list[Any]) -> list[int]:
    """Return which messages may be spoiled: inner deltas and trades after the opening."""
    opened = next(i for i, m in enumerate(each) if m[0]["kind"] < DELTA)
    able = [i for i, m in enumerate(each) if i > opened and not m[0]["flags"] & 2]
    inner = [[i for i in able if each[i][0]["kind"] == kind][1:-1] for kind in (DELTA, TRADE)]
    return sorted(inner[0] + inner[1])


def asked(share: float, count: int) -> int:
    return max(1, round(share * count))


def heard(message: list[Any]) -> Any:
    """Return all of a message but its ids, which renumbering may change."""
    return tuple(tuple(v for k, v in row.items() if k not in IDS) for row in message)


def said(message: list[Any]) -> Any:
    """Return all of a message but its ids and times."""
    hidden = (*IDS, *TIMES)
    return tuple(tuple(v for k, v in row.items() if k not in hidden) for row in message)


def subsequence(some: list[Any], of: list[Any]) -> bool:
    rest = iter(of)
    return all(any(item == other for other in rest) for item in some)


def waits(each: list[Any]) -> list[int]:
    """Return how long each message came after the one before."""
    times = [m[0]["receive_time_ns"] for m in each]
    return [b - a for a, b in zip([0, *times], times, strict=False)]


def found(table: pa.Table) -> Tally:
    """Return what the contract's sequence statistic finds in a table."""
    return Sequence().observe(table["kind"], table["previous_sequence"], table["sequence"]).tally


@given(BOTH, SHARES, SEEDS)
def test_dropped_messages_are_gone_and_leave_gaps(at: Any, share: float, seed: int) -> None:
    before, after = messages(day(*at)), messages(dropped(day(*at), share, seed))
    assert len(before) - len(after) == asked(share, len(live(before)))
    assert subsequence(after, before)
    tally = found(dropped(day(*at), share, seed))
    assert tally.gaps + tally.trade_gaps > 0
    assert tally.overlaps == tally.trade_repeats == 0


@given(BOTH, SHARES, SEEDS)
def test_renumbered_losses_leave_no_gap(at: Any, share: float, seed: int) -> None:
    spoiled = dropped_renumbered(day(*at), share, seed)
    before, after = messages(day(*at)), messages(spoiled)
    assert len(before) - len(after) == asked(share, len(live(before)))
    assert subsequence(list(map(heard, after)), list(map(heard, before)))
    ids = [m[0]["sequence"] for m in after if m[0]["kind"] == TRADE]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert healthy(spoiled)


def healthy(table: pa.Table) -> bool:
    tally = found(table)
    return not (tally.gaps or tally.overlaps or tally.trade_gaps or tally.trade_repeats)


@given(BOTH, SHARES, SEEDS)
def test_thinning_takes_half_of_the_fastest(at: Any, share: float, seed: int) -> None:
    spoiled = thinned(day(*at), share, seed)
    before, after = messages(day(*at)), messages(spoiled)
    fast = asked(share, len(live(before)))
    lost = Counter(map(heard, before)) - Counter(map(heard, after))
    assert lost.total() == (fast + 1) // 2
    limit = sorted(waits(before)[i] for i in live(before))[fast - 1]
    times = [wait for m, wait in zip(before, waits(before), strict=True) if heard(m) in lost]
    assert max(times) <= limit
    assert healthy(spoiled)


@given(BOTH, st.floats(1e-4, 0.05), SEEDS)
def test_swapped_neighbours_keep_ids_and_are_of_one_kind(at: Any, share: float, seed: int) -> None:
    spoiled = swapped(day(*at), share, seed)
    before, after = messages(day(*at)), messages(spoiled)
    moved = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert len(moved) == 2 * asked(share, len(live(before)))
    for first, second in zip(moved[::2], moved[1::2], strict=True):
        assert second == first + 1
        assert before[first : second + 1] == after[first : second + 1][::-1]
        assert before[first][0]["kind"] == before[second][0]["kind"]
    tally = found(spoiled)
    assert tally.overlaps + tally.trade_repeats > 0


@given(BOTH, st.sampled_from([2, 3, 5, 20, 1_000_000]), SEEDS)
def test_a_shuffle_moves_what_is_said_inside_blocks_only(at: Any, block: int, seed: int) -> None:
    spoiled = shuffled(day(*at), block, seed)
    before, after = messages(day(*at)), messages(spoiled)
    places = live(before)
    for begin in range(0, len(places), block):
        inside = places[begin : begin + block]
        assert Counter(said(before[i]) for i in inside) == Counter(said(after[i]) for i in inside)
    assert [said(m) for m in before] != [said(m) for m in after]
    for name in ("event_time_ns", "receive_time_ns"):
        assert [m[0][name] for m in before] == [m[0][name] for m in after]
    for kind in (DELTA, TRADE):
        ids = [[(m[0]["sequence"], m[0]["previous_sequence"]) for m in each if m[0]["kind"] == kind]
               for each in (before, after)]  # fmt: skip
        assert ids[0] == ids[1]
    assert healthy(spoiled)


@given(BOTH, SHARES, SEEDS)
def test_a_copy_says_what_yesterday_said(at: Any, share: float, seed: int) -> None:
    name, which = at
    before, source = unspoiled(name, which), unspoiled(name, which - 1)
    assume(asked(share, len(live(before))) < 0.8 * len(live(source)))
    spoiled = yesterday_copied(day(name, which), share, seed, day(name, which - 1))
    after = messages(spoiled)
    assert len(after) == len(before)
    count = asked(share, len(live(before)))
    told = [[without_prices(m) for m in each] for each in (before, after, source)]
    differs = [i for i, (a, b) in enumerate(zip(told[0], told[1], strict=True)) if a != b]
    assert len(differs) <= count
    if differs:
        stretch = told[1][differs[0] : differs[-1] + 1]
        assert stretch in [told[2][i : i + len(stretch)] for i in range(len(told[2]))]
        assert differs[-1] - differs[0] < count
    for column in ("event_time_ns", "receive_time_ns"):
        assert [m[0][column] for m in before] == [m[0][column] for m in after]
    assert healthy(spoiled)


def without_prices(message: list[Any]) -> list[Any]:
    """Return what a message says, its prices as the way from its first row's best bid."""
    origin = message[0]["best_bid_ticks"] or 0
    prices = ("price_ticks", "best_bid_ticks", "best_ask_ticks")
    names = ("kind", "side", "size_lots", "best_bid_lots", "best_ask_lots", "spread_ticks", "flags")
    return [
        [row[n] for n in names] + [row[n] and row[n] - origin for n in prices] for row in message
    ]


def test_a_copied_stretch_begins_where_todays_price_stood() -> None:
    name = "sim-spot-btcusdt"
    after = messages(yesterday_copied(day(name, 2), 0.3, 5, day(name, 1)))
    jumps = [
        abs(b[-1]["best_bid_ticks"] - a[-1]["best_bid_ticks"])
        for a, b in pairwise(after)
        if a[-1]["best_bid_ticks"] and b[-1]["best_bid_ticks"]
    ]
    # only the way back, at the end of the stretch, may be a jump
    assert sorted(jumps)[-2] < 100


def test_a_copy_needs_a_yesterday_long_enough() -> None:
    table = day("sim-usdm-btcusdt", 1)
    with pytest.raises(InputError, match="give the day before"):
        yesterday_copied(table, 0.1, 1, None)
    with pytest.raises(InputError, match="yesterday has no"):
        yesterday_copied(table, 0.9, 1, table.slice(0, messages_rows(table, 40)))


def messages_rows(table: pa.Table, count: int) -> int:
    return sum(len(m) for m in messages(table)[:count])
