"""Kraken's fields, one bent at a time: each is an error of its row, never of the machine."""

import json
from typing import Any

import pyarrow as pa
import pytest

from karat.errors import InputError
from karat.messages import Instrument, Kind
from karat.messages.kraken import SPOT

HERE = Instrument("kraken-spot-xbtchf", "2021-01-01", 10**7, 1, "1", "XBT")
GOOD = ["100.10000", "1.00000000", "1618678133.000001"]
PAIR = "XBT/CHF"


def read(*texts: str, seconds: Any = 1.5) -> Any:
    columns = {"ts_s": pa.array([seconds] * len(texts), pa.float64()), "data": list(texts)}
    return SPOT.messages(pa.RecordBatch.from_pydict(columns), HERE, 7, "raw/x")


def book(*parts: Any, channel: Any = "book-10", pair: Any = PAIR) -> str:
    return json.dumps([1, *parts, channel, pair])


def with_entry(at: int, value: Any) -> str:
    entry = [*GOOD[:at], value, *GOOD[at + 1 :]]
    return book({"a": [entry]})


ODD: dict[int, list[Any]] = {
    0: [None, "", "x", "NaN", "-100.1", "1e300000", "100.05", "9" * 30],
    1: [None, 1.5, "", "one", "-1", "Infinity", "0.000000001"],
    2: [None, [], "", "x", "nan", "1e30", "-1", "1e999999999"],
}


@pytest.mark.parametrize(("at", "value"), [(at, one) for at, odd in ODD.items() for one in odd])
def test_every_part_of_a_level_is_looked_at(at: int, value: Any) -> None:
    with pytest.raises(InputError, match="raw/x: row 8: "):
        read(book({"a": [GOOD]}), with_entry(at, value))


@pytest.mark.parametrize(
    "part",
    [None, 5, "x", [], {"a": None}, {"a": 5}, {"a": [5]}, {"a": [[]]}, {"b": {"x": 1}},
     {"as": [GOOD], "bs": 1}, {"a": [GOOD], "c": [1]}, {"a": [GOOD], "c": "z"}],
)  # fmt: skip
def test_parts_of_another_shape_are_named(part: Any) -> None:
    with pytest.raises(InputError, match="raw/x: row 7: not a message of Kraken's"):
        read(book(part))


@pytest.mark.parametrize(
    "trades",
    [None, 5, [5], [[]], [GOOD], [[*GOOD, "q"]], [[*GOOD, 5]], [[*GOOD, ["b"]]], [["x", *GOOD]]],
)
def test_trades_of_another_shape_are_named(trades: Any) -> None:
    with pytest.raises(InputError, match="raw/x: row 7: "):
        read(book(trades, channel="trade"))


@pytest.mark.usefixtures("unsearched")
@pytest.mark.parametrize(
    "text",
    ["[", "[]", "[1]", "[1, 2, 3]", "[" * 100_000, "[" + "1" * 5000 + "]",
     book({}, channel="book-x"), book({}, channel=5), book({}, pair=None), book({}, pair=[1])],
)  # fmt: skip
def test_a_frame_of_another_shape_is_named(text: str) -> None:
    with pytest.raises(InputError, match="raw/x: row 7: not a message of Kraken's"):
        read(text)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), None, 1e300, -1.0, 1e10])
def test_a_receive_time_that_ns_cannot_tell_is_named(seconds: float | None) -> None:
    with pytest.raises(InputError, match="raw/x: row 7: not a message of Kraken's"):
        read(book({"a": [GOOD]}), seconds=seconds)


def test_an_error_says_where_it_is_once() -> None:
    with pytest.raises(InputError) as told:
        read(with_entry(0, "100.05"))
    assert str(told.value).count("raw/x: row 7") == 1


def test_what_is_no_array_is_passed_over_and_null_too() -> None:
    columns = {"ts_s": [1.0] * 4, "data": pa.array([None, "", '{"event":"heartbeat"}', "x"])}
    found = SPOT.messages(pa.RecordBatch.from_pydict(columns), HERE, 1, "raw/x")
    assert len(found.kind) == 0


def test_ids_rise_though_the_clock_stands_still_or_falls() -> None:
    batches = [pa.RecordBatch.from_pydict({"ts_s": [t], "data": [book({"a": [GOOD]})]})
               for t in (2.0, 2.0, 1.0, 3.0)]  # fmt: skip
    session = SPOT.follow(HERE, None, "raw/x")
    found = [session.messages(batch, row) for row, batch in enumerate(batches, 1)]
    ids = [int(one.last_id[0]) for one in found]
    assert ids == [2 * 10**9, 2 * 10**9 + 1, 2 * 10**9 + 2, 3 * 10**9]
    assert [int(one.previous_id[0]) for one in found] == [0, *ids[:-1]]
    assert {int(one.kind[0]) for one in found} == {Kind.DELTA}
