"""Whole captures of made-up feeds: JSON text in Parquet to book events, against plain Python."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat.errors import InputError
from karat.messages import Carry, Instrument, Rebuilt, rebuild
from karat.messages.binance import SPOT, USDM
from karat.states import Sequence

Row = tuple[int, str, str]
Level = tuple[int, int]
Changed = Callable[[pa.Table], pa.Table]
CARRY, SNAPSHOT, DELTA, TRADE, STALE, DUPLICATE = range(6)
STEPS = {"0.01": "0.00001", "0.10": "1", "0.00000001": "0.00000001", "5": "250"}
HUGE = 9 * 10**9
"""Ticks near which some prices lie: of 5 a tick, 45 billion."""


@dataclass
class Feed:
    """Writes a capture as the venue would, and what must come of it."""

    random: Random
    tick: Decimal
    lot: Decimal
    linked: bool
    last: int = 1_000
    book: dict[str, dict[int, int]] = field(default_factory=lambda: {"b": {}, "a": {}})
    rows: list[Row] = field(default_factory=list)
    expected: list[tuple[int, int, Any]] = field(default_factory=list)
    places: list[tuple[str, int, int]] = field(default_factory=list)
    fresh: bool = False

    def text(self, units: int, step: Decimal) -> str:
        """Return a decimal as venues spell it: with or without zeros behind, up to 8 places."""
        plain = f"{units * step:f}"
        places = len(plain.partition(".")[2])
        zeros = "0" * self.random.randint(0, 8 - places)
        return plain + ("." * bool(zeros) if "." not in plain else "") + zeros

    def levels(self, most: int, least_lots: int) -> dict[str, list[Level]]:
        base = HUGE if self.random.random() < 0.3 else 100
        return {
            side: [
                (base + at + self.random.randint(1, 9), self.random.randint(least_lots, 3))
                for _ in range(self.random.randint(0, most))
            ]
            for side, at in (("b", 0), ("a", 10))
        }

    def spelled(self, levels: list[Level]) -> list[list[str]]:
        return [[self.text(ticks, self.tick), self.text(lots, self.lot)] for ticks, lots in levels]

    def put(self, stream: str, message: Any) -> None:
        separators = self.random.choice([(",", ":"), (", ", ": ")])
        text = json.dumps(message, separators=separators)
        self.rows.append((len(self.rows) * 7, stream, text))

    def expect(self, kind: int, sequence: int) -> None:
        bid, ask = (max(self.book["b"], default=None), min(self.book["a"], default=None))
        self.expected.append((kind, sequence, (bid, ask)))

    def snapshot(self, skip: int = 0) -> None:
        self.last += skip
        full = self.levels(6, 1)
        names = {"lastUpdateId": self.last} | ({"E": 1} if self.linked else {})
        sides = {"bids": self.spelled(full["b"]), "asks": self.spelled(full["a"])}
        self.put("rest_snapshot", names | sides)
        self.book, self.fresh = {side: dict(levels) for side, levels in full.items()}, True
        self.expect(SNAPSHOT, self.last)

    def delta(self, slip: int = 0) -> None:
        """Add a delta that follows the last one, skips `slip` ids, or repeats `-slip` of them."""
        previous = self.last + slip
        first = previous + (self.random.randint(1, 5) if self.linked else 1)
        last = max(first, self.last + 1) + self.random.randint(0, 6)
        levels = self.levels(4, 0)
        data = {"e": "depthUpdate", "E": 5, "s": "AbC", "U": first, "u": last}
        data |= {"pu": previous} if self.linked else {}
        data |= {side: self.spelled(of) for side, of in levels.items()}
        self.put("depth", {"stream": "abc@depth", "data": data})
        if slip > 0:
            self.places.append(("gap", self.last + 1, previous))
        elif slip < 0 and not self.fresh:
            self.places.append(("overlap", previous + 1, self.last))
        self.last, self.fresh = last, False
        for side, of in levels.items():
            for ticks, lots in of:
                self.book[side].pop(ticks, None)
                self.book[side] |= {ticks: lots} if lots else {}
        self.expect(DELTA, last)

    def old(self) -> None:
        """Add a delta whose ids were applied before."""
        first = self.last - 2
        data = {"E": 5, "s": "ABC", "U": first, "u": self.last - 1, "pu": first - 1}
        self.put("depth", {"data": data | {"b": [], "a": []}})
        what = "stale" if self.fresh else "duplicate"
        self.places.append((what, first, self.last - 1))
        self.expect(STALE if self.fresh else DUPLICATE, self.last - 1)

    def trade(self, number: int) -> None:
        price, size = self.text(HUGE, self.tick), self.text(3, self.lot)
        data = {"E": 5, "s": "abc", "t": number, "p": price, "q": size, "m": number % 2 == 0}
        self.put("trade", {"data": data})
        self.expect(TRADE, number)

    def day(self, count: int, *, opened: bool) -> None:
        if not opened:
            self.snapshot()
        for n in range(count):
            what = self.random.random()
            if what < 0.6:
                self.delta(self.random.choice([0, 0, 0, 0, 3, -2]))
            elif what < 0.75:
                self.trade(n)
            elif what < 0.85:
                self.old()
            elif what < 0.95:
                self.rows.append((n, "bookTicker", '{"never": "read}'))
            else:
                self.snapshot(skip=self.random.randint(1, 9))


def made(seed: int, *, linked: bool, carry: Carry | None = None) -> Feed:
    random = Random(seed)  # noqa: S311 - the same feeds on every run
    tick, lot = random.choice(list(STEPS.items()))
    feed = Feed(random, Decimal(tick), Decimal(lot), linked)
    if carry is not None:
        feed.last = carry.sequence
        sides = (carry.bid_ticks, carry.bid_lots), (carry.ask_ticks, carry.ask_lots)
        books = (dict(zip(a.tolist(), b.tolist(), strict=True)) for a, b in sides)
        feed.book = dict(zip("ba", books, strict=True))
        feed.expect(CARRY, carry.sequence)
    feed.day(120, opened=carry is not None)
    return feed


def as_written(table: pa.Table) -> pa.Table:
    return table


def coded(table: pa.Table) -> pa.Table:
    return table.set_column(1, "stream", table["stream"].dictionary_encode())


def large(table: pa.Table) -> pa.Table:
    kinds = {"recv_ts_ns": pa.int32(), "stream": pa.large_string(), "payload": pa.large_string()}
    return table.cast(pa.schema(kinds))


def rebuilt(
    folder: Path,
    feed: Feed,
    change: Changed = as_written,
    carry: Carry | None = None,
    group: int = 7,
) -> tuple[Rebuilt, pa.Table]:
    names = ("recv_ts_ns", "stream", "payload")
    columns = dict(zip(names, zip(*feed.rows, strict=True), strict=True))
    raw = change(pa.table({name: list(values) for name, values in columns.items()}))
    pq.write_table(raw, folder / "raw", row_group_size=group)
    tick, lot = (int(step * 10**8) for step in (feed.tick, feed.lot))
    instrument = Instrument("v-m-abc", "2000-01-01", tick, lot, "1", "A")
    reader = USDM if feed.linked else SPOT
    options: Any = {"reader": reader, "instrument": instrument, "source": "raw"}
    built = rebuild(folder / "raw", folder / "out", opening=carry, **options)
    return built, pq.read_table(folder / "out")


def told(table: pa.Table) -> list[tuple[int, int, Any]]:
    """Return kind, sequence and best prices at the end of every message."""
    closing = table.filter(pa.array(table["flags"].to_numpy() & 1 == 1))
    names = ("kind", "sequence", "best_bid_ticks", "best_ask_ticks")
    rows = zip(*(closing[name].to_pylist() for name in names), strict=True)
    return [(kind, sequence, (bid, ask)) for kind, sequence, bid, ask in rows]


@pytest.mark.parametrize("linked", [True, False], ids=["futures", "spot"])
@pytest.mark.parametrize("seed", range(12))
def test_a_feed_gives_the_book_it_tells(tmp_path: Path, seed: int, *, linked: bool) -> None:
    feed = made(seed, linked=linked)
    built, table = rebuilt(tmp_path, feed)
    assert told(table) == feed.expected
    places = [(place["what"], place["first_id"], place["last_id"]) for place in built.places]
    assert places == feed.places
    assert built.closing.sequence == feed.last
    for side, ticks in (("b", built.closing.bid_ticks), ("a", built.closing.ask_ticks)):
        assert sorted(ticks.tolist()) == sorted(feed.book[side])


@pytest.mark.parametrize("linked", [True, False], ids=["futures", "spot"])
@pytest.mark.parametrize("seed", range(6))
def test_the_state_of_the_rows_tells_what_the_rebuild_met(
    tmp_path: Path, seed: int, *, linked: bool
) -> None:
    built, table = rebuilt(tmp_path, made(seed, linked=linked))
    columns = (table[name] for name in ("kind", "previous_sequence", "sequence"))
    state = Sequence().observe(*columns)
    counts, tally = built.counts, state.tally
    assert (tally.gaps, tally.overlaps) == (counts["gap"], counts["overlap"])
    assert (tally.stale, tally.duplicates) == (counts["stale"], counts["duplicate"])
    assert (tally.deltas, tally.trades) == (counts["deltas"], counts["trades"])
    assert tally.snapshots == counts["snapshots"]
    gaps = [(p["first_id"], p["last_id"]) for p in built.places if p["what"] == "gap"]
    assert list(state.gap_ranges) == gaps[:20]


@pytest.mark.parametrize("linked", [True, False], ids=["futures", "spot"])
def test_the_next_day_goes_on_from_the_carry(tmp_path: Path, *, linked: bool) -> None:
    for seed in range(4):
        first, _ = rebuilt(tmp_path, made(seed, linked=linked))
        feed = made(seed, linked=linked, carry=first.closing)
        # Only what comes before the first snapshot tells that the carry was taken.
        at = next((n for n, row in enumerate(feed.rows) if row[1] == "rest_snapshot"), None)
        feed.rows = feed.rows[:at]
        built, table = rebuilt(tmp_path, feed, carry=first.closing)
        assert built.opening == first.closing.digest
        assert told(table) == feed.expected[: int((table["flags"].to_numpy() & 1).sum())]
        assert built.rows == table.num_rows > len(feed.rows) // 2


@pytest.mark.parametrize("change", [as_written, coded, large], ids=lambda f: f.__name__)
@pytest.mark.parametrize("group", [1, 13, 10_000])
def test_how_a_capture_lies_in_its_file_does_not_matter(
    tmp_path: Path, change: Changed, group: int
) -> None:
    feed = made(3, linked=True)
    plain, table = rebuilt(tmp_path, feed)
    other, again = rebuilt(tmp_path, feed, change, group=group)
    assert again == table
    assert other.closing.digest == plain.closing.digest
    assert (other.rows, other.counts, other.places) == (plain.rows, plain.counts, plain.places)
    assert {SNAPSHOT, DELTA, TRADE, DUPLICATE} <= set(table["kind"].to_pylist())


@pytest.mark.parametrize("clock", [-1, 1_723_161_256_172_000, 2**62])
@pytest.mark.parametrize("stream", ["depth", "trade", "rest_snapshot"])
def test_a_clock_of_another_unit_is_refused(tmp_path: Path, clock: int, stream: str) -> None:
    feed = made(3, linked=True)
    at = max(n for n, row in enumerate(feed.rows) if row[1] == stream)
    time, _, text = feed.rows[at]
    message = json.loads(text)
    message.get("data", message)["E"] = clock
    feed.rows[at] = (time, stream, json.dumps(message))
    with pytest.raises(InputError, match=rf"^raw: row {at + 1}: E {clock} is no time in milli"):
        rebuilt(tmp_path, feed)
