from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat.errors import InputError
from karat.messages import BOOK_EVENTS, Carry, instrument_on, reader_of, rebuild, shipped_table
from karat.messages.instrument import instrument_rows
from karat.simulation import MARKET, PLAIN, Regime, TrialDay, simulate, simulated_days
from karat.states import ACF

NAMES = pytest.mark.parametrize("name", ["sim-usdm-btcusdt", "sim-spot-btcusdt"])
FIRST = dt.date(2024, 1, 1)


@cache
def week(name: str) -> list[TrialDay]:
    return list(simulated_days(name, 7, seed=3, messages_per_day=2_000, capture_loss=0.01))


@NAMES
def test_the_events_are_those_of_a_rebuild_through_files(name: str, tmp_path: Path) -> None:
    dates = [FIRST + dt.timedelta(days=n) for n in range(7)]
    raw = simulate(name, dates, seed=3, messages_per_day=2_000, regime=MARKET)
    carry: Carry | None = None
    for simulated, trial in zip(raw, week(name), strict=True):
        pq.write_table(simulated.raw, tmp_path / "raw.parquet")
        known = instrument_on(instrument_rows(shipped_table(), name), name, "2024-01-01")
        done = rebuild(
            tmp_path / "raw.parquet", tmp_path / "events.parquet", reader=reader_of(name),
            instrument=known, opening=carry, source="raw",
        )  # fmt: skip
        assert pq.read_table(tmp_path / "events.parquet").equals(trial.events)
        assert (trial.instrument, trial.date) == (name, simulated.date)
        carry = done.closing


@NAMES
def test_a_capture_misses_a_share_and_changes_nothing(name: str) -> None:
    dates = [FIRST + dt.timedelta(days=n) for n in range(7)]
    whole = list(simulate(name, dates, seed=3, messages_per_day=2_000, regime=MARKET))
    for kind, least in (("golden", 20_000), ("golden_trades", 7_000)):
        lost = told = 0
        for simulated, trial in zip(whole, week(name), strict=True):
            every, kept = (getattr(day, kind) for day in (simulated, trial))
            lines = set(kept["line"].to_pylist())
            assert every.filter(pa.array([n in lines for n in every["line"].to_pylist()])) == kept
            lost, told = lost + every.num_rows - kept.num_rows, told + every.num_rows
        assert told > least
        assert 0.6 < lost / (0.01 * told) < 1.4


@NAMES
def test_golden_trades_are_those_of_the_events(name: str) -> None:
    step = {"sim-usdm-btcusdt": (10**7, 10**5), "sim-spot-btcusdt": (10**6, 10**3)}[name]
    (day,) = simulated_days(name, 1, seed=2, messages_per_day=1_000, capture_loss=0)
    trades = day.events.filter(pa.array(day.events["kind"].to_numpy() == 3))
    ours = (trades[n].to_pylist() for n in ("sequence", "price_ticks", "size_lots", "side"))
    golden = day.golden_trades
    theirs = zip(
        golden["trade_id"].to_pylist(),
        [price // step[0] for price in golden["price_e8"].to_pylist()],
        [size // step[1] for size in golden["qty_e8"].to_pylist()],
        [-1 if maker else 1 for maker in golden["buyer_is_maker"].to_pylist()],
        strict=True,
    )
    assert list(zip(*ours, strict=True)) == list(theirs)


def test_days_follow_from_the_seed() -> None:
    name = "sim-usdm-btcusdt"
    again, other = (list(simulated_days(name, 2, seed=s, messages_per_day=2_000)) for s in (3, 4))
    assert [day.events for day in again] == [day.events for day in week(name)[:2]]
    assert again[0].golden != week(name)[0].golden
    assert other[0].events != again[0].events
    assert list(simulated_days(name, 0, seed=3)) == []
    assert again[0].events.schema == BOOK_EVENTS
    assert [b.date - a.date for a, b in pairwise(week(name))] == [dt.timedelta(days=1)] * 6


def test_a_loss_that_is_no_share_is_told() -> None:
    for loss in (-0.1, 1.0, float("nan")):
        with pytest.raises(InputError, match="capture_loss"):
            simulated_days("sim-usdm-btcusdt", 1, seed=1, capture_loss=loss)


def observed(regime: Regime, count: int = 6) -> tuple[Any, Any]:
    """Return sign and |return| autocorrelation, pooled over days."""
    signs, moves = ACF(100), ACF(10)
    sign, move = signs.empty(), moves.empty()
    made = simulated_days("sim-spot-btcusdt", count, seed=9, messages_per_day=6_000, regime=regime)
    for day in made:
        table, kind = day.events, day.events["kind"].to_numpy()
        whole = (kind == 2) & (table["flags"].to_numpy() == 1)
        bids = table["best_bid_ticks"].fill_null(0).to_numpy()[whole]
        sign = signs.merge(sign, signs.observe(table["side"].to_numpy()[kind == 3]))
        move = moves.merge(move, moves.observe(np.abs(np.diff(bids))))
    return sign.correlations(), move.correlations()


def test_the_market_regime_looks_like_one() -> None:
    signs, moves = observed(MARKET)
    assert 0.7 < signs[0] < 0.87
    assert 0.4 < signs[9] < 0.65
    assert signs[99] > 0.05
    assert min(moves[:5]) > 0.02
    assert observed(PLAIN)[0][0] > 0.9


@pytest.mark.parametrize(
    ("name", "known"),
    [("sim-usdm-btcusdt", "ee4094103946e037"), ("sim-spot-btcusdt", "ed32bd1021f16c4f")],
)
def test_days_of_no_stated_regime_keep_their_bytes(name: str, known: str) -> None:
    told = hashlib.sha256()
    dates = [FIRST, FIRST + dt.timedelta(days=1)]
    for day in simulate(name, dates, seed=3, messages_per_day=2_000):
        told.update("\n".join(day.raw["payload"].to_pylist()).encode())
    assert told.hexdigest()[:16] == known


def test_a_market_gives_no_two_messages_one_receive_time() -> None:
    for regime in (PLAIN, MARKET):
        made = simulate("sim-spot-btcusdt", [FIRST], seed=1, messages_per_day=6_000, regime=regime)
        ties = np.diff(next(made).raw["recv_ts_ns"].to_numpy()) == 0
        assert bool(ties.any()) == (regime is PLAIN)


def unevenness(regime: Regime) -> float:
    """Return the standard deviation of the share of trades among 200 messages in a row."""
    made = simulate("sim-spot-btcusdt", [FIRST], seed=1, messages_per_day=20_000, regime=regime)
    trades = np.array(next(made).raw["stream"].to_pylist()) == "trade"
    shares = trades[: len(trades) // 200 * 200].reshape(-1, 200).mean(axis=1)
    return float(shares.std())


def test_heat_comes_in_spells() -> None:
    calm, hot = (unevenness(Regime(heat=heat)) for heat in (1.0, 9.0))
    assert hot > 1.3 * calm


@pytest.mark.parametrize(
    "wrong",
    [{"against": 0.6}, {"shortest_run": 0}, {"heat": 0.5}, {"day_effect": -0.1}, {"apart_ns": -1}],
)
def test_an_impossible_regime_is_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        Regime(**wrong)
