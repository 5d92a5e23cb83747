"""Reading from a lake, states and their names, and several partitions at once."""

import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat.compute import (
    Reading,
    Serial,
    Threads,
    partition_content,
    state_of,
    table_content,
)
from karat.contracts import Condition, Measure, load_contract, measures
from karat.errors import CorruptError, InputError, ObjectNotFound
from karat.lake import Lake, open_lake
from karat.lake.append import append
from karat.lake.layout import MAIN
from karat.states import Invariant
from karat.store import MemoryStore

PATH = "book_events/sim-spot-a/2024-01-01.parquet"
TABLE = pa.table(
    {
        "a": pa.array([3, 1, 2, None], pa.int64()),
        "b": pa.array([1, 2, 3, 4], pa.int8()),
        "c": pa.array(["x", "yz", None, ""]),
    }
)


@pytest.fixture
def lake() -> Lake:
    return open_lake("memory:")


Put = Callable[..., Reading]


@pytest.fixture
def put(lake: Lake) -> Put:
    """Return a function that commits a table and opens it."""

    def write(table: pa.Table | bytes, **options: Any) -> Reading:
        sink = io.BytesIO()
        if isinstance(table, bytes):
            sink.write(table)
        else:
            pq.write_table(table, sink, **options)
        head = append(lake, MAIN, {PATH: sink.getvalue()}, message="Put")
        return Reading(lake, head, PATH)

    return write


def test_columns_are_read_once_and_counted(put: Put) -> None:
    reading = put(TABLE)
    with pq.ParquetFile(reading.lake.local_path(reading.commit, PATH)) as file:
        group = file.metadata.row_group(0)
        sizes = [group.column(at).total_compressed_size for at in range(3)]
    assert reading.bytes_read == 0
    assert reading.table(["b"]).equals(TABLE.select(["b"]))
    assert reading.table(["b"]).num_rows == 4
    assert reading.bytes_read == sizes[1]
    assert reading.table(["c", "b"]).equals(TABLE.select(["c", "b"]))
    assert reading.bytes_read == sizes[1] + sizes[2]
    assert reading.table().equals(TABLE)
    assert reading.table().equals(TABLE)
    assert reading.bytes_read == sum(sizes)
    reading.forget()
    assert reading.table(["a"]).equals(TABLE.select(["a"]))
    assert reading.bytes_read == sum(sizes) + sizes[0]


def test_what_was_read_first_is_not_in_the_content(put: Put) -> None:
    reading = put(TABLE)
    reading.table(["c"])
    assert partition_content(reading, MemoryStore()) == table_content(TABLE)


def test_bad_files_are_named(put: Put, lake: Lake) -> None:
    with pytest.raises(InputError, match=f"{PATH}: column 'z' is missing; have a, b, c"):
        put(TABLE).table(["a", "z"])
    with pytest.raises(InputError, match="not a readable Parquet file"):
        put(b"PAR1 no parquet PAR1").table()
    twice = pa.Table.from_arrays([TABLE["a"], TABLE["b"]], names=["a", "a"])
    with pytest.raises(InputError, match="'a' is there 2 times"):
        put(twice).table()
    with pytest.raises(ObjectNotFound):
        _ = Reading(lake, lake.head(MAIN), "book_events/none.parquet").digest


def test_corrupt_bytes_are_not_read(tmp_path: Path) -> None:
    lake = open_lake(f"file://{tmp_path}")
    pq.write_table(TABLE, tmp_path / "table")
    head = append(lake, MAIN, {PATH: tmp_path / "table"}, message="Put")
    path = lake.local_path(head, PATH)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"yz", b"zy"))
    with pytest.raises(CorruptError):
        Reading(lake, head, PATH).table(["b"])


def test_another_encoding_is_read_once_and_makes_no_state(put: Put) -> None:
    store = MemoryStore()
    measure = Measure("invariants", "positive", Invariant(">"), ("a", 0, "b"))
    first = put(TABLE)
    content = partition_content(first, store)
    state = state_of(measure, content, first, store)
    kept = set(store._results)
    again = put(TABLE, compression="gzip", row_group_size=1, use_dictionary=False)
    assert again.digest != first.digest
    other = partition_content(again, store)
    assert other == content
    assert state_of(measure, other, Reading(again.lake, again.commit, PATH), store) == state
    assert len(set(store._results) - kept) == 1  # the columns of these bytes
    third = Reading(again.lake, again.commit, PATH)
    assert partition_content(third, store) == content
    assert third.bytes_read == 0


def test_a_broken_state_is_made_again(put: Put) -> None:
    store, reading = MemoryStore(), put(TABLE)
    measure = Measure("invariants", "positive", Invariant(">"), ("a", 2, "b"))
    content = partition_content(reading, store)
    state = state_of(measure, content, reading, store)
    name = measure.state_key(content.columns)
    store.put(name, b"no state")
    assert state_of(measure, content, reading, store) == state == measure.observe(TABLE)
    assert measure.statistic.decode(store.get(name) or b"") == state


COLUMNS = {name: f"{at:064x}" for at, name in enumerate(load_contract(
    Path(__file__).parents[2] / "contracts" / "book_events.yaml").columns)}  # fmt: skip


def all_measures() -> list[Measure]:
    contract = load_contract(Path(__file__).parents[2] / "contracts" / "book_events.yaml")
    return measures(contract)


def test_a_state_is_named_by_the_columns_it_reads() -> None:
    assert len(all_measures()) == len(HELD_STATES)
    for measure in all_measures():
        key = measure.state_key(COLUMNS)
        for name in COLUMNS:
            changed = measure.state_key(COLUMNS | {name: "f" * 64})
            assert (changed != key) == (name in measure.reads()), (measure.name, name)


def test_each_part_of_a_measure_is_in_the_name_of_its_state() -> None:
    has, other = (Condition.model_validate({"column": "a", "has": bit}) for bit in (1, 2))
    stat, columns = Invariant("<"), {"a": "0", "b": "1"}
    built = [
        Measure("invariants", "x", stat, ("a", "b", "a")),
        Measure("invariants", "x", stat, ("b", "a", "a")),
        Measure("invariants", "x", stat, ("a", 1, "a")),
        Measure("invariants", "x", stat, ("a", 2, "a")),
        Measure("invariants", "x", stat, (2, "a", "a")),
        Measure("invariants", "x", stat, ("a", 1, "b")),
        Measure("invariants", "x", stat, ("b", 1, "a")),
        Measure("invariants", "x", Invariant("<="), ("a", "b", "a")),
        Measure("invariants", "x", stat, ("a", "b", "a"), (has,)),
        Measure("invariants", "x", stat, ("a", "b", "a"), (other,)),
        Measure("invariants", "x", stat, ("a", "b", "a"), (has, other)),
        Measure("invariants", "x", stat, ("a", "b", "b")),
    ]
    assert len({measure.state_key(columns) for measure in built}) == len(built)
    named = Measure("invariants", "y", stat, ("a", "b", "a"))
    assert named.state_key(columns) == built[0].state_key(columns)


def test_the_names_of_states_are_held() -> None:
    """A changed result without a new version fails here or in tests/formats."""
    assert [m.state_key(COLUMNS)[:16] for m in all_measures()] == HELD_STATES


HELD_STATES = [
    "25df0420b727c3a5",
    "9337e9e763a50e10",
    "e148e5d10a1e5b9b",
    "eaf11a30b1048ea2",
    "246b3cb12c129d15",
    "3bf621b6a63648b0",
    "12993b651781ff1f",
    "9c9c0c22b2375434",
    "4ed194a16126fa37",
    "02439accd3fd6981",
    "5a3e7461ac7e2ca9",
    "dfa945e52a4dfaf3",
    "2e93257aac86ccc8",
    "5a77b411d9f63019",
    "a975e3d49a417a03",
    "10803e672dc7bce2",
]


@pytest.mark.parametrize("compute", [Serial(), Threads(1), Threads(4)])
def test_results_come_in_order(compute: Serial | Threads) -> None:
    def slow_first(n: int) -> int:
        threading.Event().wait(0.02 / (n + 1))
        return n * n

    assert list(compute.map(slow_first, range(12))) == [n * n for n in range(12)]
    assert list(compute.map(slow_first, [])) == []


@pytest.mark.parametrize("compute", [Serial(), Threads(2)])
def test_an_error_comes_in_its_place_and_ends_the_work(compute: Serial | Threads) -> None:
    begun: list[int] = []

    def third_fails(n: int) -> int:
        begun.append(n)
        threading.Event().wait(0.005)
        if n == 2:
            raise InputError("the third")
        return n

    found: list[int] = []
    with pytest.raises(InputError, match="the third"):
        found.extend(compute.map(third_fails, range(200)))
    assert len(begun) < 200


def test_what_is_not_taken_is_not_done() -> None:
    done: list[int] = []

    def slow(n: int) -> None:
        done.append(n)
        threading.Event().wait(0.005)

    results = Threads(1).map(slow, range(200))
    next(results)
    results.close()  # type: ignore[attr-defined] # it is a generator
    assert len(done) < 200
