"""Bitstamp's fields, one bent at a time: each is named with its row, and none becomes a number."""

import json
from typing import Any

import pyarrow as pa
import pytest

from karat.errors import InputError
from karat.messages import Instrument
from karat.messages.bitstamp import SPOT

HERE = Instrument("bitstamp-spot-btcusd", "2011-08-18", 10**6, 1, "1", "BTC")
ORDER = {"id": 1, "order_type": 0, "price": "236.47", "amount": "1.00000000"}
TRADE = {"id": 1, "price": 236.47, "amount": 1.5}
PRICES: list[Any] = [
    None,
    True,
    [1],
    {},
    "",
    "x",
    "NaN",
    "Infinity",
    "-1.00",
    "1e400000",
    "9" * 30,
    "0.001",
]
AMOUNTS: list[Any] = [None, False, [], "1..0", "sNaN", "-1", "9" * 40, 10**400]


def read(event: str, *texts: str, time: Any = 1000, first_row: int = 7) -> Any:
    columns = {
        "recv_ts_ms": pa.array([time] * len(texts), pa.int64()),
        "event": [event] * len(texts),
        "payload": list(texts),
    }
    return SPOT.messages(pa.RecordBatch.from_pydict(columns), HERE, first_row, "raw/x")


def bent(body: dict[str, Any], name: str, value: Any) -> str:
    return json.dumps(body | {name: value})


@pytest.mark.parametrize("value", PRICES)
@pytest.mark.parametrize(("event", "body"), [("order_created", ORDER), ("trade", TRADE)])
def test_a_price_that_is_none_is_named(event: str, body: dict[str, Any], value: Any) -> None:
    if (event, value) == ("trade", "0.001"):
        value = "236.475"  # trades are rounded to 1e-8, which is no whole tick
    with pytest.raises(InputError, match="raw/x: row 8: price "):
        read(event, json.dumps(body), bent(body, "price", value))


@pytest.mark.parametrize("value", AMOUNTS)
@pytest.mark.parametrize(("event", "body"), [("order_changed", ORDER), ("trade", TRADE)])
def test_an_amount_that_is_none_is_named(event: str, body: dict[str, Any], value: Any) -> None:
    with pytest.raises(InputError, match="raw/x: row 8: amount "):
        read(event, json.dumps(body), bent(body, "amount", value))


@pytest.mark.parametrize("value", [True, "1", 1.0, None, [1], 2**63, -(2**63) - 1, 10**400])
@pytest.mark.parametrize(
    ("event", "body", "what"),
    [("order_created", ORDER, "order"), ("order_deleted", ORDER, "order"), ("trade", TRADE, "id")],
)
def test_an_id_is_a_whole_number(event: str, body: dict[str, Any], what: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"raw/x: row 7: .*{what} .* 64 bits"):
        read(event, bent(body, "id", value))


@pytest.mark.parametrize("value", [True, False, "0", 0.0, 2, -1, None, [0], {"a": 0}])
def test_a_side_is_0_or_1(value: Any) -> None:
    with pytest.raises(InputError, match=r"raw/x: row 7: order 1 of type .*0 or 1 is needed"):
        read("order_created", bent(ORDER, "order_type", value))


@pytest.mark.usefixtures("unsearched")
@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 100_000, '{"id": ' + "1" * 5000 + "}", "\x00", '{"id": 1} {}', "nul"],
    ids=["nothing", "cut", "nested", "digits", "zero", "twice", "word"],
)
@pytest.mark.parametrize("event", ["order_created", "trade"])
def test_text_that_is_no_json_is_named(event: str, text: str) -> None:
    with pytest.raises(InputError, match="raw/x: row 7: malformed JSON"):
        read(event, text)


@pytest.mark.parametrize("text", ["5", "null", "[]", '"id"', "{}"])
def test_json_of_another_shape_is_named(text: str) -> None:
    with pytest.raises(InputError, match="raw/x: row 7: the message has no field 'id'"):
        read("trade", text)


@pytest.mark.parametrize("name", list(ORDER))
def test_every_field_of_an_order_is_needed(name: str) -> None:
    lacking = {key: value for key, value in ORDER.items() if key != name}
    with pytest.raises(InputError, match=f"raw/x: row 7: the message has no field '{name}'"):
        read("order_deleted", json.dumps(lacking))


def test_a_time_that_ns_cannot_tell_is_named() -> None:
    for time in (-1, 2**62, 2**63 - 1):
        with pytest.raises(InputError, match=f"row 7: recv_ts_ms {time} is no ms since 1970"):
            read("trade", json.dumps(TRADE), time=time)
    latest = (2**63 - 1) // 10**6 - 1
    assert read("trade", json.dumps(TRADE), time=latest).receive_time_ns[0] == latest * 10**6


def test_a_level_of_orders_too_large_together_is_named() -> None:
    half = str(2**62 // 10**8)
    orders = [json.dumps(ORDER | {"id": n, "amount": half}) for n in range(3)]
    with pytest.raises(InputError, match=r"raw/x: row 9: .*its level does not fit 64 bits"):
        read("order_created", *orders)
    assert len(read("order_created", *orders[:2]).size_lots) == 2


def test_other_events_are_passed_over_whatever_they_hold() -> None:
    for event in ("order_book", "subscribe", ""):
        assert len(read(event, "{", "").kind) == 0


def test_golden_rows_are_named_as_they_stand_in_the_file() -> None:
    """Deeper levels are left out, and are counted all the same."""
    names = SPOT.golden_columns
    rows = [(1, 5, "bid", 0, 10**6, 1), (1, 5, "bid", 1, 10**6, 1), (2, -5, "bid", 0, 10**6, 1)]
    golden = pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))
    with pytest.raises(InputError, match="golden/x: row 3: recv_ts_ms -5 is no ms"):
        SPOT.quotes(golden, HERE, "golden/x")
