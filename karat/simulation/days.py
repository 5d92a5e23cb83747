"""Days of one instrument, one after the other: raw messages, and the exchange's own record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from karat.errors import InputError
from karat.simulation import payloads, records
from karat.simulation.exchange import DEPTH, QUOTE, TRADE, Int64s
from karat.simulation.market import Instrument, parse
from karat.simulation.regime import PLAIN, Regime
from karat.simulation.tape import Close, Tape, opening, record

FEWEST_MESSAGES = 500
EVERY = 6
EPOCH, END = dt.date(1970, 1, 1), dt.date(2262, 4, 11)
STREAMS = pa.array(["depth", "trade", "rest_snapshot"])


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one instrument: `raw` as a capture holds it, and the exchange's own record.

    `golden` has its best quotes, `golden_trades` its trades. All tables have the columns and
    units of a real capture and name venue, market, symbol and file_date in their schema.
    """

    instrument: str
    date: dt.date
    raw: pa.Table
    golden: pa.Table
    golden_trades: pa.Table


def simulate(
    instrument: str,
    dates: Iterable[dt.date],
    *,
    seed: int,
    messages_per_day: int,
    without_snapshot: Collection[dt.date] | None = None,
    regime: Regime = PLAIN,
) -> Iterator[Day]:
    """Yield the days of `instrument`, each carrying on the book of the one before; none for none.

    A day follows from seed, instrument, date and the book before it, and from nothing else.
    About `messages_per_day` raw rows a day. Days `without_snapshot` have none (default: every
    sixth after the first); `regime` is the order flow. `InputError` for an unknown instrument,
    too few messages, a negative seed, or dates that do not go up or that int64 cannot tell in ns.
    """
    known, days = parse(instrument), list(dates)
    _check(days, seed, messages_per_day)
    bare = set(days[EVERY::EVERY] if without_snapshot is None else without_snapshot)
    return _days(known, days, bare, seed, messages_per_day, regime)


def _check(days: list[dt.date], seed: int, messages: int) -> None:
    if messages < FEWEST_MESSAGES:
        raise InputError(f"messages_per_day {messages} is below {FEWEST_MESSAGES}: ask for more")
    if seed < 0:
        raise InputError(f"seed {seed} is negative: use 0 or more")
    for day in days:
        if not EPOCH <= day < END:
            raise InputError(f"date {day}: int64 counts nanoseconds from {EPOCH} to {END}")
    for before, after in pairwise(days):
        if after <= before:
            raise InputError(f"date {after} follows {before}: give each date once, in order")


def _days(
    known: Instrument,
    days: list[dt.date],
    bare: set[dt.date],
    seed: int,
    messages: int,
    regime: Regime,
) -> Iterator[Day]:
    close = opening(known, seed)
    for date in days:
        begun = close
        text = f"{date:%Y%m%d}"
        shown = date not in bare
        tape, close = record(known, text, begun, seed, messages, snapshot=shown, regime=regime)
        schema = _metadata(known, text)
        yield Day(
            known.name,
            date,
            _raw(known, date, tape, begun).replace_schema_metadata(schema),
            records.quotes(known, _midnight_ns(date), tape).replace_schema_metadata(schema),
            records.trades(known, _midnight_ns(date), tape).replace_schema_metadata(schema),
        )


def _metadata(known: Instrument, text: str) -> dict[str, str]:
    return {"venue": "sim", "market": known.market, "symbol": known.symbol, "file_date": text}


def _midnight_ns(date: dt.date) -> int:
    return (date - EPOCH).days * 86_400 * 1_000_000_000


def _in_ms(rows: Int64s, date: dt.date, columns: list[int]) -> Int64s:
    timed = rows.copy()
    timed[:, columns] = (rows[:, columns] + _midnight_ns(date)) // 1_000_000
    return timed


def _raw(known: Instrument, date: dt.date, tape: Tape, begun: Close) -> pa.Table:
    rows = tape.journal[tape.journal[:, 0] != QUOTE]
    kinds = rows[:, 0]
    deltas, trades = rows[kinds == DEPTH], rows[kinds == TRADE]
    before = np.concatenate([[begun.update_id], deltas[:-1, 5]])
    texts = pa.chunked_array(
        [
            payloads.depth(known, _in_ms(deltas, date, [1, 3]), before, tape.bids, tape.asks),
            payloads.trade(known, _in_ms(trades, date, [1])),
            pa.array(_snapshot(known, date, tape), pa.string()),
        ]
    ).combine_chunks()
    place = np.empty(len(rows), np.int64)
    place[np.argsort(kinds, kind="stable")] = np.arange(len(rows))
    streams = pa.DictionaryArray.from_arrays(pa.array(kinds.astype(np.int32)), STREAMS)
    return pa.table(
        {
            "line": pa.array(np.arange(1, len(rows) + 1, dtype=np.int32)),
            "recv_ts_ns": pa.array(rows[:, 2] + _midnight_ns(date)),
            "stream": streams,
            "payload": texts.take(pa.array(place)),
        }
    )


def _snapshot(known: Instrument, date: dt.date, tape: Tape) -> list[str]:
    if tape.shot is None:
        return []
    return [payloads.snapshot(known, tape.shot, _midnight_ns(date) // 1_000_000)]
