"""What the exchange published in one day, as plain columns, and the book it closed with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from karat.digest import digest
from karat.simulation.exchange import Exchange, Int64s
from karat.simulation.market import Instrument
from karat.simulation.regime import PLAIN, Regime

ROWS_PER_BURST = 5.0
BURST_NS = 75_000_000
EVENT_NS = 3_000_000.0
CALM_MESSAGES = 1_000_000
TRADE_SHARE = 0.1
WARM_UP_MESSAGES = 4_000
EVENTS_PER_MESSAGE = 6


@dataclass(frozen=True, slots=True)
class Close:
    """A book between two days: lots by side and ring slot, bests in ticks, and the last ids."""

    lots: Int64s
    best_bid: int
    best_ask: int
    update_id: int
    trade_id: int


@dataclass(frozen=True, slots=True)
class Shot:
    """A book snapshot: its last update id, its time, and (ticks, lots) per side, best first."""

    update_id: int
    time_ns: int
    bids: Int64s
    asks: Int64s


@dataclass(frozen=True, slots=True)
class Tape:
    """One day as published; the columns stand in `Exchange`. A day without snapshot: shot None.

    `journal` holds all in the order of publishing, `bids` and `asks` what its deltas name.
    """

    journal: Int64s
    bids: Int64s
    asks: Int64s
    shot: Shot | None


def opening(instrument: Instrument, seed: int) -> Close:
    """Return the book before the first day: what a day that nobody sees leaves behind."""
    from karat.simulation import exchange_kernel as kernel

    first = int(digest("simulated-ids/1", instrument.name)[:8], 16)
    bid, away = instrument.anchor_ticks, np.arange(0, kernel.REACH, kernel.REACH // kernel.TARGET)
    lots = np.zeros((2, kernel.RING), np.int64)
    lots[0, (bid - away) % kernel.RING] = lots[1, (bid + 1 + away) % kernel.RING] = 1
    blank = Close(lots * instrument.units.usual_lots, bid, bid + 1, 10**10 + first, 10**6 + first)
    return record(instrument, "warm-up", blank, seed, WARM_UP_MESSAGES, snapshot=False)[1]


def record(
    instrument: Instrument,
    day: str,
    start: Close,
    seed: int,
    messages: int,
    *,
    snapshot: bool,
    regime: Regime = PLAIN,
) -> tuple[Tape, Close]:
    """Return the day's tape and closing book: a pure function of the arguments.

    `day` is its text, `yyyymmdd`; about `messages` depth and trade rows come out, give or take
    the day's own effects.
    """
    from karat.simulation import exchange_kernel as kernel

    name = digest("simulated-day/1", instrument.name, seed, day)
    number = int(name[:15], 16)
    capacity = max(2_048, messages) * EVENTS_PER_MESSAGE
    while True:
        x = _exchange(start, instrument, number, capacity)
        _plan_day(x, messages, name, regime, snapshot=snapshot)
        _plan_flow(x, regime)
        kernel.trade_day(x)
        if x.now[kernel.FULL] == 0:
            return _tape(x), _close(x)
        capacity *= 2


def _exchange(start: Close, instrument: Instrument, random: int, capacity: int) -> Exchange:
    from karat.simulation import exchange_kernel as kernel

    now = np.zeros(kernel.SCALARS, np.int64)
    now[kernel.BEST], now[kernel.BEST + 1] = start.best_bid, start.best_ask
    now[kernel.LEVELS : kernel.LEVELS + 2] = np.count_nonzero(start.lots, axis=1)
    now[kernel.UPDATE_ID] = start.update_id
    now[kernel.TRADE_ID] = start.trade_id
    units = instrument.units
    now[kernel.ID_STEP], now[kernel.WINDOW] = units.id_step, units.window_ns
    now[kernel.USUAL], now[kernel.ANCHOR] = units.usual_lots, instrument.anchor_ticks
    now[kernel.SIZE], now[kernel.DUE] = kernel.MILLION, -1
    now[kernel.RANDOM] = random
    book = np.zeros((8, kernel.RING), np.int64)
    book[kernel.LOTS : kernel.LOTS + 2] = start.lots
    book[kernel.MARKS : kernel.MARKS + 2] = -1
    journal = np.zeros((capacity + 1, 8), np.int64)
    return Exchange(book, now, journal, np.empty((2, capacity + kernel.RING, 2), np.int64))


def _plan_day(x: Exchange, messages: int, name: str, regime: Regime, *, snapshot: bool) -> None:
    from karat.simulation import exchange_kernel as kernel

    volatility, size, intensity = (1.0 + regime.day_effect * _effect(name, k) for k in range(3))
    speed = max(1.0, messages / CALM_MESSAGES)
    bursts = max(1.0, messages * intensity / ROWS_PER_BURST)
    now, number = x.now, int(name[:4], 16)
    now[kernel.PACE] = EVENT_NS / speed
    now[kernel.QUIET] = max(kernel.DAY_NS / bursts - BURST_NS / speed, 1_000.0)
    now[kernel.SIZE] = kernel.MILLION * size
    now[kernel.TRADE_SHARE] = kernel.MILLION * TRADE_SHARE * volatility
    now[kernel.WANTED] = int(snapshot)
    now[kernel.STALE], now[kernel.LATE] = 2 + number % 4, 1 + number % 3


def _plan_flow(x: Exchange, regime: Regime) -> None:
    from karat.simulation import exchange_kernel as kernel

    now, root = x.now, regime.heat**0.5
    now[kernel.RUN_LEAST], now[kernel.APART] = regime.shortest_run, regime.apart_ns
    now[kernel.AGAINST] = kernel.MILLION * regime.against
    if regime.heat > 1:
        # calm and hot spells last alike: the day's own share is the mean of both
        usual = 2 * now[kernel.TRADE_SHARE] / (root + 1 / root)
        now[kernel.TRADE_SHARE], now[kernel.HOT_SHARE] = usual / root, usual * root
        now[kernel.SPELL] = 1


def _effect(name: str, which: int) -> float:
    """Return the sum of three even draws around 0, standard deviation 1/2, for one day effect."""
    digits = [name[16 + 12 * which + 4 * k :][:4] for k in range(3)]
    return sum(int(four, 16) for four in digits) / 65_536 - 1.5


def _close(x: Exchange) -> Close:
    from karat.simulation import exchange_kernel as kernel

    bid, ask = int(x.now[kernel.BEST]), int(x.now[kernel.BEST + 1])
    ids = int(x.now[kernel.UPDATE_ID]), int(x.now[kernel.TRADE_ID])
    return Close(x.book[kernel.LOTS : kernel.LOTS + 2].copy(), bid, ask, *ids)


def _tape(x: Exchange) -> Tape:
    from karat.simulation import exchange_kernel as kernel

    bids, asks = (int(count) for count in x.now[kernel.CHANGED : kernel.CHANGED + 2])
    journal = x.journal[: x.now[kernel.USED]]
    return Tape(journal, x.changes[0, :bids], x.changes[1, :asks], _shot(x))


def _shot(x: Exchange) -> Shot | None:
    from karat.simulation import exchange_kernel as kernel

    now = x.now
    if not 0 < now[kernel.DUE] <= now[kernel.DELTAS]:
        return None
    away = np.arange(kernel.REACH)
    bids = _levels(x.book[kernel.SHOT], int(now[kernel.SHOT_BID]) - away)
    asks = _levels(x.book[kernel.SHOT + 1], int(now[kernel.SHOT_ASK]) + away)
    return Shot(int(now[kernel.SHOT_ID]), int(now[kernel.SHOT_TIME]), bids, asks)


def _levels(ring: Int64s, ticks: Int64s) -> Int64s:
    lots = ring[ticks % len(ring)]
    levels: Int64s = np.stack([ticks, lots], axis=1)[lots > 0]
    return levels
