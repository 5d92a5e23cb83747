"""A partition of many chunks: named by its values, and only what changed is read again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat import open_lake
from karat.compute import (
    Content,
    Reading,
    Threads,
    Unread,
    file_content,
    index_file,
    partition_content,
    state_of,
    states_of,
    table_content,
    unread,
)
from karat.compute.chunk_names import ChunkNames
from karat.contracts import Measure, load_contract, measures
from karat.errors import CorruptError, InputError
from karat.golden import distance_measures, manifest_of
from karat.lake import Lake
from karat.messages.borders import Cut
from karat.store import MemoryStore
from karat.verdicts.sampled import SampledMeasure
from karat.verdicts.table_sample import TableSample
from tests.unit.chunked_days import FINE, PATH, changed, day, put

CONTRACT = load_contract(Path(__file__).parents[2] / "contracts" / "book_events.yaml")
GROUPS = st.lists(st.integers(0, 300), max_size=9)


@pytest.fixture(scope="module")
def asked() -> list[Measure]:
    """Return everything the contract measures, distances from golden days among it."""
    days = (TableSample(f"a/{n}", day(n, 2_000)) for n in range(2))
    reference, *calibration = days
    golden = manifest_of(CONTRACT, [reference], calibration)
    return [*measures(CONTRACT), *distance_measures(golden.usable(CONTRACT), CONTRACT)]


@pytest.fixture
def lake() -> Lake:
    return open_lake("memory:")


class Noting(MemoryStore):
    """Notes the keys of what is put."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: set[str] = set()

    def put_many(self, items: Mapping[str, bytes]) -> None:
        self.noted.update(items)
        super().put_many(items)


def encoded(asked: list[Measure], states: list[Any]) -> list[bytes]:
    return [one.statistic.encode(state) for one, state in zip(asked, states, strict=True)]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), groups=GROUPS, rows=st.integers(0, 300))
def test_row_groups_decide_nothing(seed: int, groups: list[int], rows: int) -> None:
    table, lake = day(seed, rows), open_lake("memory:")
    expected = table_content(table, FINE)
    store = MemoryStore()
    for cuts in (groups, []):
        reading = put(lake, table, [min(at, rows) for at in cuts])
        found = partition_content(reading, store)
        assert found == expected
        assert partition_content(Reading(lake, reading.commit, PATH, FINE), store) == expected
        chosen = ["receive_time_ns", "sequence"]
        assert partition_content(reading, store, chosen) == table_content(
            table.select(chosen), FINE
        )
    assert rows < FINE.most or expected.chunks


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32), groups=GROUPS, enough=st.integers(1, 9), threads=st.booleans())
def test_states_are_those_of_all_rows(
    asked: list[Measure], seed: int, groups: list[int], enough: int, threads: bool
) -> None:
    """Whatever the row groups and the chunks, every state has the same bytes."""
    table, store = day(seed), MemoryStore()
    reading = put(open_lake("memory:"), table, groups, Cut(60, enough, 24 * enough))
    content = partition_content(reading, store)
    found = states_of(asked, content, reading, store, Threads(2) if threads else None)
    expected = encoded(asked, [one.observe(table) for one in asked])
    assert encoded(asked, found) == expected
    read = reading.bytes_read
    assert encoded(asked, states_of(asked, content, reading, store)) == expected
    assert reading.bytes_read == read


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32), first=st.integers(0, 299), count=st.integers(1, 5))
def test_a_change_reads_the_chunks_it_is_in(
    asked: list[Measure], seed: int, first: int, count: int
) -> None:
    lake, store, table = open_lake("memory:"), MemoryStore(), day(seed)
    names = table_content(table, FINE).chunks
    assert names
    borders = names.borders().tolist()[1:-1]
    before = put(lake, table, borders)
    states_of(asked, partition_content(before, store), before, store)
    other = changed(table, first, first + count)
    after = put(lake, other, borders)
    content = partition_content(after, store)
    indexed, told = after.bytes_read, unread(asked, content, after, store)
    states = states_of(asked, content, after, store)
    assert told == Unread(told.rows, after.bytes_read - indexed, told.columns) if told else False
    assert unread(asked, content, after, store) == Unread(0, 0, ())
    fresh = put(lake, other)
    assert encoded(asked, states) == encoded(asked, [one.observe(other) for one in asked])
    assert content == partition_content(fresh, MemoryStore()) == table_content(other, FINE)
    differ = _differing(table_content(table, FINE), table_content(other, FINE))
    every = sum(group_bytes(after, at) for at in differ)
    assert indexed <= 2 * every
    assert after.bytes_read - indexed <= every
    assert (after.bytes_read > 0) == (before.digest != after.digest)


def _differing(a: Content, b: Content) -> list[int]:
    """Return the chunks whose sizes differ."""
    assert a.chunks
    assert b.chunks
    assert a.chunks.rows == b.chunks.rows
    ours, theirs = (c.chunks.names["size_lots"] for c in (a, b) if c.chunks)
    chunks = range(a.chunks.count)
    return [at for at in chunks if ours[32 * at : 32 * at + 32] != theirs[32 * at : 32 * at + 32]]


def group_bytes(reading: Reading, group: int) -> int:
    with pq.ParquetFile(reading.lake.local_path(reading.commit, PATH)) as file:
        found = file.metadata.row_group(group)
        return sum(found.column(at).total_compressed_size for at in range(found.num_columns))


def test_times_choose_the_chunks_and_nulls_the_times(lake: Lake) -> None:
    """The last column of times without a null is the one; without any, rows are counted."""
    table = day(3)
    receive = table.drop_columns(["event_time_ns"])
    whole, less = (partition_content(put(lake, t), MemoryStore()) for t in (table, receive))
    assert whole.chunks
    assert less.chunks
    assert whole.chunks.rows == less.chunks.rows
    times = pa.array(np.arange(300) * 10**9)
    gaps = table.append_column("seen_time_ns", table["event_time_ns"])
    nulls = partition_content(put(lake, gaps), MemoryStore())
    assert nulls.chunks
    assert nulls.chunks.rows == whole.chunks.rows
    own = table.append_column("own_time_ns", times)
    other = partition_content(put(lake, own, [100]), MemoryStore())
    assert other.chunks
    assert other.chunks.rows != whole.chunks.rows
    bare = table.drop_columns(["event_time_ns", "receive_time_ns"])
    counted = partition_content(put(lake, bare, [7]), MemoryStore())
    assert counted.chunks
    assert counted.chunks.borders().tolist() == [0, 96, 192, 288, 300]


def test_a_damaged_group_is_not_read(tmp_path: Path) -> None:
    """With the index known the file as a whole is not hashed: the group, and the footer, are."""
    lake, store, table = open_lake(f"file://{tmp_path}"), MemoryStore(), day(5)
    reading = put(lake, table, [150])
    content = partition_content(reading, store)
    path = lake.local_path(reading.commit, PATH)
    good = path.read_bytes()
    asked = measures(CONTRACT)
    for at in (5, len(good) // 2, len(good) - 20):
        path.chmod(0o644)
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        again = Reading(lake, reading.commit, PATH, FINE)
        with pytest.raises(CorruptError, match="does not hold the bytes of its name"):
            states_of(asked, content, again, store)
        with pytest.raises(CorruptError):
            partition_content(Reading(lake, reading.commit, PATH, FINE), MemoryStore())


def test_a_sample_is_drawn_from_all_chunks(lake: Lake, asked: list[Measure]) -> None:
    table, store = day(8), MemoryStore()
    reading = put(lake, table, [40, 41, 200])
    content = partition_content(reading, store)
    one = next(m for m in asked if m.family == "unpaired" and m.rows)
    about = (one.family, one.name, one.statistic, one.columns, one.rows, one.present)
    for size in (1, 20, 10_000):
        drawn = SampledMeasure(*about, content.digest, size)
        found = state_of(drawn, content, reading, store)
        assert drawn.statistic.encode(found) == drawn.statistic.encode(drawn.observe(table))


def test_broken_states_of_parts_are_made_again(lake: Lake, asked: list[Measure]) -> None:
    store = Noting()
    reading = put(lake, day(9), [40, 41, 200])
    content = partition_content(reading, store)
    store.noted.clear()
    expected = encoded(asked, states_of(asked, content, reading, store))
    assert len(store.noted) > 10 * len(asked)
    for broken in (list(store.noted)[::2], list(store.noted)):
        store.put_many(dict.fromkeys(broken, b"no state"))
        assert encoded(asked, states_of(asked, content, reading, store)) == expected


def test_files_of_anybody_are_named_the_same(tmp_path: Path) -> None:
    table, store = day(11), MemoryStore()
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=23)
    content = index_file(tmp_path / "a.parquet", store, FINE)
    assert content == file_content(tmp_path / "a.parquet", cut=FINE) == table_content(table, FINE)
    small = file_content(tmp_path / "a.parquet")
    assert small == table_content(table)
    assert small.chunks is None
    with pytest.raises(InputError, match=r"column 'z' is missing"):
        file_content(tmp_path / "a.parquet", columns=["z"], cut=FINE)


def test_what_put_learned_is_not_read_again(lake: Lake, tmp_path: Path) -> None:
    store, table = MemoryStore(), day(12)
    reading = put(lake, table, [100, 200])
    (tmp_path / "b.parquet").write_bytes(lake.local_path(reading.commit, PATH).read_bytes())
    content = index_file(tmp_path / "b.parquet", store, FINE)
    assert partition_content(reading, store) == content
    assert reading.bytes_read == 0


def test_the_name_of_a_stretch_is_held() -> None:
    """A changed cut or name of unchanged values would read all data anew."""
    table = day(1)
    content = table_content(table, FINE)
    assert content.chunks
    assert content.chunks.count == HELD_COUNT
    assert content.digest[:16] == HELD_CONTENT
    assert content.columns["sequence"] == content.chunks.name("sequence", 0, HELD_COUNT)
    one = content.chunks.borders().tolist()[1]
    assert content.chunks.name("kind", 0, 1) == table_content(table[:one]).columns["kind"]
    assert ChunkNames.of_plain(content.chunks.plain()) == content.chunks
    assert isinstance(content, Content)


HELD_COUNT, HELD_CONTENT = 52, "f588d53dcb292138"
