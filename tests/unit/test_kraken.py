"""Kraken's books and checksums: a small venue prints them, and one thing at a time is bent."""

import json
import zlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from karat.digest import crc32
from karat.errors import InputError
from karat.messages import Carry, Instrument, Kind, Rebuilt, reader_of, rebuild
from karat.messages.kraken import SPOT

HERE = Instrument("kraken-spot-xbtchf", "2021-01-01", 10**7, 1, "1", "XBT")
DEPTH = 12


class Venue:
    """Prints a book of one pair as Kraken does, five places to a price, eight to a size."""

    def __init__(self, seed: int, pair: str = "XBT/CHF") -> None:
        self.random, self.pair, self.rows = default_rng(seed), pair, 0
        self.sides: dict[str, dict[Decimal, str]] = {"a": {}, "b": {}}
        self.near: list[tuple[int, str]] = []  # rows that told a size among the ten best, and it
        self.lines: list[tuple[float, str | None]] = [(0.0, None), (0.0, '{"event":"heartbeat"}')]

    def price(self, side: str) -> Decimal:
        sign = 1 if side == "a" else -1
        return Decimal(1000 + sign * int(self.random.integers(1, 41))) / 10

    def size(self) -> str:
        return f"{Decimal(int(self.random.integers(2, 10**10))) / 10**8:.8f}"

    def best(self, side: str) -> list[Decimal]:
        return sorted(self.sides[side], reverse=side == "b")[:DEPTH]

    def keep(self) -> None:
        self.sides = {
            side: {p: own[p] for p in self.best(side)} for side, own in self.sides.items()
        }

    def checksum(self) -> str:
        text = ""
        for side in "ab":
            for price in self.best(side)[:10]:
                text += f"{price:.5f}".replace(".", "").lstrip("0")
                text += self.sides[side][price].replace(".", "").lstrip("0")
        return str(zlib.crc32(text.encode()))

    def say(self, body: list[Any], channel: str = f"book-{DEPTH}") -> None:
        self.rows += 1
        self.lines.append((1.5 + self.rows / 64, json.dumps([1, *body, channel, self.pair])))

    def entry(self, price: Decimal, size: str) -> list[str]:
        return [f"{price:.5f}", size, f"1618678133.{self.rows:06d}"]

    def snapshot(self) -> None:
        for side in "ab":
            self.sides[side] = {self.price(side): self.size() for _ in range(30)}
        self.keep()
        full = {f"{s}s": [self.entry(p, self.sides[s][p]) for p in self.best(s)] for s in "ab"}
        self.say([full])

    def change(self) -> None:
        told: dict[str, list[list[str]]] = {}
        for side in str(self.random.choice(["a", "b", "ab"])):
            gone = self.random.random() < 0.3 and len(self.sides[side]) > 1
            price = (
                self.best(side)[self.random.integers(len(self.best(side)))]
                if gone
                else self.price(side)
            )
            size = f"{0:.8f}" if gone else self.size()
            self.sides[side][price] = size
            if gone:
                del self.sides[side][price]
            told[side] = [self.entry(price, size)]
        self.keep()
        *first, last = [{side: levels} for side, levels in told.items()]
        self.say([*first, last | {"c": self.checksum()}])
        if not gone and price in self.best(side)[:10]:
            self.near.append((len(self.lines), size))

    def trade(self) -> None:
        entry = [
            *self.entry(self.price("a"), self.size()),
            str(self.random.choice(["b", "s"])),
            "l",
            "",
        ]
        self.say([[entry] * 2], "trade")

    def table(self) -> pa.Table:
        seconds, data = zip(*self.lines, strict=True)
        return pa.table({"ts_s": pa.array(seconds), "data": pa.array(data, pa.string())})


def venue(seed: int, changes: int = 40) -> Venue:
    one = Venue(seed)
    one.trade()
    one.snapshot()
    for _ in range(changes):
        one.change()
    return one


def rebuilt(folder: Path, raw: pa.Table, opening: Carry | None = None) -> tuple[Rebuilt, pa.Table]:
    pq.write_table(raw, folder / "raw")
    out = folder / "out"
    done = rebuild(
        folder / "raw", out, reader=SPOT, instrument=HERE, opening=opening, source="raw/x"
    )
    return done, pq.read_table(out)


def checks(table: pa.Table) -> dict[int, int]:
    """Return by row of the capture whether its checksum was right."""
    pairs = zip(table["raw_row"].to_pylist(), table["checksum_ok"].to_pylist(), strict=True)
    return {row: good for row, good in pairs if good is not None}


@pytest.mark.parametrize("seed", range(8))
def test_every_checksum_is_right_and_the_book_is_the_venues(tmp_path: Path, seed: int) -> None:
    one = venue(seed)
    result, table = rebuilt(tmp_path, one.table())
    assert checks(table) == dict.fromkeys(range(5, 45), 1)
    closing = result.closing
    assert closing.bid_ticks.tolist() == [int(p * 10) for p in reversed(one.best("b"))]
    assert closing.ask_ticks.tolist() == [int(p * 10) for p in reversed(one.best("a"))]
    sizes = [one.sides["a"][p].replace(".", "") for p in reversed(one.best("a"))]
    assert closing.ask_lots.tolist() == [int(size) for size in sizes]
    assert result.counts["trades"] == 2
    assert table["kind"].to_pylist()[:2] == [Kind.TRADE, Kind.TRADE]
    assert table["receive_time_ns"].to_pylist()[0] == 1_515_625_000
    assert table["event_time_ns"].to_pylist()[-1] == 1_618_678_133_000_041_000


@given(st.integers(0, 10**6), st.data())
def test_one_flipped_lot_is_caught_where_it_is(seed: int, data: st.DataObject) -> None:
    one = venue(seed)
    row, size = data.draw(st.sampled_from(one.near))
    flipped = f"{Decimal(int(Decimal(size).scaleb(8)) ^ 1).scaleb(-8):.8f}"
    time, text = one.lines[row - 1]
    one.lines[row - 1] = time, str(text).replace(size, flipped)
    assert str(text) != one.lines[row - 1][1]
    (batch,) = one.table().to_batches()
    told = checks(SPOT.messages(batch, HERE, 1, "raw/x").further)
    assert [told[before] for before in range(5, row)] == [1] * (row - 5)
    assert told[row] == 0


def test_other_pairs_and_channels_are_passed_over(tmp_path: Path) -> None:
    one, other = venue(3), Venue(4, "ETH/CHF")
    _, alone = rebuilt(tmp_path, one.table())
    other.snapshot()
    other.say([["1.0", "2.0"]], "ticker")
    one.say([["1.0", "2.0"]], "ticker")
    _, table = rebuilt(tmp_path, pa.concat_tables([one.table(), other.table()]))
    assert table.equals(alone)


@pytest.mark.parametrize("cut", [5, 20, 43])
def test_a_day_without_snapshot_is_checked_from_its_first_message(tmp_path: Path, cut: int) -> None:
    raw = venue(5).table()
    whole, _ = rebuilt(tmp_path, raw)
    first, _ = rebuilt(tmp_path, raw.slice(0, cut))
    second, table = rebuilt(tmp_path, raw.slice(cut), first.closing)
    assert second.opening == first.closing.digest
    assert checks(table) == dict.fromkeys(range(1, 45 - cut), 1)
    assert second.closing == whole.closing


BAD = {
    "price 100.05000 is not a multiple of 0.1": [{"a": [["100.05000", "1.0", "1.0"]], "c": "1"}],
    "size 'x' is not a decimal": [{"a": [["100.10000", "x", "1.0"]], "c": "1"}],
    "not a message of Kraken's": [{"a": [["100.10000"]], "c": "1"}],
    r"not a message of Kraken's \(invalid literal": [{"a": [["100.1", "1", "1"]], "c": "z"}],
}


@pytest.mark.parametrize("why", BAD)
def test_what_is_wrong_is_named_with_its_row(tmp_path: Path, why: str) -> None:
    one = venue(1, 2)
    one.say(BAD[why])
    with pytest.raises(InputError, match=f"raw/x: row 7: .*{why}"):
        rebuilt(tmp_path, one.table())


def test_a_capture_of_other_pairs_only_is_refused(tmp_path: Path) -> None:
    other = Venue(4, "ETH/CHF")
    other.snapshot()
    with pytest.raises(InputError, match="give a capture of this instrument"):
        rebuilt(tmp_path, other.table())


def test_it_is_found_and_has_no_golden_captures() -> None:
    assert reader_of("kraken-spot-xbtchf") is SPOT
    with pytest.raises(InputError, match="has no golden captures"):
        SPOT.quotes(pa.table({}), HERE, "golden/x")


@given(st.binary())
def test_a_crc_is_the_known_one(data: bytes) -> None:
    remainder = 0xFFFFFFFF
    for byte in data:
        remainder ^= byte
        for _ in range(8):
            remainder = (remainder >> 1) ^ (0xEDB88320 * (remainder & 1))
    assert crc32(data) == remainder ^ 0xFFFFFFFF
