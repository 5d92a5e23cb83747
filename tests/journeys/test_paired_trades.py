"""Trades of real captures against golden ones: equal, changed, lost, cut, and not there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat import load_contract, open_lake
from karat.contracts import Contract
from karat.flow import Capture, Validation, captures_in, ingest, rebuild_partitions, validate
from karat.lake import Lake
from karat.lake.layout import Partition
from karat.store import MemoryStore
from karat.verdicts import Finding, Outcome, Verdict

pytestmark = pytest.mark.e2e

CONTRACT = Path(__file__).parents[2] / "contracts" / "book_events.yaml"
TRADES = {
    "binance-usdm-btcusdt/2024-08-08": 21_313,
    "binance-coinm-btcusd_perp/2024-08-08": 2_286,
    "binance-coinm-btcusd_perp/2024-08-09": 2_949,
    "binance-spot-btcusdt/2024-08-08": 9_757,
    "binance-spot-btcusdt/2024-08-09": 10_147,
}
DAY = Partition("binance-coinm-btcusd_perp", "2024-08-08")
STEM, COUNT = "cm_btcusd_perp_20240808", TRADES[str(DAY)]
ROW = 1_000
"""A trade in the middle of the day."""


@dataclass(frozen=True)
class Judged:
    """One day's audit branch; `golden` its trades, which a test may put others in the place of."""

    lake: Lake
    store: MemoryStore
    contract: Contract
    branch: str
    golden: pa.Table
    folder: Path

    def validated(self) -> Validation:
        return validate(self.lake, self.contract, self.branch, store=self.store)

    def against(self, golden: pa.Table) -> Verdict:
        """Return the verdict with `golden` for the captured trades."""
        path = self.folder / "golden.parquet"
        pq.write_table(golden, path)
        ingest(self.lake, [Capture(path, DAY, "golden_trades")])
        return self.validated().verdicts[DAY]

    def changed(self, name: str, value: Any) -> pa.Table:
        """Return the golden trades with another value in one row."""
        values = self.golden[name].to_pylist()
        values[ROW] = value(values[ROW])
        column = pa.array(values, self.golden.schema.field(name).type)
        return self.golden.set_column(self.golden.column_names.index(name), name, column)

    @property
    def trade_id(self) -> int:
        return int(self.golden["trade_id"][ROW].as_py())


def brought(captures: Path, folder: Path, *kinds: str, raw: pa.Table | None = None) -> Judged:
    """Return the day with these captures ingested, `raw` for its raw one, and rebuilt."""
    binance, lake, store = captures / "binance", open_lake("memory:"), MemoryStore()
    files = [binance / f"{STEM}_{kind}.parquet" for kind in kinds]
    if raw is not None:
        path = folder / f"{STEM}_raw.parquet"
        pq.write_table(raw, path)
        files = [path, *(file for file in files if not file.name.endswith("_raw.parquet"))]
    ingest(lake, captures_in(files))
    contract = load_contract(CONTRACT)
    branch = rebuild_partitions(lake, contract, store=store).branch
    assert branch is not None
    golden = pq.read_table(binance / f"{STEM}_trades.parquet")
    return Judged(lake, store, contract, branch, golden, folder)


@pytest.fixture(scope="module")
def day(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    folder = tmp_path_factory.mktemp("trades")
    return brought(captures, folder, "raw", "golden_bbo", "trades")


def finding(verdict: Verdict, name: str = "trades") -> Finding:
    return next(f for f in verdict.findings if (f.family, f.name) == ("paired", name))


def test_every_trade_of_five_captures_equals_golden(captures: Path) -> None:
    lake, store, contract = open_lake("memory:"), MemoryStore(), load_contract(CONTRACT)
    ingest(lake, captures_in([captures / "binance"]))
    branch = rebuild_partitions(lake, contract, store=store).branch
    assert branch is not None
    found = {
        str(partition): finding(verdict)
        for partition, verdict in validate(lake, contract, branch, store=store).verdicts.items()
    }
    assert {name: one.numbers["equal"] for name, one in found.items()} == TRADES
    assert {name: one.numbers["trades_compared"] for name, one in found.items()} == TRADES
    assert {one.outcome for one in found.values()} == {Outcome.PASS}


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("buyer_is_maker", lambda maker: not maker, r"side (1, golden -1|-1, golden 1)"),
        ("qty_e8", lambda size: size + 10**8, r"size_lots (\d+), golden (\d+)"),
        ("price_e8", lambda price: price + 10**7, r"price_ticks (\d+), golden (\d+)"),
        ("event_ms", lambda time: time + 1, r"event_time_ns (\d+), golden (\d+)"),
    ],
)
def test_one_changed_value_fails_with_field_and_trade(
    day: Judged, column: str, value: Any, told: str
) -> None:
    verdict = day.against(day.changed(column, value))
    found = finding(verdict)
    assert verdict.outcome is found.outcome is Outcome.FAIL
    assert f"1 of {COUNT:,} trades differ, first at trade id {day.trade_id}: " in found.reason
    assert re.search(told, found.reason)
    assert finding(verdict, "census").outcome is Outcome.PASS


def test_a_trade_that_golden_lost_is_told_and_allowed(day: Judged) -> None:
    found = finding(day.against(day.golden.take(np.delete(np.arange(COUNT), ROW))))
    assert found.outcome is Outcome.PASS
    assert f"first at trade id {day.trade_id}: golden lacks it" in found.reason
    assert (found.numbers["golden_missing"], found.numbers["rebuild_missing"]) == (1, 0)


def test_more_than_golden_may_lose_fails(day: Judged) -> None:
    found = finding(day.against(day.golden.take(np.delete(np.arange(COUNT), range(ROW, ROW + 9)))))
    assert found.outcome is Outcome.FAIL
    assert f"9 of {COUNT:,} trades make golden suspect" in found.reason


def test_the_edges_of_the_golden_capture_are_not_missing(day: Judged) -> None:
    found = finding(day.against(day.golden.slice(40, COUNT - 80)))
    assert (found.outcome, found.numbers["equal"]) == (Outcome.PASS, COUNT - 80)
    half = finding(day.against(day.golden.slice(0, COUNT // 2)))
    assert half.outcome is Outcome.INCONCLUSIVE
    assert f"golden covers 1,143 of {COUNT:,} trades, a share of 0.95 needed" in half.reason


def test_a_trade_that_the_vendor_lost_makes_the_rebuild_suspect(
    captures: Path, tmp_path: Path
) -> None:
    raw = pq.read_table(captures / "binance" / f"{STEM}_raw.parquet")
    rows = [n for n, stream in enumerate(raw["stream"].to_pylist()) if stream == "trade"]
    lost = rows[ROW]
    trade_id = json.loads(raw["payload"][lost].as_py())["data"]["t"]
    without = raw.take(np.delete(np.arange(raw.num_rows), lost))
    day = brought(captures, tmp_path, "raw", "golden_bbo", "trades", raw=without)
    found = finding(day.validated().verdicts[DAY])
    assert found.outcome is Outcome.FAIL
    assert f"first at trade id {trade_id}: only golden has it" in found.reason


def test_without_golden_trades_the_quotes_decide_and_it_is_said(
    captures: Path, tmp_path: Path
) -> None:
    day = brought(captures, tmp_path, "raw", "golden_bbo")
    before = day.validated().verdicts[DAY]
    assert before.outcome is Outcome.PASS
    assert [f.name for f in before.findings if f.family == "paired"] == ["census"]
    assert "trades were not compared" in finding(before, "census").reason
    after = day.against(day.golden)
    assert after.key != before.key, "a capture that came later is judged anew"
    assert finding(after).numbers["equal"] == COUNT
    assert "not compared" not in finding(after, "census").reason


def test_golden_trades_alone_are_held_against_too(captures: Path, tmp_path: Path) -> None:
    day = brought(captures, tmp_path, "raw", "trades")
    verdict = day.validated().verdicts[DAY]
    assert finding(verdict).outcome is Outcome.PASS
    assert finding(verdict, "census").outcome is Outcome.INCONCLUSIVE
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_the_verdict_is_named_by_what_the_golden_trades_say(day: Judged, tmp_path: Path) -> None:
    first = day.against(day.golden)
    assert day.validated().cached == 1
    other = day.against(day.changed("buyer_is_maker", lambda maker: not maker))
    assert first.inputs.paired != other.inputs.paired
    assert len(first.inputs.states) == len(other.inputs.states)
    assert first.inputs.states[:-1] == other.inputs.states[:-1]
    assert first.key != other.key
    path = tmp_path / "spelled.parquet"
    pq.write_table(day.golden, path, compression="gzip", row_group_size=100)
    ingest(day.lake, [Capture(path, DAY, "golden_trades")])
    again = day.validated()
    assert (again.cached, again.verdicts[DAY].key) == (1, first.key)
