"""Bytes that were put as they are, and are no result: counted, made again, and never an error."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.judged_days import shipped
from karat import open_lake
from karat.compute import Reading, index_file, partition_content
from karat.compute.content import table_content
from karat.compute.state_tree import states_of
from karat.contracts import measures
from karat.store import DiskStore, MemoryStore
from karat.store.care import keys_in, stats
from karat.store.understood import understood
from tests.unit.chunked_days import FINE, PATH, day, put
from tests.unit.rejudged import BASE, DAYS, Days, changed, judged_days
from tests.unit.test_chunked_partitions import encoded

Spoil = Callable[[bytes], bytes]
NONSENSE: dict[str, Spoil] = {
    "another text": lambda _: b"\xff no text",
    "nothing": lambda _: b"",
    "an empty list": lambda _: b"[]",
    "an empty map": lambda _: b"{}",
    "half": lambda data: data[: len(data) // 2],
}


def spoil(store: DiskStore, how: Spoil) -> int:
    """Put nonsense in the place of every entry, sealed as it should be; return how many."""
    keys = [key for some in keys_in(store) for key in some]
    store.put_many({key: how(data) for key, data in store.get_many(keys).items()})
    return len(keys)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Days:
    return judged_days(tmp_path_factory.mktemp("days"))


@pytest.mark.parametrize("how", NONSENSE.values(), ids=list(NONSENSE))
def test_nothing_is_decided_by_nonsense(place: Days, how: Spoil) -> None:
    before = place.judge(BASE)
    other = changed(tolerance="0.7")
    expected = place.judge(other).verdicts
    store = DiskStore(place.home / "store")
    assert spoil(store, how) > len(DAYS)
    again = place.judge(BASE, store=store)
    assert again.verdicts == before.verdicts
    assert again.merged == before.merged
    assert place.judge(other, store=store).verdicts == expected
    assert store.corrupt >= len(DAYS)
    assert stats(DiskStore(place.home / "store")).corrupt >= store.corrupt
    found, quiet = place.judge(BASE), DiskStore(place.home / "store")
    assert (found.cached, place.judge(BASE, store=quiet).cached) == (len(DAYS), len(DAYS))
    assert quiet.corrupt == 0, "what was nonsense has been made again"


@pytest.mark.parametrize("how", NONSENSE.values(), ids=list(NONSENSE))
def test_states_of_chunks_are_made_again(tmp_path: Path, how: Spoil) -> None:
    asked, table = list(measures(shipped())), day(3)
    lake, store = open_lake("memory:"), DiskStore(tmp_path / "store")
    first = put(lake, table, [50, 110, 200])
    with lake.open(first.commit, PATH) as stream:
        (tmp_path / "day.parquet").write_bytes(stream.read())
    content = index_file(tmp_path / "day.parquet", store, FINE)
    good = encoded(asked, states_of(asked, content, first, store))
    spoil(store, how)
    again = Reading(lake, first.commit, PATH, FINE)
    assert partition_content(again, store) == content == table_content(table, FINE)
    assert encoded(asked, states_of(asked, content, again, store)) == good
    assert index_file(tmp_path / "day.parquet", store, FINE) == content
    assert store.corrupt > 0


def test_what_cannot_be_understood_is_let_go_of() -> None:
    store = MemoryStore()
    store.put_many({"a": b"1", "b": b"x", "c": b"3"})
    assert understood(store, ["a", "b", "d"], int) == {"a": 1}
    assert store.get_many("abcd") == {"a": b"1", "c": b"3"}
