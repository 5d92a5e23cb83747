"""The exchange itself, compiled: a ladder book, order flow, and the journal of what it publishes.

The book is a ring per side: the lots at price tick p lie at `p & MASK`, and no level stands
further than REACH ticks from its own side's best, so a moving price never moves memory. Only
integers, `+ - * /` and square roots are used, which IEEE 754 rounds the same everywhere: a seed
gives the same bytes on every machine.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from karat.compiled import njit
from karat.simulation.exchange import Exchange

RING, MASK, REACH = 2048, 2047, 900
BIDS, ASKS = 0, 1
LOTS, SHOT, MARKS, NAMED = 0, 2, 4, 6
DEPTH, TRADE, SNAPSHOT, QUOTE = range(4)
(BEST, _ASK, LEVELS, _ASK_LEVELS, TOUCHED, _ASK_TOUCHED, CHANGED, _ASK_CHANGED) = range(8)
(UPDATE_ID, TRADE_ID, NOW, FIRST_ID, CLOSES, CHANGED_AT, HOME, RUN, SIGN) = range(8, 17)
(RECEIVED, TOLD, TOLD_ROW, USED, FULL, DELTAS, BURST, RANDOM) = range(17, 25)
(WANTED, DUE, STALE, LATE, HURRY, SHOT_ID, SHOT_TIME, SHOT_BID, SHOT_ASK) = range(25, 34)
(ID_STEP, ANCHOR, USUAL, WINDOW, PACE, QUIET, SIZE) = range(34, 41)
(TRADE_SHARE, HOT_SHARE, HOT, SPELL, AGAINST, RUN_LEAST, APART, SCALARS) = range(41, 49)

DAY_NS = 86_400_000_000_000
FIRST_NS, LAST_NS = 2_000_000_000, DAY_NS - 2_000_000_000
LAG_NS, JITTER_NS, JITTER_MOST = 1_270_000_000, 20_000.0, 36_000_000.0
TARGET, FEWEST, MOST_FILLS, FAR_HOME, WIDE, SPELL_LEAST, SPELL_MOST = 250, 60, 6, 500, 3, 5, 100
OPENING_EVENTS, BURST_LEAST, BURST_MOST, RUN_MOST, MOST_LOTS = 400, 6.0, 3000.0, 1000.0, 2000.0
INSIDE, CLOSE_GAP, NEAR, CANCEL_ALL, ROUND, REFILL = 0.9, 0.6, 0.6, 0.7, 0.3, 0.08
LIMIT_SIZE, MARKET_SIZE, NEAR_TICKS, MILLION = 1.0, 0.5, 4.0, 1_000_000

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53
_inner = njit(cache=True, error_model="numpy")


@_inner
def _bits(x: Exchange) -> Any:
    # splitmix64: Steele, Lea & Flood 2014
    z = np.uint64(x.now[RANDOM]) + _GAMMA
    x.now[RANDOM] = np.int64(z)
    z = (z ^ (z >> _30)) * _MIX_1
    z = (z ^ (z >> _27)) * _MIX_2
    return z ^ (z >> _31)


@_inner
def _uniform(x: Exchange) -> Any:
    return np.float64((_bits(x) >> _11) + np.uint64(1)) * _UNIT


@_inner
def _below(x: Exchange, bound: int) -> Any:
    return np.int64(_uniform(x) * bound) % bound


@_inner
def _heavy(x: Exchange) -> Any:
    # Pareto from 1 with tail index 4/3: mean 4, no variance
    root = sqrt(_uniform(x))
    return 1.0 / (root * sqrt(root))


@_inner
def _wait(x: Exchange) -> Any:
    # Lomax with tail index 2 and mean 1, cut at 30: waits that cluster
    return min(1.0 / sqrt(_uniform(x)) - 1.0, 30.0)


@_inner
def _row(x: Exchange, kind: int, clock: int) -> Any:
    now, i = x.now, x.now[USED]
    if i >= len(x.journal):
        now[FULL], i = 1, 0
    late = np.int64(min(JITTER_NS * _wait(x), JITTER_MOST))
    apart = 1 + _below(x, now[APART]) if now[APART] > 0 else 0
    now[USED], now[clock] = i + 1, max(now[clock] + apart, now[NOW] - LAG_NS + late)
    x.journal[i, 0], x.journal[i, 1], x.journal[i, 2] = kind, now[NOW], now[clock]
    return x.journal[i]


@_inner
def _tell_top(x: Exchange) -> None:
    now, last = x.now, x.journal[x.now[TOLD_ROW]]
    bid, ask = now[BEST + BIDS], now[BEST + ASKS]
    bid_lots, ask_lots = x.book[LOTS + BIDS, bid & MASK], x.book[LOTS + ASKS, ask & MASK]
    same = bid == last[4] and bid_lots == last[5] and ask == last[6] and ask_lots == last[7]
    if same and now[USED] > 0:
        return
    now[TOLD_ROW] = now[USED]
    row = _row(x, QUOTE, TOLD)
    row[3], row[4], row[5], row[6], row[7] = now[UPDATE_ID], bid, bid_lots, ask, ask_lots


@_inner
def _write(x: Exchange, side: int, tick: int, lots: int) -> None:
    now, i = x.now, tick & MASK
    now[LEVELS + side] += (lots > 0) - (x.book[LOTS + side, i] > 0)
    x.book[LOTS + side, i] = lots
    now[UPDATE_ID] += 1 + (_below(x, now[ID_STEP]) if now[ID_STEP] > 1 else 0)
    if now[TOUCHED + BIDS] + now[TOUCHED + ASKS] == 0:
        now[FIRST_ID], now[HOME] = now[UPDATE_ID], now[BEST + BIDS]
        now[CLOSES] = now[NOW] + np.int64(now[WINDOW] * (1.0 + 0.3 * _uniform(x)))
    now[CHANGED_AT] = now[NOW]
    if x.book[MARKS + side, i] != now[DELTAS]:
        x.book[MARKS + side, i] = now[DELTAS]
        named, at = x.book[NAMED + side], now[TOUCHED + side]
        while at > 0 and named[at - 1] > tick:
            named[at] = named[at - 1]
            at -= 1
        named[at] = tick
        now[TOUCHED + side] += 1


@_inner
def _change(x: Exchange, side: int, tick: int, lots: int) -> None:
    up, best = 1 - 2 * side, x.now[BEST + side]
    _write(x, side, tick, lots)
    if lots == 0 and tick == best:
        while x.book[LOTS + side, best & MASK] == 0:
            best -= up
        x.now[BEST + side] = best
    elif lots > 0 and (tick - best) * up > 0:
        x.now[BEST + side] = tick
    _tell_top(x)
    # levels left behind by the price expire, or the ring would meet itself
    for far in range((x.now[BEST + side] - best) * up):
        old = best - up * (REACH - 1 - far)
        if x.book[LOTS + side, old & MASK] > 0:
            _write(x, side, old, 0)


@_inner
def _size(x: Exchange, share: float) -> Any:
    usual = x.now[USUAL] * x.now[SIZE] / MILLION * share
    lots, unit = np.int64(usual * min(_heavy(x) - 0.9, MOST_LOTS)), x.now[USUAL] // 4
    return (lots // unit + 1) * unit if _uniform(x) < ROUND else lots + 1


@_inner
def _distance(x: Exchange) -> Any:
    if _uniform(x) < NEAR:
        return min(np.int64(NEAR_TICKS * (_heavy(x) - 1.0)), REACH - 1)
    return _below(x, REACH)


@_inner
def _fill(x: Exchange, side: int, wanted: int) -> Any:
    tick = x.now[BEST + side]
    have = x.book[LOTS + side, tick & MASK]
    filled = min(wanted, have)
    x.now[TRADE_ID] += 1
    row = _row(x, TRADE, RECEIVED)
    row[3], row[4], row[5], row[6] = x.now[TRADE_ID], tick, filled, 1 - side
    _change(x, side, tick, have - filled)
    return filled


@_inner
def _market(x: Exchange) -> None:
    # a large order is worked in pieces of one sign: Lillo, Mike & Farmer 2005
    if x.now[RUN] <= 0:
        x.now[RUN] = np.int64(min(x.now[RUN_LEAST] * _heavy(x), RUN_MOST))
        x.now[SIGN] = _below(x, 2)
    x.now[RUN] -= 1
    left, side = _size(x, MARKET_SIZE), x.now[SIGN]
    if x.now[AGAINST] > 0 and _uniform(x) * MILLION < x.now[AGAINST]:
        side = 1 - side
    for _ in range(MOST_FILLS):
        if left > 0 and x.now[LEVELS + side] > FEWEST:
            left -= _fill(x, side, left)


@_inner
def _improve(x: Exchange, spread: int) -> None:
    drift = (x.now[BEST] - x.now[ANCHOR]) / x.now[ANCHOR]
    bid_share = 0.5 - 2.0 * drift + REFILL * (1 - 2 * x.now[SIGN])
    side = BIDS if _uniform(x) < bid_share else ASKS
    step = spread - 1 if _uniform(x) < CLOSE_GAP else 1 + _below(x, spread - 1)
    _change(x, side, x.now[BEST + side] + (1 - 2 * side) * step, _size(x, LIMIT_SIZE))


@_inner
def _add(x: Exchange, side: int) -> None:
    spread = x.now[BEST + ASKS] - x.now[BEST + BIDS]
    if spread > 1 and _uniform(x) < INSIDE:
        _improve(x, spread)
        return
    tick = x.now[BEST + side] - (1 - 2 * side) * _distance(x)
    _change(x, side, tick, x.book[LOTS + side, tick & MASK] + _size(x, LIMIT_SIZE))


@_inner
def _cancel(x: Exchange, side: int) -> None:
    up, away = 1 - 2 * side, _distance(x)
    while away > 0 and x.book[LOTS + side, (x.now[BEST + side] - up * away) & MASK] == 0:
        away -= 1
    tick = x.now[BEST + side] - up * away
    have = x.book[LOTS + side, tick & MASK]
    whole = _uniform(x) < (CANCEL_ALL if away > 0 else CANCEL_ALL / 2)
    _change(x, side, tick, 0 if whole else have // 2)


@_inner
def _event(x: Exchange) -> None:
    if _uniform(x) * MILLION < x.now[TRADE_SHARE + x.now[HOT]]:
        _market(x)
        return
    side, spread = _below(x, 2), x.now[BEST + ASKS] - x.now[BEST + BIDS]
    if spread > WIDE or _uniform(x) < 0.5 + (TARGET - x.now[LEVELS + side]) / TARGET:
        _add(x, side)
    else:
        _cancel(x, side)


@_inner
def _name_changes(x: Exchange, side: int) -> None:
    now = x.now
    count = now[TOUCHED + side]
    for k in range(count):
        # spot names bids from the best down, everything else goes up
        tick = x.book[NAMED + side, count - 1 - k if now[ID_STEP] == 1 and side == BIDS else k]
        row = x.changes[side, now[CHANGED + side]]
        row[0], row[1] = tick, x.book[LOTS + side, tick & MASK]
        now[CHANGED + side] += 1
    now[TOUCHED + side] = 0
    if now[CHANGED + side] + RING > x.changes.shape[1]:
        now[FULL] = 1


@_inner
def _flush(x: Exchange, time_ns: int) -> None:
    now = x.now
    if now[TOUCHED + BIDS] + now[TOUCHED + ASKS] == 0:
        return
    _name_changes(x, BIDS)
    _name_changes(x, ASKS)
    now[NOW] = time_ns
    row = _row(x, DEPTH, RECEIVED)
    row[3], row[4], row[5] = now[CHANGED_AT], now[FIRST_ID], now[UPDATE_ID]
    row[6], row[7] = now[CHANGED + BIDS], now[CHANGED + ASKS]
    now[DELTAS] += 1
    if now[DELTAS] == now[DUE]:
        _row(x, SNAPSHOT, RECEIVED)


@_inner
def _shoot(x: Exchange) -> None:
    # taken inside an open delta and delivered some deltas later: stale ones and live ones wait
    now = x.now
    now[WANTED], now[HURRY], now[DUE] = 0, 1, now[DELTAS] + 1 + now[LATE]
    now[SHOT_ID], now[SHOT_TIME] = now[UPDATE_ID], now[NOW]
    now[SHOT_BID : SHOT_BID + 2] = now[BEST : BEST + 2]
    x.book[SHOT : SHOT + 2] = x.book[LOTS : LOTS + 2]


@_inner
def _next_time(x: Exchange) -> Any:
    now = x.now
    gap = now[PACE] * _wait(x)
    now[BURST] -= 1
    if now[BURST] <= 0:
        place = 2.0 * now[NOW] / DAY_NS - 1.0
        gap += now[QUIET] * _wait(x) / (0.6 + 1.2 * place * place)
        now[BURST] = np.int64(min(BURST_LEAST * _heavy(x), BURST_MOST))
        now[SPELL] -= 1
        if now[SPELL] == 0:
            now[HOT], now[SPELL] = 1 - now[HOT], min(SPELL_LEAST * _heavy(x), SPELL_MOST)
    time_ns = now[NOW] + np.int64(gap)
    if now[HURRY] == 1:
        now[HURRY], time_ns = 0, min(time_ns, now[CLOSES])
    return time_ns


@njit(cache=True)
def trade_day(x: Exchange) -> None:
    """Run one day from FIRST_NS to LAST_NS; `now[FULL]` is 1 if the journal was too short."""
    now = x.now
    now[NOW], now[BURST] = FIRST_NS, OPENING_EVENTS
    _tell_top(x)
    while now[FULL] == 0:
        time_ns = _next_time(x)
        if time_ns > now[CLOSES] or abs(now[BEST] - now[HOME]) > FAR_HOME:
            _flush(x, min(time_ns, now[CLOSES]))
        if time_ns > LAST_NS:
            break
        now[NOW] = time_ns
        _event(x)
        touched = now[TOUCHED + BIDS] + now[TOUCHED + ASKS]
        if now[WANTED] == 1 and now[DELTAS] >= now[STALE] and touched > 0:
            _shoot(x)
    _flush(x, now[CLOSES])
