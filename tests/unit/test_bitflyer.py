"""bitFlyer's executions against a table made row by row, and on the real days where they are."""

import datetime as dt
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.errors import InputError
from karat.messages.bitflyer import EXECUTIONS, bitflyer_day, hours

Told = tuple[int, int | None, str | None, int, int]
MIDNIGHT = 1_516_460_400_000  # 2018-01-21 in Japan

told = st.tuples(
    st.integers(1, 12),
    st.one_of(st.none(), st.integers(MIDNIGHT - 2000, MIDNIGHT + 9_000_000)),
    st.sampled_from(["BUY", "SELL", None]),
    st.integers(10**7, 10**15),
    st.integers(0, 10**10),
)


def write(path: Path, rows: list[tuple[int, Told]]) -> Path:
    """Write (loaded, execution) rows as a day file."""
    names = ("id", "exec_ms", "side", "price_e8", "size_e8")
    kinds = (pa.int64(), pa.int64(), pa.string(), pa.int64(), pa.int64())
    columns = zip(*(one for _, one in rows), strict=True) if rows else [()] * 5
    arrays = {n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)}
    arrays["side"] = arrays["side"].dictionary_encode()
    loaded = pa.array([at for at, _ in rows], pa.int64())
    pq.write_table(pa.table(arrays | {"loaded_ms": loaded}), path)
    return path


def by_hand(rows: list[tuple[int, Told]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    known = {one[0]: one for _, one in rows}
    first_told = next((known[n][1] for n in sorted(known) if known[n][1] is not None), None)
    price, clock = None, None
    for n in sorted(known):
        _, exec_ms, side, price_e8, size_e8 = known[n]
        polls = [at for at, one in rows if one[0] == n]
        change = None if price is None else round(float(np.float64(price_e8 - price) / price * 1e8))
        wait = None if exec_ms is None or clock is None else exec_ms - clock
        price, clock = price_e8, clock if exec_ms is None else exec_ms
        time = clock if clock is not None else first_told
        found.append(
            {
                "id": n,
                "copies": len(polls),
                "loaded_ms": min(polls),
                "exec_ms": exec_ms,
                "time_ms": min(polls) if time is None else time,
                "side": {"BUY": 1, "SELL": -1, None: None}[side],
                "price_e8": price_e8,
                "size_e8": size_e8,
                "return_e8": change,
                "abs_return_e8": None if change is None else abs(change),
                "wait_ms": wait,
            }
        )
    return found


@given(st.lists(told, max_size=12, unique_by=lambda one: one[0]), st.data())
def test_a_day_is_that_made_row_by_row(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Told], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(rows), max_size=4)) if rows else []
    polls = [(data.draw(st.integers(0, 50)), one) for one in data.draw(st.permutations(rows))]
    polls += [(data.draw(st.integers(0, 50)), one) for one in again]
    table = bitflyer_day(write(tmp_path_factory.mktemp("day") / "day.parquet", polls))
    assert table.schema == EXECUTIONS
    assert table.to_pylist() == by_hand(polls)
    parts = hours(table)
    assert sum(part.num_rows for part in parts.values()) == table.num_rows
    for name, part in parts.items():
        begin = dt.datetime.fromisoformat(f"{name}:00:00+09:00").timestamp() * 1000
        times = part["time_ms"].to_numpy()
        assert ((begin <= times) & (times < begin + 3_600_000)).all()
        assert (np.diff(part["id"].to_numpy()) > 0).all()


GOOD: Told = (5, MIDNIGHT, "BUY", 100, 7)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ((5, MIDNIGHT, "BUY", 100, 8), "id 5 is told twice with another size_e8"),
        ((5, None, "BUY", 100, 7), "id 5 is told twice with another exec_ms"),
        ((5, MIDNIGHT, None, 100, 7), "id 5 is told twice with another side"),
        ((5, MIDNIGHT, "SELL", 100, 7), "id 5 is told twice with another side"),
        ((6, MIDNIGHT, "BUY", 0, 7), "id 6: price is not positive"),
        ((6, MIDNIGHT, "BUY", 10**12, 7), "id 6: price jumps a billionfold"),
        ((6, MIDNIGHT, "BID", 100, 7), "id 6: side is neither BUY nor SELL nor blank"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, other: Told, why: str) -> None:
    path = write(tmp_path / "day.parquet", [(1, GOOD), (2, other)])
    with pytest.raises(InputError, match=f"day.parquet: {why}"):
        bitflyer_day(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "day.parquet", [(1, GOOD)])
    pq.write_table(pq.read_table(path).drop_columns(["side"]), path)
    with pytest.raises(InputError, match="column 'side' is missing"):
        bitflyer_day(path)


DAYS = {
    # rows, ids told twice, blank times, blank sides, longest silence in s: as DATA.md measured
    "20180121": (143_107, 96, 457, 4, 749),
    "20180122": (190_036, 0, 628, 25, 721),
    "20180123": (165_570, 0, 584, 49, 722),
    "20180124": (135_670, 0, 424, 64, 1_223),
    "20180125": (115_008, 47, 415, 7, 723),
    "20180126": (100_803, 0, 271, 162, 739),
    "20180127": (78_897, 0, 291, 15, 736),
}


@pytest.fixture(scope="module")
def week(captures: Path) -> dict[str, pa.Table]:
    folder = captures / "unclear_licence" / "bitflyer"
    if not folder.is_dir():
        pytest.skip(f"no bitFlyer executions: {folder} is missing")
    return {day: bitflyer_day(folder / f"executions_BTC_JPY_{day}.parquet") for day in DAYS}


@pytest.mark.e2e
@pytest.mark.parametrize("day", DAYS)
def test_the_real_days_have_the_defects_measured(week: dict[str, pa.Table], day: str) -> None:
    table, (rows, twice, timeless, sideless, silence) = week[day], DAYS[day]
    assert pc.sum(table["copies"]).as_py() == rows
    assert rows - table.num_rows == twice
    assert (table["exec_ms"].null_count, table["side"].null_count) == (timeless, sideless)
    assert table["wait_ms"].null_count == timeless + 1
    longest = np.diff(np.sort(table["exec_ms"].drop_null().to_numpy())).max()
    assert longest // 1000 == silence


@pytest.mark.e2e
def test_the_week_falls_into_about_160_hours(week: dict[str, pa.Table]) -> None:
    whole = pa.concat_tables(week.values())
    assert (np.diff(whole["id"].to_numpy()) > 0).all()
    parts = hours(whole)
    assert len(parts) == 168  # maintenance takes minutes out of an hour, never all of it
    assert sum(part.num_rows for part in parts.values()) == whole.num_rows
    assert list(parts) == sorted(parts)
    quiet = sorted(parts, key=lambda name: parts[name].num_rows)[:2]
    assert quiet == ["2018-01-24T15", "2018-01-21T04"]  # a hole of 20 min; maintenance
    assert [len(hours(day)) for day in week.values()] == [24, 25, 25, 25, 25, 25, 24]


@pytest.mark.e2e
def test_neighbouring_days_differ_as_measured(week: dict[str, pa.Table]) -> None:
    for column, low, high in (("size_e8", 0.019, 0.095), ("abs_return_e8", 0.031, 0.043)):
        sizes = [np.sort(day[column].drop_null().to_numpy()) for day in week.values()]
        gaps = []
        for one, other in pairwise(sizes):
            at = np.union1d(one, other)
            shares = [np.searchsorted(x, at, side="right") / len(x) for x in (one, other)]
            gaps.append(float(np.abs(shares[0] - shares[1]).max()))
        assert (min(gaps), max(gaps)) == pytest.approx((low, high), abs=0.0015)
