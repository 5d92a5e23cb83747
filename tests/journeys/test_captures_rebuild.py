"""The five real Binance captures rebuilt; the numbers are those DATA.md measured."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from karat.messages import (
    Carry,
    Flag,
    Instrument,
    Kind,
    Rebuilt,
    instrument_on,
    instrument_rows,
    rebuild,
    shipped_table,
)
from karat.messages.binance import COINM, SPOT, USDM
from karat.messages.capture_file import capture_table
from karat.states import PairedCensus, Quotes

pytestmark = pytest.mark.e2e

READERS = {"usdm_btcusdt": USDM, "cm_btcusd_perp": COINM, "spot_btcusdt": SPOT}
STARTS = {"usdm_btcusdt": 55, "cm_btcusd_perp": 37, "spot_btcusdt": 8}


@dataclass(frozen=True)
class Expected:
    levels: int
    trades: int
    unknown: int
    stale: int
    replayed: int
    compared: int
    equal_share: float


DATA = {
    ("usdm_btcusdt", "20240808"): Expected(443_521, 21_313, 17_747, 4, 2, 6_545, 1.0),
    ("cm_btcusd_perp", "20240808"): Expected(296_013, 2_286, 40_176, 23, 2, 26_822, 1.0),
    ("cm_btcusd_perp", "20240809"): Expected(363_658, 2_949, 47_924, 0, 0, 17_943, 1.0),
    ("spot_btcusdt", "20240808"): Expected(124_090, 9_757, 11_239, 2, 1, 3_448, 1.0),
    ("spot_btcusdt", "20240809"): Expected(174_021, 10_147, 14_901, 0, 0, 3_042, 0.9993),
}
Key = tuple[str, str]
HEAD = 9000
"""Rows of a capture that hold its first 501 deltas."""


def instrument_of(market: str) -> Instrument:
    venue, symbol = market.split("_", 1)
    name = f"binance-{venue.replace('cm', 'coinm')}-{symbol}"
    return instrument_on(instrument_rows(shipped_table(), name), name, "2024-08-08")


def run(market: str, raw: Path, out: Path, opening: Carry | None = None) -> Rebuilt:
    return rebuild(
        *(raw, out),
        reader=READERS[market],
        instrument=instrument_of(market),
        opening=opening,
        source=raw.name,
    )


@dataclass(frozen=True)
class Days:
    """All five days, each rebuilt from the one before."""

    folder: Path
    out: Path
    built: dict[Key, Rebuilt]

    def table(self, key: Key) -> pa.Table:
        return pq.read_table(self.out / "-".join(key))


@pytest.fixture(scope="module")
def days(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> Days:
    folder, out = captures / "binance", tmp_path_factory.mktemp("book_events")
    built: dict[Key, Rebuilt] = {}
    for market, date in DATA:
        before = built.get((market, "20240808"))
        raw = folder / f"{market}_{date}_raw.parquet"
        opening = before.closing if before else None
        built[market, date] = run(market, raw, out / f"{market}-{date}", opening)
    return Days(folder, out, built)


every_day = pytest.mark.parametrize("key", list(DATA), ids="-".join)


@every_day
def test_counts_are_those_measured(days: Days, key: Key) -> None:
    built, expected = days.built[key], DATA[key]
    counts, table = built.counts, days.table(key)
    assert counts["levels"] == expected.levels
    assert counts["trades"] == expected.trades
    assert counts["unknown_delete"] == expected.unknown
    assert (counts["stale"], counts["replayed"]) == (expected.stale, expected.replayed)
    assert [counts[what] for what in ("gap", "overlap", "duplicate")] == [0, 0, 0]
    assert [place["what"] for place in built.places] == ["stale"] * expected.stale
    assert table.num_rows == built.rows
    kinds = table["kind"].to_numpy()
    assert (kinds == Kind.TRADE).sum() == expected.trades
    assert (kinds == Kind.STALE).sum() == expected.stale
    assert (kinds == Kind.SNAPSHOT).sum() == (2000 if counts["snapshots"] else 0)


@pytest.mark.parametrize("key", [(market, "20240808") for market in READERS], ids="-".join)
def test_what_came_before_the_snapshot_waited_for_it(days: Days, key: Key) -> None:
    flags = days.table(key).filter(pc.equal(days.table(key)["kind"], int(Kind.DELTA)))["flags"]
    replayed = (flags.to_numpy() & (Flag.REPLAYED | Flag.CLOSING)) == 3
    assert replayed.sum() == DATA[key].replayed
    raw = pq.read_table(days.folder / f"{key[0]}_{key[1]}_raw.parquet")
    streams = raw["stream"].to_pylist()
    assert streams.index("rest_snapshot") + 1 == STARTS[key[0]]
    buffered = streams[: STARTS[key[0]]].count("depth")
    assert buffered == DATA[key].stale + DATA[key].replayed


@pytest.mark.parametrize("market", ["cm_btcusd_perp", "spot_btcusdt"])
def test_the_second_day_opens_with_the_first(days: Days, market: str) -> None:
    key = (market, "20240809")
    before = days.built[market, "20240808"].closing
    assert days.built[market, "20240808"].opening == "reset"
    assert days.built[key].opening == before.digest
    first = days.table(key).slice(0, 1).to_pylist()[0]
    assert (first["kind"], first["sequence"]) == (Kind.CARRY, before.sequence)
    assert (first["best_bid_ticks"], first["best_ask_ticks"]) == (
        before.bid_ticks[-1],
        before.ask_ticks[-1],
    )


@every_day
def test_the_top_of_book_is_the_golden_one(days: Days, key: Key) -> None:
    market, date = key
    table = days.table(key)
    live = (table["flags"].to_numpy() & (Flag.CLOSING | Flag.REPLAYED)) == Flag.CLOSING
    own = table.filter(pa.array(live & (table["kind"].to_numpy() == Kind.DELTA)))
    best = ("best_bid_ticks", "best_bid_lots", "best_ask_ticks", "best_ask_lots")
    ours = [own[name].fill_null(0).to_numpy() for name in ("sequence", *best)]
    path, reader = days.folder / f"{market}_{date}_golden_bbo.parquet", READERS[market]
    golden = capture_table(path, reader.golden_columns, path.name)
    quotes = reader.quotes(golden, instrument_of(market), path.name)
    state = PairedCensus().observe(Quotes(*ours), Quotes(*quotes))
    assert abs(state.compared - DATA[key].compared) <= 1
    wrong = state.compared - state.all_equal
    assert wrong == (2 if key == ("spot_btcusdt", "20240809") else 0)
    assert state.golden_suspect == wrong
    assert round(state.all_equal / state.compared, 4) == DATA[key].equal_share


Without = Callable[[str, list[int]], Rebuilt]


@pytest.fixture
def without(days: Days, tmp_path: Path) -> Without:
    """Return a function that rebuilds the head of a first day without some of its rows."""

    def build(market: str, rows: list[int]) -> Rebuilt:
        raw = pq.read_table(days.folder / f"{market}_20240808_raw.parquet").slice(0, HEAD)
        kept = np.setdiff1d(np.arange(raw.num_rows), np.array(rows, np.int64) - 1)
        pq.write_table(raw.take(kept), tmp_path / "raw")
        return run(market, tmp_path / "raw", tmp_path / "out")

    return build


def deltas(days: Days, market: str) -> list[tuple[int, int, int]]:
    """Return row, first and last id of the first 501 deltas."""
    raw = pq.read_table(days.folder / f"{market}_20240808_raw.parquet").slice(0, HEAD)
    rows = [n for n, stream in enumerate(raw["stream"].to_pylist()) if stream == "depth"][:501]
    data = [json.loads(raw["payload"][n].as_py())["data"] for n in rows]
    return [(n + 1, one["U"], one["u"]) for n, one in zip(rows, data, strict=True)]


@pytest.mark.parametrize("market", READERS)
def test_dropping_the_buffered_deltas_shows(days: Days, without: Without, market: str) -> None:
    expected = DATA[market, "20240808"]
    assert without(market, []).counts["gap"] == 0
    early = [row for row, _, _ in deltas(days, market) if row < STARTS[market]]
    built = without(market, early[expected.stale :])
    assert [place["what"] for place in built.places] == ["stale"] * expected.stale + ["gap"]


def test_any_lost_delta_is_named_by_its_ids(days: Days, without: Without) -> None:
    known = deltas(days, "spot_btcusdt")
    drawn = np.random.default_rng(20240808).choice(np.arange(2, 500), 20, replace=False)
    for n in drawn.tolist():
        row, first, last = known[n]
        (gap,) = [p for p in without("spot_btcusdt", [row]).places if p["what"] != "stale"]
        noticed = known[n + 1][0] - 1  # the next delta's row, with one row less before it
        assert gap == {"what": "gap", "row": noticed, "first_id": first, "last_id": last}


def test_a_lost_stale_delta_changes_nothing_else(without: Without, tmp_path: Path) -> None:
    whole = without("spot_btcusdt", [])
    table = pq.read_table(tmp_path / "out")
    for place in whole.places:
        built = without("spot_btcusdt", [place["row"]])
        marker = pc.and_(
            pc.equal(table["kind"], int(Kind.STALE)), pc.equal(table["sequence"], place["last_id"])
        )
        assert pc.sum(marker).as_py() == 1
        assert pq.read_table(tmp_path / "out").equals(table.filter(pc.invert(marker)))
        assert built.closing.digest == whole.closing.digest
    assert len(whole.places) == 2
