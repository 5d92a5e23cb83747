"""What all twelve faults keep: the schema, the empty day, severity 0, the seed, honest errors."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from karat.errors import InputError
from karat.messages import BOOK_EVENTS
from karat.simulation import simulated_days
from karat.simulation.catalogue import CATALOGUE, Fault

ROWS = (1, 2, 5, 8, 10, 12, 15, 19, 22, 26, 28, 36)
EACH = pytest.mark.parametrize("fault", CATALOGUE.values(), ids=[f"row {n}" for n in CATALOGUE])
MARKETS = pytest.mark.parametrize("name", ["sim-usdm-btcusdt", "sim-spot-btcusdt"])
BOOK = ("best_bid_ticks", "best_bid_lots", "best_ask_ticks", "best_ask_lots")
UNSEEDED = {"sizes scaled", "volatility scaled"}


@cache
def days(name: str) -> list[pa.Table]:
    made = simulated_days(name, 2, seed=7, messages_per_day=3_000)
    return [day.events for day in made]


def spoiled(fault: Fault, name: str, severity: float, seed: int = 1) -> pa.Table:
    yesterday, today = days(name)
    return fault.spoil(today, severity, seed, yesterday)


def strong(fault: Fault) -> float:
    return {"share": 0.05, "count": 20, "factor": 1.5, "block": 5}[fault.kind]


def test_the_catalogue_has_the_rows_asked_and_the_floors_listed() -> None:
    assert tuple(CATALOGUE) == ROWS
    floors = {n: (fault.unpaired, fault.paired) for n, fault in CATALOGUE.items()}
    assert floors[1] == (0.001, 0.001)
    assert floors[2] == (0.2, 0.01)
    assert floors[5] == (None, 0.02)
    assert floors[15] == (10, 20)
    assert floors[36] == (0.002, 0.001)
    for fault in CATALOGUE.values():
        assert list(fault.severities) == sorted(fault.severities)
        assert {fault.unpaired, fault.paired} <= {None, *fault.severities}
        assert fault.caught_by
        assert fault.caught_paired_by


@EACH
@MARKETS
def test_every_listed_severity_changes_the_day(fault: Fault, name: str) -> None:
    for severity in fault.severities:
        if severity < 0.9:
            assert not spoiled(fault, name, severity).equals(days(name)[1])


@EACH
@MARKETS
def test_schema_and_columns_agree_with_each_other(fault: Fault, name: str) -> None:
    table = spoiled(fault, name, strong(fault))
    assert table.schema.equals(days(name)[1].schema, check_metadata=True)
    table.validate(full=True)
    spread = pc.subtract(table["best_ask_ticks"], table["best_bid_ticks"])
    assert spread.equals(table["spread_ticks"])
    assert not any(table[field.name].null_count for field in BOOK_EVENTS if not field.nullable)
    for side in ("bid", "ask"):
        lots, ticks = table[f"best_{side}_lots"], table[f"best_{side}_ticks"]
        assert lots.is_null().equals(ticks.is_null())
    assert table["flags"][-1].as_py() & 1
    one = ("sequence", "previous_sequence", "receive_time_ns", "event_time_ns", "kind")
    inside = np.flatnonzero(table["flags"].to_numpy()[:-1] & 1 == 0)
    for column in one:
        values = table[column].fill_null(-1).to_numpy()
        assert np.array_equal(values[inside], values[inside + 1])


@EACH
def test_a_fault_follows_from_its_seed(fault: Fault) -> None:
    name = "sim-usdm-btcusdt"
    once, again, other = (spoiled(fault, name, strong(fault), seed) for seed in (1, 1, 2))
    assert once.equals(again)
    assert once.equals(other) == (fault.name in UNSEEDED)


@EACH
def test_severity_zero_and_the_empty_day_stay_as_they_are(fault: Fault) -> None:
    yesterday, today = days("sim-spot-btcusdt")
    empty = today.slice(0, 0)
    assert fault.spoil(today, 0, 1, yesterday).equals(today)
    assert fault.spoil(today, 0, 1, None).equals(today)
    assert fault.spoil(empty, strong(fault), 1, yesterday).equals(empty)
    if fault.kind in {"factor", "block"}:
        assert fault.spoil(today, 1, 1, yesterday).equals(today)


def test_the_day_itself_is_not_touched() -> None:
    yesterday, today = days("sim-usdm-btcusdt")
    kept = [pa.table(table.to_pydict(), schema=table.schema) for table in (yesterday, today)]
    for fault in CATALOGUE.values():
        fault.spoil(today, strong(fault), 3, yesterday)
    assert kept == [yesterday, today]


WRONG: dict[str, tuple[Any, ...]] = {
    "share": (-0.1, 1.1, float("nan")),
    "count": (-1, 1.5, 10**6, float("inf")),
    "factor": (-1.0, float("inf"), float("nan")),
    "block": (-2, 2.5, float("nan")),
}


@EACH
def test_a_severity_beyond_the_day_is_told(fault: Fault) -> None:
    for severity in WRONG[fault.kind]:
        with pytest.raises(InputError, match="severity"):
            spoiled(fault, "sim-usdm-btcusdt", severity)


@EACH
def test_tables_that_are_no_book_events_are_told(fault: Fault) -> None:
    yesterday, today = days("sim-usdm-btcusdt")
    with pytest.raises(InputError, match="'flags' is missing"):
        fault.spoil(today.drop_columns("flags"), strong(fault), 1, yesterday)
    at = today.schema.get_field_index("size_lots")
    floats = today.set_column(at, "size_lots", today["size_lots"].cast(pa.float64()))
    with pytest.raises(InputError, match="'size_lots' is not int64"):
        fault.spoil(floats, strong(fault), 1, yesterday)
    open_end = int(np.flatnonzero(today["flags"].to_numpy() & 1 == 0)[0]) + 1
    with pytest.raises(InputError, match="closes no message"):
        fault.spoil(today.slice(0, open_end), strong(fault), 1, yesterday)


@pytest.mark.parametrize("row", [26, 28])
def test_a_price_that_would_fall_to_nothing_is_told(row: int) -> None:
    table = days("sim-usdm-btcusdt")[1]
    low = min(pc.min(table[name]).as_py() for name in ("price_ticks", "best_bid_ticks"))
    for name in ("price_ticks", "best_bid_ticks", "best_ask_ticks"):
        at = table.schema.get_field_index(name)
        lower = pc.subtract(table[name], low - 2)
        table = table.set_column(at, table.schema.field(at), lower)
    with pytest.raises(InputError, match="would fall to"):
        CATALOGUE[row].spoil(table, 50, 1, None)
