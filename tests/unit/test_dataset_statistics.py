"""What columns of a dataset hold: as if all partitions were one table, whatever is read anew."""

from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.dataset import Entry, Manifest
from karat.dataset.difference import moved_statistics
from karat.dataset.statistics import SHARES, ColumnFacts, column_statistics
from karat.errors import CorruptError
from karat.lake import Lake, open_lake
from karat.lake.append import append
from karat.lake.layout import MAIN
from karat.signing import Keyring
from karat.states import Magnitudes
from karat.store import MemoryStore

ODD = {1: math.nan, 2: -math.inf, 3: math.inf, 4: -0.0, 5: 0.0}
DAY = "sim-spot-aaa/2024-01-0{}"
whole = st.integers(-(2**63), 2**63 - 1)
rows = st.lists(st.tuples(whole, st.none() | st.integers(-9, 9)), max_size=6)


def brought(lake: Lake, days: list[Any]) -> tuple[Manifest, list[pa.Table]]:
    """Return a dataset of days in a lake, and their rows."""
    tables, entries = [], []
    for at, day in enumerate(days):
        columns = {
            "a": pa.array([a for a, _ in day], pa.int64()),
            "b": pa.array([b for _, b in day], pa.int16()),
            "c": pa.array([ODD.get(b, 0.5) for _, b in day], pa.float32()),
        }
        tables.append(pa.table(columns))
        sink = BytesIO()
        pq.write_table(tables[-1], sink)
        path = f"d/{DAY.format(at)}.parquet"
        append(lake, MAIN, {path: sink.getvalue()}, message="Put")
        entries.append(Entry(DAY.format(at), path, "o", "c", "v", 9))
    commit = lake.head(MAIN)
    return Manifest("demo", "1.0.0", "d", "k", "", commit, tuple(entries)), tables


def facts(days: list[Any]) -> tuple[list[ColumnFacts], pa.Table]:
    """Return the statistics of days, and all their rows as one table."""
    lake = open_lake("memory:", keys=Keyring.in_memory())
    manifest, tables = brought(lake, days)
    found = column_statistics(lake, manifest.commit, manifest, MemoryStore())
    return found, pa.concat_tables(tables) if tables else pa.table({})


@given(st.lists(rows, min_size=1, max_size=3))
def test_they_are_those_of_one_table(days: list[Any]) -> None:
    found, table = facts(days)
    for one in found[:2]:
        values = [value for value in table[one.name].to_pylist() if value is not None]
        assert (one.count, one.nulls) == (len(values), table[one.name].null_count)
        assert (one.least, one.largest) == ((min(values), max(values)) if values else (None, None))
        if values:
            assert one.mean is not None
            assert one.mean * len(values) == sum(values)
            assert one.variance == sum((v - one.mean) ** 2 for v in values) / len(values)
    floats = table["c"].to_pylist()
    assert (found[2].count, found[2].nulls) == (len(floats), 0)
    odd = {
        "NaN": sum(map(math.isnan, floats)),
        "-inf": floats.count(-math.inf),
        "inf": floats.count(math.inf),
        "-0.0": sum(one == 0 and math.copysign(1, one) < 0 for one in floats),
    }
    finite = [one for one in floats if math.isfinite(one)]
    ends = (min(finite), max(finite)) if finite else (None, None)
    assert (found[2].least, found[2].largest) == ends
    assert found[2].mean is None
    assert found[2].plain()["odd"] == {name: count for name, count in odd.items() if count}


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=60), st.integers(1, 3))
def test_quantiles_are_those_of_the_rows_nearly(values: list[float], parts: int) -> None:
    state = Magnitudes().empty()
    for n in range(parts):
        state = Magnitudes().merge(state, Magnitudes().observe(np.array(values[n::parts])))
    ordered = sorted(values)
    assert state.ends == (ordered[0], ordered[-1])
    for share in SHARES.values():
        wanted = ordered[max(math.ceil(share * len(values)), 1) - 1]
        found = Magnitudes().quantile(state, share)
        assert found is not None
        assert found[0] <= wanted <= found[1]
        assert found[1] - found[0] <= max(abs(wanted) / 127, 1e-300)


def test_what_whole_numbers_and_times_show() -> None:
    lake = open_lake("memory:", keys=Keyring.in_memory())
    table = pa.table(
        {
            "small": pa.array([*range(100), 100], pa.int64()),
            "time_ns": pa.array([1_700_000_000_000_000_000 + n for n in range(101)], pa.int64()),
            "share": pa.array([n / 100 for n in range(101)], pa.float64()),
            "same": pa.array([123.456] * 101, pa.float64()),
        }
    )
    sink = BytesIO()
    pq.write_table(table, sink)
    path = f"d/{DAY.format(1)}.parquet"
    append(lake, MAIN, {path: sink.getvalue()}, message="Put")
    commit, entry = lake.head(MAIN), Entry(DAY.format(1), path, "o", "c", "v", 9)
    manifest = Manifest("demo", "1.0.0", "d", "k", "", commit, (entry,))
    small, time_ns, share, same = column_statistics(lake, commit, manifest, MemoryStore())
    assert small.quantiles == {"q05": 5, "median": 50, "q95": 95}
    assert time_ns.quantiles == {}, "all of a day's times are one cell"
    assert time_ns.largest == 1_700_000_000_000_000_100
    assert share.quantiles == pytest.approx({"q05": 0.05, "median": 0.5, "q95": 0.95}, rel=0.004)
    assert same.quantiles == pytest.approx(dict.fromkeys(SHARES, 123.456))


def test_what_was_looked_at_is_not_looked_at_again(tmp_path: Path) -> None:
    lake, store = open_lake(tmp_path / "lake", keys=Keyring.in_memory()), MemoryStore()
    manifest, _ = brought(lake, [[(1, 2)], [(5, None)]])
    first = column_statistics(lake, manifest.commit, manifest, store)
    for entry in manifest.entries:
        lake.local_path(MAIN, entry.path).unlink()
    assert column_statistics(lake, manifest.commit, manifest, store) == first
    with pytest.raises(CorruptError):
        column_statistics(lake, manifest.commit, manifest, MemoryStore())


def test_no_partition_has_no_columns() -> None:
    assert facts([])[0] == []


def test_what_moved_is_said_of_columns_in_both() -> None:
    before, _ = facts([[(1, 2), (3, 2)]])
    after, _ = facts([[(1, 2), (4, None)]])
    assert moved_statistics(before, after) == [
        "a: largest 3 -> 4, mean 2 -> 2.5, deviation 1 -> 1.5",
        "b: values 2 -> 1, nulls 0 -> 1",
        "c: least None -> 0.5, median None -> 0.5, largest None -> 0.5, -inf 2 -> 1",
    ]
    assert moved_statistics(before, before) == []
    assert moved_statistics([], after) == []
