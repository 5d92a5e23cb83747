"""What the exchange may never do, whatever its order flow: make or lose lots, ids, time, trades."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from karat.simulation import MARKET, PLAIN, Regime, tape
from karat.simulation import exchange_kernel as kernel
from karat.simulation.market import Instrument, parse

USDM, SPOT = parse("sim-usdm-abc"), parse("sim-spot-xyz")
REGIMES = {
    "plain": PLAIN,
    "market": MARKET,
    "against": Regime(against=0.5, shortest_run=1),
    "hot": Regime(heat=9.0, day_effect=0.5),
    "apart": Regime(apart_ns=10**6, shortest_run=1000),
}
EVERY = pytest.mark.parametrize("regime", REGIMES)
BOTH = pytest.mark.parametrize("known", [USDM, SPOT], ids=["usdm", "spot"])
Int64s = NDArray[np.int64]


@cache
def made(known: Instrument, regime: str, seed: int = 5) -> tuple[tape.Close, tape.Tape, tape.Close]:
    start = tape.opening(known, seed)
    day = tape.record(known, "20240101", start, seed, 1_500, snapshot=True, regime=REGIMES[regime])
    return start, *day


def rows(day: tape.Tape, kind: int) -> Any:
    return day.journal[day.journal[:, 0] == kind]


def levels(close: tape.Close, side: int) -> dict[int, int]:
    best, up = ((close.best_bid, -1), (close.best_ask, 1))[side]
    ticks = best + up * np.arange(kernel.REACH)
    lots = close.lots[side, ticks & kernel.MASK]
    return dict(zip(ticks[lots > 0].tolist(), lots[lots > 0].tolist(), strict=True))


def put(book: dict[int, int], changes: Int64s) -> None:
    for tick, lots in changes.tolist():
        book.pop(tick, None)
        if lots:
            book[tick] = lots


@EVERY
@BOTH
def test_the_deltas_lead_from_the_opening_book_to_the_closing_one(
    known: Instrument, regime: str
) -> None:
    start, day, close = made(known, regime)
    sides = [levels(start, 0), levels(start, 1)]
    ends = [0, 0]
    quotes = rows(day, kernel.QUOTE)
    for delta in rows(day, kernel.DEPTH):
        for side, changes in enumerate((day.bids, day.asks)):
            put(sides[side], changes[ends[side] : delta[6 + side]])
            ends[side] = delta[6 + side]
        bid, ask = max(sides[0]), min(sides[1])
        said = quotes[np.searchsorted(quotes[:, 3], delta[5], side="right") - 1]
        assert (bid, sides[0][bid], ask, sides[1][ask]) == tuple(said[4:])
    assert sides == [levels(close, 0), levels(close, 1)]
    assert ends == [len(day.bids), len(day.asks)]


@EVERY
@BOTH
def test_no_size_is_ever_negative_and_the_book_never_crossed(
    known: Instrument, regime: str
) -> None:
    _, day, close = made(known, regime)
    for changes in (day.bids, day.asks):
        assert changes[:, 1].min() == 0
        assert changes[:, 0].min() > 0
    quotes, trades = rows(day, kernel.QUOTE), rows(day, kernel.TRADE)
    assert (quotes[:, 4] < quotes[:, 6]).all()
    assert quotes[:, [5, 7]].min() > 0
    assert trades[:, 5].min() > 0
    assert close.lots.min() == 0


@EVERY
@BOTH
def test_a_trade_takes_from_the_best_what_it_says(known: Instrument, regime: str) -> None:
    """The quote after a trade has that many lots less, or the level is gone."""
    _, day, _ = made(known, regime)
    told = day.journal[np.isin(day.journal[:, 0], [kernel.QUOTE, kernel.TRADE])]
    taken = 0
    for at in np.flatnonzero(told[:, 0] == kernel.TRADE):
        before, trade, after = told[at - 1], told[at], told[at + 1]
        if before[0] != kernel.QUOTE:
            continue
        side = 4 if trade[6] else 6  # a maker who buys is a bid
        assert (before[0], after[0]) == (kernel.QUOTE, kernel.QUOTE)
        assert trade[4] == before[side]
        assert trade[5] <= before[side + 1]
        gone = trade[5] == before[side + 1]
        left = (before[side], before[side + 1] - trade[5])
        assert (after[side] != before[side]) if gone else tuple(after[side : side + 2]) == left
        assert tuple(after[10 - side : 12 - side]) == tuple(before[10 - side : 12 - side])
        taken += 1
    assert taken > 30


@EVERY
@BOTH
def test_ids_and_clocks_rise(known: Instrument, regime: str) -> None:
    start, day, close = made(known, regime)
    deltas, trades = rows(day, kernel.DEPTH), rows(day, kernel.TRADE)
    assert start.update_id < deltas[0, 4]
    assert deltas[-1, 5] == close.update_id
    assert (deltas[:, 4] <= deltas[:, 5]).all()
    assert (deltas[1:, 4] > deltas[:-1, 5]).all()
    if known == SPOT:
        assert (deltas[1:, 4] == deltas[:-1, 5] + 1).all()
    assert trades[:, 3].tolist() == list(range(start.trade_id + 1, close.trade_id + 1))
    assert (np.diff(rows(day, kernel.QUOTE)[:, 3]) >= 0).all()
    assert (np.diff(day.journal[:, 1]) >= 0).all()
    assert (day.journal[:, 1] < kernel.DAY_NS).all()
    for kinds in ([kernel.QUOTE], [kernel.DEPTH, kernel.TRADE, kernel.SNAPSHOT]):
        received = day.journal[np.isin(day.journal[:, 0], kinds), 2]
        least = 1 if REGIMES[regime].apart_ns else 0
        assert min(b - a for a, b in pairwise(received.tolist())) >= least


@EVERY
def test_a_day_follows_from_seed_and_regime(regime: str) -> None:
    _, day, close = made(USDM, regime)
    again = tape.record(
        USDM, "20240101", tape.opening(USDM, 5), 5, 1_500, snapshot=True, regime=REGIMES[regime]
    )
    assert np.array_equal(again[0].journal, day.journal)
    assert np.array_equal(again[1].lots, close.lots)
    journals = {made(USDM, name)[1].journal.tobytes() for name in REGIMES}
    assert len(journals) == len(REGIMES)


@BOTH
def test_a_snapshot_with_what_follows_is_the_closing_book(known: Instrument) -> None:
    _, day, close = made(known, "plain")
    assert day.shot is not None
    sides = [dict(day.shot.bids.tolist()), dict(day.shot.asks.tolist())]
    begin = [0, 0]
    for delta in rows(day, kernel.DEPTH):
        for side, changes in enumerate((day.bids, day.asks)):
            if delta[5] > day.shot.update_id:
                put(sides[side], changes[begin[side] : delta[6 + side]])
            begin[side] = delta[6 + side]
    assert sides == [levels(close, 0), levels(close, 1)]
