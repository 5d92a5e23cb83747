from __future__ import annotations

import datetime as dt
import json
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat.errors import InputError, LakeUnusable
from karat.simulation import Day, corrected, simulate, write

DATES = [dt.date(2024, 1, 1) + dt.timedelta(days=k) for k in range(8)]
USDM, SPOT = "sim-usdm-btcusdt", "sim-spot-ethusdt"
BOTH = pytest.mark.parametrize("name", [USDM, SPOT])
Book = dict[str, dict[str, str]]


@cache
def days(name: str) -> list[Day]:
    return list(simulate(name, DATES, seed=11, messages_per_day=3_000))


def payloads(day: Day, stream: str) -> list[Any]:
    rows = zip(day.raw["stream"].to_pylist(), day.raw["payload"].to_pylist(), strict=True)
    found = [json.loads(text) for kind, text in rows if kind == stream]
    return [payload.get("data", payload) for payload in found]


def same(a: Day, b: Day) -> bool:
    metadata = a.raw.schema.equals(b.raw.schema, check_metadata=True)
    golden = a.golden.equals(b.golden) and a.golden_trades.equals(b.golden_trades)
    return bool(metadata and a.raw.equals(b.raw) and golden)


def apply(book: Book, delta: dict[str, Any]) -> None:
    for side in "ba":
        for price, size in delta[side]:
            if float(size) == 0:
                book[side].pop(price, None)
            else:
                book[side][price] = size


def top(book: Book) -> tuple[int, ...]:
    bid, ask = max(book["b"], key=float), min(book["a"], key=float)
    texts = (bid, book["b"][bid], ask, book["a"][ask])
    return tuple(round(float(text) * 1e8) for text in texts)


def stale(name: str, delta: dict[str, Any], shot: dict[str, Any]) -> bool:
    last = shot["lastUpdateId"]
    return bool(delta["u"] < last) if name == USDM else bool(delta["u"] <= last)


def start(name: str, day: Day, book: Book) -> list[Any]:
    deltas, shots = payloads(day, "depth"), payloads(day, "rest_snapshot")
    if not shots:
        return deltas
    book["b"], book["a"] = dict(shots[0]["bids"]), dict(shots[0]["asks"])
    return [delta for delta in deltas if not stale(name, delta, shots[0])]


def agreement(name: str, day: Day, book: Book) -> tuple[int, int]:
    ids = np.array(day.golden["update_id"].to_pylist())
    names = ["bid_price_e8", "bid_qty_e8", "ask_price_e8", "ask_qty_e8"]
    quotes = list(zip(*(day.golden[column].to_pylist() for column in names), strict=True))
    compared = equal = 0
    for delta in start(name, day, book):
        apply(book, delta)
        at = int(np.searchsorted(ids, delta["u"], side="right")) - 1
        compared += at >= 0
        equal += at >= 0 and quotes[at] == top(book)
    return compared, equal


@BOTH
def test_a_plain_rebuild_agrees_with_golden_everywhere_also_by_carry(name: str) -> None:
    book: Book = {"b": {}, "a": {}}
    for day in days(name):
        live = len(start(name, day, {"b": {}, "a": {}}))
        compared, equal = agreement(name, day, book)
        assert compared == live == equal
        assert min(len(book["b"]), len(book["a"])) > 150


@BOTH
def test_the_same_seed_gives_the_same_days_and_another_does_not(name: str) -> None:
    again = list(simulate(name, DATES[:2], seed=11, messages_per_day=3_000))
    other = list(simulate(name, DATES[:2], seed=12, messages_per_day=3_000))
    assert all(same(a, b) for a, b in zip(again, days(name), strict=False))
    assert not any(same(a, b) for a, b in zip(other, again, strict=True))


def test_every_instrument_is_its_own() -> None:
    names = [f"sim-{market}-s{k}" for market in ("usdm", "spot") for k in range(3)]
    first = [next(simulate(n, DATES, seed=1, messages_per_day=500)) for n in names]
    assert [day.instrument for day in first] == names
    assert len({day.golden["bid_price_e8"][0].as_py() for day in first}) == len(names)


@BOTH
def test_ids_go_on_over_midnight(name: str) -> None:
    deltas = [delta for day in days(name) for delta in payloads(day, "depth")]
    for before, after in pairwise(deltas):
        assert before["U"] <= before["u"] < after["U"]
        assert after["pu"] == before["u"] if name == USDM else after["U"] == before["u"] + 1
    trades = [trade["t"] for day in days(name) for trade in payloads(day, "trade")]
    assert trades == list(range(trades[0], trades[0] + len(trades)))


@BOTH
def test_the_golden_trades_are_what_the_exchange_did_and_the_raw_text_says(name: str) -> None:
    for day in days(name):
        rows, texts = day.golden_trades.to_pylist(), payloads(day, "trade")
        assert len(rows) == len(texts) > 50
        for row, text in zip(rows, texts, strict=True):
            assert (row["trade_id"], row["buyer_is_maker"]) == (text["t"], text["m"])
            assert (row["event_ms"], row["trade_ms"]) == (text["E"], text["T"])
            assert row["price_e8"] == round(float(text["p"]) * 1e8)
            assert row["qty_e8"] == round(float(text["q"]) * 1e8)
            assert row["exec_type"] == text.get("X")
        assert day.golden_trades.schema.metadata == day.golden.schema.metadata


@BOTH
def test_the_snapshot_comes_late(name: str) -> None:
    with_one = [day for day in days(name) if payloads(day, "rest_snapshot")]
    assert [day.date for day in days(name) if day not in with_one] == [DATES[6]]
    for day in with_one:
        shot, streams = payloads(day, "rest_snapshot")[0], day.raw["stream"].to_pylist()
        early = streams[: streams.index("rest_snapshot")].count("depth")
        buffered = payloads(day, "depth")[:early]
        dropped = sum(stale(name, delta, shot) for delta in buffered)
        straddling = buffered[dropped]
        assert 2 <= dropped < early - 1
        assert straddling["U"] <= shot["lastUpdateId"] < straddling["u"]


def test_the_caller_may_say_which_days_have_no_snapshot() -> None:
    bare = {DATES[1], DATES[2]}
    made = simulate(SPOT, DATES[:4], seed=1, messages_per_day=500, without_snapshot=bare)
    assert [not payloads(day, "rest_snapshot") for day in made] == [False, True, True, False]


@BOTH
def test_the_tables_look_like_a_capture(name: str) -> None:
    day = days(name)[0]
    assert day.raw.schema.names == ["line", "recv_ts_ns", "stream", "payload"]
    assert day.raw.schema.field("stream").type == pa.dictionary(pa.int32(), pa.string())
    assert day.raw.schema.metadata[b"file_date"] == b"20240101"
    assert day.raw["line"].to_pylist() == list(range(1, day.raw.num_rows + 1))
    for table in (day.raw, day.golden, day.golden_trades):
        assert np.all(np.diff(table["recv_ts_ns"].to_numpy()) >= 0)
    depth = ["e", "E", "T", "s", "U", "u", "pu", "b", "a"]
    trade = ["e", "E", "T", "s", "t", "p", "q", "X", "m"]
    if name == SPOT:
        depth, trade = ["e", "E", "s", "U", "u", "b", "a"], ["e", "E", *trade[3:7], "T", "m", "M"]
    assert list(payloads(day, "depth")[0]) == depth
    assert list(payloads(day, "trade")[0]) == trade
    decimals = {len(t[key].split(".")[1]) for t in payloads(day, "trade") for key in "pq"}
    assert decimals == ({2, 3} if name == USDM else {8})


@BOTH
def test_the_receive_clock_is_behind_and_stays_in_the_day(name: str) -> None:
    for day in days(name):
        behind = np.array([d["E"] for d in payloads(day, "depth")]) * 1_000_000
        kinds = np.array(day.raw["stream"].to_pylist())
        late = day.raw["recv_ts_ns"].to_numpy()[kinds == "depth"] - behind
        assert late.min() >= -1_271_000_000
        assert late.max() < -1_200_000_000
        for table in (day.raw, corrected(day.raw), day.golden, day.golden_trades):
            times = table["recv_ts_ns"].to_numpy() // (86_400 * 10**9)
            assert set(times) == {(day.date - dt.date(1970, 1, 1)).days}


@BOTH
def test_quotes_begin_before_the_first_delta_and_change_every_time(name: str) -> None:
    for day in days(name):
        assert day.golden["update_id"][0].as_py() < payloads(day, "depth")[0]["U"]
        tops = np.stack([day.golden[k].to_numpy() for k in day.golden.schema.names[5:]])
        assert np.all(np.any(np.diff(tops) != 0, axis=0))
        spread = tops[2] - tops[0]
        ticks = spread // (10_000_000 if name == USDM else 1_000_000)
        assert spread.min() > 0
        assert np.mean(ticks <= 3) > 0.7


def sign_acf(trades: list[Any], lag: int) -> float:
    signs = np.array([-1.0 if trade["m"] else 1.0 for trade in trades])
    signs -= signs.mean()
    return float(np.mean(signs[lag:] * signs[:-lag]) / signs.var())


@BOTH
def test_signs_persist_and_sizes_have_tails(name: str) -> None:
    trades = [trade for day in days(name) for trade in payloads(day, "trade")]
    assert sign_acf(trades, 1) > 0.5
    assert sign_acf(trades, 10) > 0.2
    sizes = np.array([float(trade["q"]) for trade in trades])
    assert sizes.min() > 0
    assert np.quantile(sizes, 0.99) > 8 * np.quantile(sizes, 0.5)
    assert np.mean((sizes - sizes.mean()) ** 4) / sizes.var() ** 2 > 20


@BOTH
def test_the_day_is_busy_at_its_ends_and_every_day_is_different(name: str) -> None:
    hours = np.concatenate(
        [day.raw["recv_ts_ns"].to_numpy() % (86_400 * 10**9) for day in days(name)]
    )
    share = np.histogram(hours / 3.6e12, bins=[0, 6, 18, 24])[0] / len(hours)
    assert share[0] > 1.2 * share[1] / 2
    assert share[2] > 1.2 * share[1] / 2
    counts = np.array([day.raw.num_rows for day in days(name)])
    assert 0.02 < counts.std() / counts.mean() < 0.3
    assert 0.6 < counts.mean() / 3_000 < 1.4
    gaps = np.diff(days(name)[0].raw["recv_ts_ns"].to_numpy())
    assert gaps.std() > 3 * gaps.mean()


def test_files_are_named_like_captures_and_hold_the_same_bytes(tmp_path: Any) -> None:
    heard: list[str] = []
    paths = write(tmp_path / "a", days(USDM)[:1], lambda *step, **_: heard.append(str(step[3])))
    again = write(tmp_path / "b", days(USDM)[:1])
    assert [path.name for path in paths] == [
        "usdm_btcusdt_20240101_raw.parquet",
        "usdm_btcusdt_20240101_golden_bbo.parquet",
        "usdm_btcusdt_20240101_trades.parquet",
    ]
    assert heard == ["usdm_btcusdt_20240101"]
    assert [p.read_bytes() for p in paths] == [p.read_bytes() for p in again]
    read = pq.read_table(paths[0])
    assert read.equals(days(USDM)[0].raw)
    assert read.schema.metadata[b"venue"] == b"sim"
    assert len(list((tmp_path / "a").iterdir())) == 3


def test_a_folder_that_is_a_file_is_told(tmp_path: Any) -> None:
    (tmp_path / "f").write_text("x")
    with pytest.raises(LakeUnusable, match="cannot write"):
        write(tmp_path / "f", days(USDM)[:1])


@pytest.mark.parametrize(
    ("name", "dates", "seed", "messages", "said"),
    [
        ("usdm-btcusdt", DATES, 1, 500, "sim-usdm-<symbol>"),
        (USDM, DATES[::-1], 1, 500, "in order"),
        (USDM, DATES, -1, 500, "negative"),
        (USDM, DATES, 1, 10, "below 500"),
        (USDM, [dt.date(1969, 12, 31)], 1, 500, "date 1969-12-31: int64"),
        (USDM, [*DATES, dt.date(2262, 4, 11)], 1, 500, "date 2262-04-11: int64"),
    ],
)
def test_bad_requests_are_told_at_once(
    name: str, dates: list[dt.date], seed: int, messages: int, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        simulate(name, dates, seed=seed, messages_per_day=messages)


def test_no_dates_give_no_days() -> None:
    assert list(simulate(USDM, [], seed=1, messages_per_day=500)) == []


def test_a_corrected_restatement_differs_only_in_its_clock() -> None:
    raw = days(SPOT)[0].raw
    mended = corrected(raw)
    shift = mended["recv_ts_ns"].to_numpy() - raw["recv_ts_ns"].to_numpy()
    assert set(shift) == {1_270_000_000}
    assert mended.drop_columns("recv_ts_ns").equals(raw.drop_columns("recv_ts_ns"))
    assert mended.schema.equals(raw.schema, check_metadata=True)
