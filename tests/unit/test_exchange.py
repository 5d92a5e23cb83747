from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from karat.digest import digest
from karat.errors import InputError, LakeUnusable
from karat.simulation import exchange_kernel as kernel
from karat.simulation import payloads, tape, whole
from karat.simulation.market import Instrument, parse
from karat.simulation.regime import PLAIN

USDM, SPOT = parse("sim-usdm-btcusdt"), parse("sim-spot-btcusdt")
BOTH = pytest.mark.parametrize("known", [USDM, SPOT], ids=["usdm", "spot"])


@cache
def two_days(known: Instrument) -> tuple[tape.Close, tape.Tape, tape.Close, tape.Tape]:
    start = tape.opening(known, 4)
    first, close = tape.record(known, "20240101", start, 4, 2_000, snapshot=True)
    second, _ = tape.record(known, "20240102", close, 4, 2_000, snapshot=False)
    return start, first, close, second


def rows(made: tape.Tape, kind: int) -> Any:
    return made.journal[made.journal[:, 0] == kind]


def equal(a: tape.Tape, b: tape.Tape) -> bool:
    pairs = ((a.journal, b.journal), (a.bids, b.bids), (a.asks, b.asks))
    return all(np.array_equal(x, y) for x, y in pairs)


@pytest.mark.parametrize("name", ["sim-coinm-btc", "sim-usdm-", "sim-usdm-BTC", "usdm-btc", ""])
def test_only_the_two_markets_are_simulated(name: str) -> None:
    with pytest.raises(InputError, match="sim-spot-<symbol>"):
        parse(name)


@BOTH
def test_a_name_and_its_instrument_are_one(known: Instrument) -> None:
    assert parse(known.name) == known
    price = known.anchor_ticks / known.units.ticks_per_unit
    assert 30_000 <= price < 70_000


@BOTH
def test_a_day_follows_from_its_arguments(known: Instrument) -> None:
    start, first, close, _ = two_days(known)
    again, end = tape.record(known, "20240101", start, 4, 2_000, snapshot=True)
    assert equal(first, again)
    assert np.array_equal(close.lots, end.lots)
    other, _ = tape.record(known, "20240103", start, 4, 2_000, snapshot=True)
    assert not equal(first, other)


@BOTH
def test_a_journal_that_was_too_short_changes_nothing(
    known: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, first, _, _ = two_days(known)
    monkeypatch.setattr(tape, "EVENTS_PER_MESSAGE", 1)
    again, _ = tape.record(known, "20240101", start, 4, 2_000, snapshot=True)
    assert equal(first, again)


@BOTH
def test_the_closing_book_is_the_last_quote_and_never_crossed(known: Instrument) -> None:
    for close, made in ((two_days(known)[2], two_days(known)[1]),):
        last = rows(made, kernel.QUOTE)[-1]
        assert (close.best_bid, close.best_ask) == (last[4], last[6])
        assert close.lots[0, close.best_bid & kernel.MASK] == last[5]
        assert close.lots[1, close.best_ask & kernel.MASK] == last[7]
        quotes = rows(made, kernel.QUOTE)
        assert np.all(quotes[:, 4] < quotes[:, 6])
        assert quotes[:, [5, 7]].min() > 0


@BOTH
def test_no_level_stands_beyond_reach(known: Instrument) -> None:
    close = two_days(known)[2]
    away = np.arange(kernel.REACH)
    for side, ticks in ((0, close.best_bid - away), (1, close.best_ask + away)):
        near = np.count_nonzero(close.lots[side, ticks & kernel.MASK])
        assert near == np.count_nonzero(close.lots[side])
        assert near > 150


@BOTH
def test_the_book_is_carried_over_midnight(known: Instrument) -> None:
    _, first, close, second = two_days(known)
    assert rows(first, kernel.DEPTH)[-1, 5] == close.update_id
    opening, last = rows(second, kernel.QUOTE)[0], rows(first, kernel.QUOTE)[-1]
    assert np.array_equal(opening[4:], last[4:])
    assert opening[3] == close.update_id < rows(second, kernel.DEPTH)[0, 4]
    assert second.shot is None


@BOTH
def test_deltas_are_short_and_name_a_level_once(known: Instrument) -> None:
    made = two_days(known)[1]
    deltas = rows(made, kernel.DEPTH)
    assert (deltas[:, 1] - deltas[:, 3]).min() >= 0
    assert (deltas[:, 1] - deltas[:, 3]).max() <= known.units.window_ns * 1.3
    begin = 0
    for end in deltas[:, 6]:
        named = made.bids[begin:end, 0]
        assert len(set(named)) == len(named)
        order = np.diff(named)
        assert np.all(order < 0 if known == SPOT else order > 0)
        begin = end


@BOTH
def test_a_trade_is_at_the_best_before_it(known: Instrument) -> None:
    last = None
    for row in two_days(known)[1].journal:
        if row[0] == kernel.QUOTE:
            last = row
        elif row[0] == kernel.TRADE and last is not None:
            price, lots = (last[4], last[5]) if row[6] else (last[6], last[7])
            assert row[4] == price
            assert 0 < row[5] <= lots


def test_day_effects_are_five_to_ten_percent() -> None:
    names = [digest("day", k) for k in range(400)]
    for which in range(3):
        effects = np.array([PLAIN.day_effect * tape._effect(name, which) for name in names])
        assert abs(effects.mean()) < 0.02
        assert 0.05 < effects.std() < 0.10


@BOTH
def test_trade_text_is_what_decimal_writes(known: Instrument) -> None:
    trades = rows(two_days(known)[1], kernel.TRADE)[:300]
    units = known.units
    for row, text in zip(trades, payloads.trade(known, trades).to_pylist(), strict=True):
        said = json.loads(text)["data"]
        price = Decimal(int(row[4])) / units.ticks_per_unit
        size = Decimal(int(row[5])) / units.lots_per_unit
        assert said["p"] == f"{price:.{units.price_decimals}f}"
        assert said["q"] == f"{size:.{units.size_decimals}f}"
        assert (said["t"], said["m"], said["E"]) == (row[3], bool(row[6]), row[1])
        assert " " not in text


@BOTH
def test_snapshot_text_has_every_level_best_first(known: Instrument) -> None:
    shot = two_days(known)[1].shot
    assert shot is not None
    said = json.loads(payloads.snapshot(known, shot, 0))
    assert said["lastUpdateId"] == shot.update_id
    assert list(said)[-2:] == ["bids", "asks"]
    assert ("T" in said) == (known == USDM)
    bids, asks = ([float(price) for price, _ in said[side]] for side in ("bids", "asks"))
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert (len(bids), len(asks)) == (len(shot.bids), len(shot.asks))
    assert bids[0] < asks[0]


def test_what_fails_halfway_leaves_nothing(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "no space")

    with pytest.raises(LakeUnusable, match="no space"):
        whole.put(tmp_path / "file", fail)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    path = whole.put(tmp_path / "file", lambda at: at.write_text("new"))
    assert path.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
