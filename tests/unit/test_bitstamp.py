"""Bitstamp's orders and trades, written by hand: levels, order ids, golden quotes, and errors."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.errors import InputError
from karat.messages import Carry, Instrument, Kind, Rebuilt, reader_of, rebuild
from karat.messages.bitstamp import SPOT
from karat.messages.message import Messages, concatenate

HERE = Instrument("bitstamp-spot-btcusd", "2011-08-18", 10**6, 1, "1", "BTC")
Event = tuple[str, dict[str, Any]]


def order(event: str, order_id: int, kind: int, price: str, amount: str) -> Event:
    body = {"price": price, "amount": amount, "datetime": "1", "id": order_id, "order_type": kind}
    return f"order_{event}", body


def trade(trade_id: int, price: float, amount: float) -> Event:
    return "trade", {"price": price, "amount": amount, "id": trade_id}


TAPE = [
    order("created", 1, 0, "236.47", "2.00000000"),
    order("created", 2, 0, "236.47", "0.50000000"),
    ("order_book", {"bids": [], "asks": []}),
    order("created", 3, 1, "236.50", "1.00000000"),
    order("changed", 1, 0, "236.47", "1.25000000"),
    trade(70, 236.47, 0.75),
    order("deleted", 9, 1, "236.40", "0.00000000"),  # rested before the capture began
    order("changed", 3, 1, "236.49", "1.00000000"),  # another price
    order("deleted", 1, 0, "236.47", "1.25000000"),
    trade(71, 236.34999999999999, 1.7885566900000001),
    order("deleted", 2, 0, "236.47", "0.00000000"),
]


def tape(events: list[Event]) -> pa.Table:
    """Return a capture of `events`, three to each millisecond."""
    names, bodies = zip(*events, strict=True) if events else ((), ())
    return pa.table(
        {
            "recv_ts_ms": pa.array([1000 + n // 3 for n in range(len(events))], pa.int64()),
            "event": pa.array(names, pa.string()).dictionary_encode(),
            "payload": pa.array([json.dumps(body) for body in bodies], pa.string()),
        }
    )


def rebuilt(folder: Path, events: pa.Table, opening: Carry | None = None) -> tuple[Rebuilt, Any]:
    raw, out = folder / "raw", folder / "out"
    pq.write_table(events, raw)
    done = rebuild(raw, out, reader=SPOT, instrument=HERE, opening=opening, source="raw/x")
    return done, pq.read_table(out)


def test_levels_are_the_sums_of_their_orders(tmp_path: Path) -> None:
    result, table = rebuilt(tmp_path, tape(TAPE))
    assert result.opening == "none"
    names = ("kind", "side", "price_ticks", "size_lots", "best_bid_lots", "order_id", "order_lots")
    lots = 10**8
    delta, sale = int(Kind.DELTA), int(Kind.TRADE)
    assert [tuple(row[n] for n in names) for row in table.to_pylist()] == [
        (delta, 1, 23647, 2 * lots, 2 * lots, 1, 2 * lots),
        (delta, 1, 23647, 5 * lots // 2, 5 * lots // 2, 2, lots // 2),
        (delta, -1, 23650, lots, 5 * lots // 2, 3, lots),
        (delta, 1, 23647, 7 * lots // 4, 7 * lots // 4, 1, 5 * lots // 4),
        (sale, 0, 23647, 3 * lots // 4, 7 * lots // 4, None, None),
        (delta, 0, None, None, 7 * lots // 4, 9, None),
        (delta, -1, 23650, 0, 7 * lots // 4, 3, lots),
        (delta, -1, 23649, lots, 7 * lots // 4, 3, lots),
        (delta, 1, 23647, lots // 2, lots // 2, 1, 0),
        (sale, 0, 23635, 178855669, lots // 2, None, None),
        (delta, 1, 23647, 0, None, 2, 0),
    ]
    oldest = [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, None]
    assert table["best_bid_order"].to_pylist() == oldest
    assert table["best_ask_order"].to_pylist() == [None, None, *[3] * 9]
    assert table["sequence"].to_pylist()[:3] == [10**9 + 1, 10**9 + 2, 1001 * 10**6 + 4]
    assert table["sequence"].to_pylist()[4] == 70
    assert result.counts["gap"] == result.counts["duplicate"] == 0


def test_a_change_after_its_delete_lets_the_order_rest(tmp_path: Path) -> None:
    late = [*TAPE[:2], order("deleted", 2, 0, "236.47", "0"), order("changed", 2, 0, "236.47", "1")]
    result, table = rebuilt(tmp_path, tape(late))
    assert result.closing.orders is not None
    assert result.closing.orders.order_id.tolist() == [1, 2]
    assert table["size_lots"].to_pylist()[-1] == 3 * 10**8


actions = st.lists(
    st.tuples(
        st.sampled_from(["created", "changed", "deleted"]),
        st.integers(1, 5),
        st.integers(0, 1),
        st.integers(1, 4).map(lambda n: f"23{n}.00"),
        st.integers(0, 3).map(lambda n: f"{n}.50000000"),
    ),
    min_size=1,
    max_size=30,
)


@given(actions, st.data())
def test_cutting_a_capture_into_batches_changes_nothing(
    plan: list[tuple[str, int, int, str, str]], data: st.DataObject
) -> None:
    (batch,) = tape([order(*one) for one in plan]).to_batches()
    cut = data.draw(st.integers(0, len(plan)))
    session = SPOT.follow(HERE, None, "raw/x")
    parts = [session.messages(batch.slice(0, cut), 1), session.messages(batch.slice(cut), cut + 1)]
    whole, pieces = SPOT.messages(batch, HERE, 1, "raw/x"), concatenate(parts)
    for name in Messages._fields:
        one, other = getattr(whole, name), getattr(pieces, name)
        assert one.equals(other) if name == "further" else one.tolist() == other.tolist(), name
    assert (whole.last_id[1:] > whole.last_id[:-1]).all()


@pytest.mark.parametrize("cut", range(1, len(TAPE)))
def test_the_next_day_goes_on_with_the_orders_of_this_one(tmp_path: Path, cut: int) -> None:
    whole, table = rebuilt(tmp_path, tape(TAPE))
    first, before = rebuilt(tmp_path, tape(TAPE).slice(0, cut))
    second, after = rebuilt(tmp_path, tape(TAPE).slice(cut), first.closing)
    assert second.opening == first.closing.digest
    carried = after.to_pylist()[0]
    assert (carried["kind"], carried["order_id"]) == (Kind.CARRY, None)
    clocked = ["sequence", "previous_sequence", "receive_time_ns"]  # rows count from 1 again
    joined = pa.concat_tables([before, after.slice(1)]).drop_columns(clocked)
    assert joined.equals(table.drop_columns(clocked))
    assert second.closing.orders is not None
    assert whole.closing.orders is not None
    assert second.closing.orders.columns == whole.closing.orders.columns


BAD = {
    "price 236.475 is not a multiple of 0.01": order("created", 1, 0, "236.475", "1"),
    "amount 'much' is not a decimal": order("created", 1, 0, "236.47", "much"),
    "amount -1 is below zero": order("created", 1, 0, "236.47", "-1"),
    "order 1 of type 2: 0 or 1": order("created", 1, 2, "236.47", "1"),
    "has no field 'amount'": ("order_created", {"id": 1, "order_type": 0, "price": "1"}),
    "trade id 'x' is not a whole number": ("trade", {"id": "x", "price": 1.0, "amount": 1.0}),
}


@pytest.mark.parametrize("why", BAD)
def test_what_is_wrong_is_named_with_its_row(tmp_path: Path, why: str) -> None:
    with pytest.raises(InputError, match=f"raw/x: row 3: .*{why}"):
        rebuilt(tmp_path, tape([*TAPE[:2], BAD[why]]))


def test_malformed_json_is_named_with_its_row(tmp_path: Path) -> None:
    events = tape(TAPE)
    broken = events.set_column(2, "payload", pa.array(["{"] * len(TAPE)))
    with pytest.raises(InputError, match="raw/x: row 1: malformed JSON"):
        rebuilt(tmp_path, broken)


def snapshots(lines: list[tuple[int, int, str, int, int, int]]) -> pa.Table:
    names = SPOT.golden_columns
    columns = dict(zip(names, zip(*lines, strict=True), strict=True))
    return pa.table(columns)


def test_golden_quotes_are_the_best_levels_by_time_of_receipt() -> None:
    best = (236_47000000, 2), (236_50000000, 3)
    lines = [
        (line, 1001, side, level, price - level * 10**6, amount)
        for line in (7, 8)
        for side, (price, amount) in zip(("bid", "ask"), best, strict=True)
        for level in (0, 1)
    ]
    one_sided = [(9, 1002, "ask", 0, 236_50000000, 4)]
    quotes = SPOT.quotes(snapshots([*lines, *one_sided]), HERE, "golden/x")
    assert quotes.update_id.tolist() == [1001 * 10**6 + 7, 1001 * 10**6 + 8, 1002 * 10**6 + 9]
    assert quotes.bid_ticks.tolist() == [23647, 23647, 0]
    assert quotes.bid_lots.tolist() == [2, 2, 0]
    assert (quotes.ask_ticks.tolist(), quotes.ask_lots.tolist()) == ([23650] * 3, [3, 3, 4])
    with pytest.raises(InputError, match="golden/x: row 9: recv_ts_ms falls"):
        SPOT.quotes(snapshots([*lines, (9, 999, "ask", 0, 236_50000000, 4)]), HERE, "golden/x")
    with pytest.raises(InputError, match=r"row 9: price_e8 236\.505 is not a multiple of 0.01"):
        SPOT.quotes(snapshots([*lines, (9, 1002, "ask", 0, 236_50500000, 4)]), HERE, "golden/x")


def test_it_is_found_by_its_entry_point() -> None:
    assert reader_of("bitstamp-spot-btcusd") is SPOT
