"""The contract's bench: states by SQL and by the engine agree, and a lie is told."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import contract_day
from benchmarks.bench_contract import measured
from benchmarks.ceiling import compared
from benchmarks.contract_again import AGAIN, Again
from benchmarks.contract_day import Day, one_thread
from benchmarks.contract_queries import query_of
from benchmarks.contract_sql import Sql
from benchmarks.judged_days import shipped
from karat.lake.append import append
from karat.lake.layout import MAIN, dataset_path
from karat.states import EffectiveRows, NGramSketch
from karat.store import DiskStore


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(contract_day, "ROW_GROUP", 900)
        yield Day.write(tmp_path_factory.mktemp("day"), messages=1_000)


def test_sql_and_states_tell_the_same(day: Day) -> None:
    sql = Sql(day)
    sql.same(sql.day.measured())
    assert len(sql.queries) > 25
    untold = {type(one.statistic) for one in day.asked if query_of(one) is None}
    assert untold >= {NGramSketch}
    assert EffectiveRows not in {type(one.statistic) for one in sql.day.asked}


def broken(table: pa.Table, row: int) -> pa.Table:
    """Return rows of which one has another price and size, side and time."""
    columns = {}
    for name in table.column_names:
        values = table[name].to_pylist()
        if name in ("price_ticks", "size_lots", "best_bid_ticks", "receive_time_ns", "sequence"):
            values[row] = (values[row] or 0) + 3
        columns[name] = pa.array(values, table.schema.field(name).type)
    return pa.table(columns)


def test_every_change_of_rows_is_seen_by_both(day: Day, tmp_path: Path) -> None:
    path, table = tmp_path / "broken.parquet", pq.read_table(day.path)
    for row in (1, 500, table.num_rows - 1):
        pq.write_table(broken(table, row), path, row_group_size=700)
        other = replace(day, path=path)
        sql = Sql(other)
        states = sql.day.measured()
        sql.same(states)
        assert states != Sql(day).day.measured()
        with pytest.raises(RuntimeError, match=r"ours .*, DuckDB"):
            Sql(day).same(states)


def test_what_is_asked_again_is_found_and_not_read(day: Day, tmp_path: Path) -> None:
    again = Again(day, tmp_path)
    assert again.states() == day.measured()
    again.store = DiskStore(tmp_path / "nothing kept")
    with pytest.raises(RuntimeError, match="bytes were read of a file whose states are known"):
        again.states()


def test_validated_again_it_says_the_same_unless_the_day_is_another(
    day: Day, tmp_path: Path
) -> None:
    again = Again(day, tmp_path)
    assert again.verdict().root == again.anew().root == again.first.root
    assert again.first.bytes_read > 0
    assert again.first.merged.keys() == day.golden.usable(shipped()).keys()
    other = tmp_path / "other.parquet"
    pq.write_table(pq.read_table(day.path).slice(1), other)
    path = dataset_path(shipped().dataset, AGAIN.instrument, AGAIN.date)
    append(again.lake, MAIN, {path: other}, message="Put another")
    for asked in (again.verdict, again.anew):
        with pytest.raises(RuntimeError, match="validated again it is"):
            asked()


def test_row_groups_and_threads_change_nothing(day: Day) -> None:
    names, states = day.proved()
    assert len(names) == len(day.groups) > 2
    assert states == day.measured()
    with ThreadPoolExecutor(2) as pool:
        assert day.threaded(pool) == (names, states)
        assert day.threaded(pool, threads=1) == (names, states)
    assert day.read().column_names == day.columns


def test_what_processes_give_is_all_that_they_do_in_the_time_of_one() -> None:
    """Of three, one is as fast as alone, one half and one a quarter as fast."""
    first = [(1.0, 1.0), (1.0, 1.0), (9.0, 9.0)]
    others = [[(0.0, 2.0)] * 3, [(0.0, 4.0)] * 3]
    assert compared([first, *others]) == (1.75, 1.0, 2.0)


def test_the_columns_are_those_that_allow_most(day: Day) -> None:
    few = day.fewer(8)
    assert len(few.columns) <= 8
    assert len(few.asked) >= 20
    assert all(set(one.reads()) <= set(few.columns) for one in few.asked)


def test_the_table_names_what_is_in_it(day: Day) -> None:
    before = pa.cpu_count(), pa.io_thread_count()
    with one_thread():
        assert (pa.cpu_count(), pa.io_thread_count()) == (1, 1)
        rows = list(measured(day, runs=1))
    assert (pa.cpu_count(), pa.io_thread_count()) == before
    assert rows[0].what.startswith(f"{len(day.asked)} statistics of {len(day.columns)} columns")
    beside = [row.what for row in rows if not row.goal]
    told = ("anew", "decoded", "reading alone", "two processes at once")
    assert all(any(word in what for word in told) for what in beside), beside
    assert "CPU-seconds" in rows[1].what
