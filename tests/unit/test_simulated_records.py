"""What the exchange wrote down, beside its journal; restatements; days under other regimes."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from karat.errors import InputError
from karat.simulation import MARKET, PLAIN, Day, Regime, corrected, records, simulate, tape
from karat.simulation import exchange_kernel as kernel
from karat.simulation.market import Instrument, parse

DATES = [dt.date(2024, 2, 28), dt.date(2024, 2, 29), dt.date(2024, 3, 2)]
NAMES = "sim-usdm-abc", "sim-spot-abc"
MIDNIGHT = 19_781 * 86_400 * 10**9
E8 = 10**8
BOTH = pytest.mark.parametrize("name", NAMES)
HOT = Regime(heat=4.0, apart_ns=50)


@cache
def days(name: str, regime: Regime = HOT, seed: int = 3) -> list[Day]:
    return list(simulate(name, DATES, seed=seed, messages_per_day=600, regime=regime))


@cache
def taped(name: str) -> tuple[Instrument, tape.Tape]:
    known = parse(name)
    return known, tape.record(known, "x", tape.opening(known, 3), 3, 600, snapshot=True)[0]


@BOTH
def test_records_are_the_journal_in_whole_units(name: str) -> None:
    known, made = taped(name)
    tick, lot = E8 // known.units.ticks_per_unit, E8 // known.units.lots_per_unit
    futures = known.market == "usdm"
    quotes = [row for row in made.journal.tolist() if row[0] == kernel.QUOTE]
    for line, (row, said) in enumerate(
        zip(quotes, records.quotes(known, MIDNIGHT, made).to_pylist(), strict=True), 1
    ):
        time = (MIDNIGHT + row[1]) // 10**6 if futures else None
        best = [row[4] * tick, row[5] * lot, row[6] * tick, row[7] * lot]
        assert list(said.values()) == [line, MIDNIGHT + row[2], time, time, row[3], *best]
    trades = [row for row in made.journal.tolist() if row[0] == kernel.TRADE]
    kind = "MARKET" if futures else None
    for line, (row, said) in enumerate(
        zip(trades, records.trades(known, MIDNIGHT, made).to_pylist(), strict=True), 1
    ):
        time, level = (MIDNIGHT + row[1]) // 10**6, [row[4] * tick, row[5] * lot]
        told = [line, MIDNIGHT + row[2], time, time, row[3], *level, row[6] == 1, kind]
        assert list(said.values()) == told


@BOTH
def test_a_day_without_rows_has_records_without_rows(name: str) -> None:
    known, made = taped(name)
    empty = tape.Tape(made.journal[:0], made.bids[:0], made.asks[:0], None)
    for told in (records.quotes, records.trades):
        assert told(known, 0, empty).equals(told(known, 0, made).slice(0, 0))


@BOTH
def test_ids_rise_and_the_book_goes_on_over_days_that_are_missing(name: str) -> None:
    made = days(name)
    for table in ("golden", "golden_trades"):
        key = "update_id" if table == "golden" else "trade_id"
        ids = np.concatenate([getattr(day, table)[key].to_numpy() for day in made])
        assert (np.diff(ids) >= (table == "golden_trades")).all()
    best = [f"{side}_{what}_e8" for side in ("bid", "ask") for what in ("price", "qty")]
    for before, after in pairwise(made):
        last, first = before.golden.slice(before.golden.num_rows - 1), after.golden.slice(0, 1)
        assert last.select(best).equals(first.select(best))


@BOTH
def test_no_trade_is_of_nothing_nor_beyond_the_quotes_of_its_day(name: str) -> None:
    for day in days(name):
        price, size = (day.golden_trades[n].to_numpy() for n in ("price_e8", "qty_e8"))
        quoted = np.concatenate(
            [day.golden[f"{side}_price_e8"].to_numpy() for side in ("bid", "ask")]
        )
        assert size.min() > 0
        assert set(price) <= set(quoted)
        sizes = [
            float(level[1])
            for text in day.raw["payload"].to_pylist()
            for side in "ba"
            for level in json.loads(text).get("data", {}).get(side, ())
        ]
        assert min(sizes) == 0.0


@pytest.mark.parametrize("regime", [PLAIN, MARKET, HOT], ids=["plain", "market", "hot"])
def test_days_follow_from_seed_regime_and_dates(regime: Regime) -> None:
    first = days(NAMES[0], regime)
    again = simulate(NAMES[0], DATES, seed=3, messages_per_day=600, regime=regime)
    assert all(
        a.raw.equals(b.raw) and a.golden.equals(b.golden) for a, b in zip(first, again, strict=True)
    )
    for other in (days(NAMES[0], regime, 4), days(NAMES[0], Regime(heat=2.0))):
        assert not any(a.raw.equals(b.raw) for a, b in zip(first, other, strict=True))
    # A day is as it was whatever follows it.
    (alone,) = simulate(NAMES[0], DATES[:1], seed=3, messages_per_day=600, regime=regime)
    assert alone.raw.equals(first[0].raw)


@BOTH
def test_a_restatement_moves_the_clock_and_nothing_else(name: str) -> None:
    raw = days(name)[1].raw
    for part in (raw, raw.slice(5, 40), raw.slice(0, 0), pa.concat_tables([raw, raw])):
        mended = corrected(part)
        assert mended.schema.equals(part.schema, check_metadata=True)
        shift = mended["recv_ts_ns"].to_numpy() - part["recv_ts_ns"].to_numpy()
        assert set(shift.tolist()) <= {1_270_000_000}
        assert mended.drop_columns("recv_ts_ns").equals(part.drop_columns("recv_ts_ns"))
    assert corrected(raw.slice(5, 40)).equals(corrected(raw).slice(5, 40))
    with pytest.raises(InputError, match="no column 'recv_ts_ns'"):
        corrected(raw.drop_columns("recv_ts_ns"))


WRONG: list[dict[str, Any]] = [
    {"against": 0.51}, {"against": -0.01}, {"shortest_run": 0}, {"shortest_run": 1001},
    {"heat": 0.9}, {"heat": 9.1}, {"day_effect": -0.1}, {"day_effect": 0.6}, {"apart_ns": -1},
    {"apart_ns": 10**6 + 1}, {"heat": float("nan")},
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_regime_beyond_its_limits_is_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=rf"{next(iter(wrong))} .* is not between"):
        Regime(**wrong)
