"""Which chunk is wrong is told by the states that are kept, not by the rows."""

from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from karat import open_lake
from karat.compute import Reading, chunk_states, partition_content, states_of
from karat.contracts import Measure, load_contract, measures
from karat.store import MemoryStore
from tests.unit.chunked_days import FINE, PATH, day, put

CONTRACT = load_contract(Path(__file__).parents[2] / "contracts" / "book_events.yaml")


def asked(family: str, at: int) -> Measure:
    return [one for one in measures(CONTRACT) if one.family == family][at]


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32), at=st.integers(0, 5), groups=st.lists(st.integers(0, 300)))
def test_chunks_have_the_states_of_their_rows(seed: int, at: int, groups: list[int]) -> None:
    lake, table, store = open_lake("memory:"), day(seed), MemoryStore()
    reading, one = put(lake, table, groups), asked("invariants", at)
    content = partition_content(reading, store)
    states_of([one], content, reading, store)
    again = Reading(lake, reading.commit, PATH, FINE)
    found = list(chunk_states(one, content, again, store))
    assert again.bytes_read == 0
    assert content.chunks
    assert [f.first for f in found] + [300] == content.chunks.borders().tolist()
    times = table["receive_time_ns"].to_pylist()
    for part in found:
        assert part.state == one.observe(table[part.first : part.stop])
        assert part.begin_ns <= max(times[: part.first + 1]) < part.begin_ns + 10**10


def test_without_kept_states_rows_are_read() -> None:
    lake, table, store = open_lake("memory:"), day(3), MemoryStore()
    reading, one = put(lake, table, [100]), asked("sequence", 0)
    content = partition_content(reading, store)
    read = reading.bytes_read
    found = [part.state for part in chunk_states(one, content, reading, store)]
    assert reading.bytes_read > read
    assert found == [part.state for part in chunk_states(one, content, reading, store)]


def test_one_chunk_tells_nothing() -> None:
    lake, store = open_lake("memory:"), MemoryStore()
    reading = put(lake, day(1, 40))
    content = partition_content(reading, store)
    assert list(chunk_states(asked("sequence", 0), content, reading, store)) == []


def test_a_chunk_at_the_first_of_all_times_begins_before_it() -> None:
    table = day(4)
    ends = [-(2**63)] * 100 + [-1] * 100 + [2**63 - 1] * 100
    at = table.schema.get_field_index("receive_time_ns")
    table = table.set_column(at, table.schema.field(at), pa.array(ends))
    store, reading = MemoryStore(), put(open_lake("memory:"), table)
    one, content = asked("invariants", 0), partition_content(reading, store)
    found = list(chunk_states(one, content, reading, store))
    assert len({part.begin_ns for part in found}) == 3
    for part in found:
        assert part.begin_ns <= ends[part.first] < part.begin_ns + 10**10
