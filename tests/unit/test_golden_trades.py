"""Golden captures of trades: what the Binance reader makes of them, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.random import default_rng

from karat.errors import InputError
from karat.flow import Capture, captures_in, ingest
from karat.lake import open_lake
from karat.lake.layout import Partition
from karat.messages import Instrument, TradeReader, reader_of, trade_reader
from karat.messages.binance import COINM, SPOT, USDM

TENTH = Instrument("sim-usdm-abc", "2024-01-01", 10**7, 10**5, "1", "A")
DAY = Partition("sim-usdm-abc", "2024-01-01")
SIZE = 50


def capture(size: int = SIZE, **changed: Any) -> pa.Table:
    rng = default_rng(size)
    columns: dict[str, Any] = {
        "trade_id": rng.permutation(size) + 7,
        "price_e8": rng.integers(1, 10**6, size) * TENTH.tick_e8,
        "qty_e8": rng.integers(1, 10**6, size) * TENTH.lot_e8,
        "buyer_is_maker": rng.random(size) < 0.5,
        "event_ms": 1_704_067_200_000 + rng.integers(0, 10**6, size),
    }
    return pa.table({**columns, **changed})


def first(name: str, value: Any) -> dict[str, Any]:
    return {name: [value, *capture()[name].to_pylist()[1:]]}


@pytest.mark.parametrize("reader", [USDM, COINM, SPOT])
@pytest.mark.parametrize("size", [0, 1, SIZE])
def test_a_row_is_a_trade(reader: Any, size: int) -> None:
    golden = capture(size)
    found = reader.trades(golden, TENTH, "there")
    rows = golden.to_pylist()
    assert found.trade_id.tolist() == [row["trade_id"] for row in rows]
    assert found.price_ticks.tolist() == [row["price_e8"] // 10**7 for row in rows]
    assert found.size_lots.tolist() == [row["qty_e8"] // 10**5 for row in rows]
    assert found.side.tolist() == [-1 if row["buyer_is_maker"] else 1 for row in rows]
    assert found.event_time_ns.tolist() == [row["event_ms"] * 10**6 for row in rows]
    assert {column.dtype for column in found} <= {np.dtype(np.int64), np.dtype(np.int8)}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (first("price_e8", 12_345), "row 1: price_e8 0.00012345 is not a multiple of 0.1"),
        (first("qty_e8", -(10**5)), "row 1: qty_e8 -0.001 is below zero"),
        (first("trade_id", None), "'trade_id' is null in row 1"),
        (first("buyer_is_maker", None), "'buyer_is_maker' is null in row 1"),
        (first("event_ms", -1), "row 1: event_ms -1 is no time"),
        (first("event_ms", 2**60), "row 1: event_ms 1152921504606846976 is no time"),
        ({"buyer_is_maker": ["yes"] * SIZE}, "'buyer_is_maker' is string, needs booleans"),
        ({"price_e8": np.ones(SIZE)}, "'price_e8' is double, needs integers"),
    ],
)
def test_a_bad_row_is_named(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=f"there: .*{said}"):
        USDM.trades(capture(**changed), TENTH, "there")


class Silent:
    """A reader that reads no golden trades."""

    raw_columns = opening_columns = golden_columns = ("a",)
    opens_book = messages = quotes = None


def test_who_reads_golden_trades() -> None:
    reader = reader_of("binance-spot-btcusdt")
    assert isinstance(reader, TradeReader)
    assert trade_reader(reader) is reader
    assert trade_reader(Silent()) is None  # type: ignore[arg-type] # not even a reader


def put(folder: Path, table: pa.Table) -> Path:
    path = folder / "usdm_abc_20240101_trades.parquet"
    pq.write_table(table.replace_schema_metadata({"venue": "sim"}), path)
    return path


def test_a_capture_is_found_by_its_name_and_lies_beside_the_quotes(tmp_path: Path) -> None:
    path, lake = put(tmp_path, capture()), open_lake("memory:")
    assert captures_in([tmp_path]) == [Capture(path, DAY, "golden_trades")]
    (done,) = ingest(lake, captures_in([path]))
    assert done.status == "new"
    stat = lake.stat(lake.head("main"), "golden_trades/sim-usdm-abc/2024-01-01.parquet")
    assert stat.content_hash == done.digest
    assert [again.status for again in ingest(lake, captures_in([path]))] == ["same"]
    put(tmp_path, capture(9))
    assert [again.status for again in ingest(lake, captures_in([path]))] == ["restated"]


def test_a_capture_without_its_columns_is_not_let_in(tmp_path: Path) -> None:
    path, lake = put(tmp_path, capture().drop_columns(["buyer_is_maker"])), open_lake("memory:")
    with pytest.raises(InputError, match="column 'buyer_is_maker' is missing"):
        ingest(lake, captures_in([path]))
    with pytest.raises(InputError, match="both the golden_trades capture"):
        ingest(lake, [Capture(put(tmp_path, capture()), DAY, "golden_trades")] * 2)
