"""Tiers: the fast ask the slow once, keep what they get, and none keeps anyone from the others."""

import pickle
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.store import DiskStore, MemoryStore, Tiered
from karat.store.database import NAME
from tests.unit.test_disk_store import tamper

KEYS = st.sampled_from(["a", "b", "c", "d", "e"])
STEPS = st.lists(
    st.tuples(st.just("put"), KEYS, st.binary(max_size=20))
    | st.tuples(st.just("get"), st.sets(KEYS), st.just(b""))
    | st.tuples(st.just("open"), KEYS, st.just(b"")),
    max_size=20,
)


class Asked:
    """A source that writes down what it was asked for."""

    def __init__(self, **held: bytes) -> None:
        self.held, self.asked = held, list[str]()

    def get_many(self, keys: Collection[str]) -> dict[str, bytes]:
        self.asked += sorted(keys)
        return {key: self.held[key] for key in keys if key in self.held}


@settings(max_examples=40)
@given(steps=STEPS, memory=st.integers(1, 60))
def test_tiers_hold_what_a_dictionary_holds(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, bytes]], memory: int
) -> None:
    root, beyond = tmp_path_factory.mktemp("store"), Asked(d=b"far", e=b"away")
    oracle, store = dict(beyond.held), Tiered(DiskStore(root), beyond, memory_bytes=memory)
    for what, on, data in steps:
        if what == "put":
            store.put(on, data)
            oracle[on] = data
        elif what == "get":
            assert store.get_many(on) == {key: oracle[key] for key in on if key in oracle}
        else:
            store = Tiered(DiskStore(root), beyond, memory_bytes=memory)
            assert store.get(on) == oracle.get(on)


def test_what_lies_beyond_is_asked_once_and_kept(tmp_path: Path) -> None:
    beyond = Asked(a=b"1", b=b"2")
    store = Tiered(DiskStore(tmp_path), beyond)
    store.put("b", b"own")
    for _ in range(3):
        assert store.get_many(["a", "b"]) == {"a": b"1", "b": b"own"}
    assert Tiered(DiskStore(tmp_path), beyond).get("a") == b"1"
    assert beyond.asked == ["a"]
    assert store.get("c") is None
    store.put("c", b"3")
    assert beyond.held.keys() == {"a", "b"}, "nothing is put beyond"


def test_memory_answers_without_the_disk(tmp_path: Path) -> None:
    store = Tiered(DiskStore(tmp_path))
    store.put("a", b"1")
    tamper(tmp_path, "UPDATE contents SET data = x'00'")
    assert (store.get("a"), store.corrupt) == (b"1", 0)
    assert (Tiered(store.disk).get("a"), store.corrupt) == (None, 1)


def test_what_is_corrupt_here_is_fetched_from_beyond(tmp_path: Path) -> None:
    Tiered(DiskStore(tmp_path), Asked(a=b"1")).get("a")
    tamper(tmp_path, "UPDATE contents SET data = x'00'")
    store = Tiered(DiskStore(tmp_path), Asked(a=b"1"))
    assert (store.get("a"), store.corrupt) == (b"1", 1)
    assert DiskStore(tmp_path).get("a") == b"1", "and stands on disk again"


def test_a_disk_that_is_full_keeps_nobody_from_reading(tmp_path: Path) -> None:
    store = Tiered(DiskStore(tmp_path), Asked(a=bytes(100_000)), memory_bytes=1)
    pages = store.disk.database.read(lambda at: at.execute("PRAGMA page_count").fetchone()[0])
    store.disk.database.read(lambda at: at.execute(f"PRAGMA max_page_count = {pages}").fetchone())
    assert store.get("a") == bytes(100_000)
    assert store.disk.get("a") is None


def test_another_process_begins_with_an_empty_memory(tmp_path: Path) -> None:
    store = Tiered(DiskStore(tmp_path, limit_bytes=10**6), memory_bytes=77)
    store.put("a", b"1")
    with closing(sqlite3.connect(tmp_path / NAME)) as connection, connection:
        connection.execute("DELETE FROM entries")
    sent = pickle.dumps(store)
    assert pickle.loads(sent).get("a") is None  # noqa: S301 - as a pool of processes does it
    assert pickle.loads(sent).disk.limit_bytes == 10**6  # noqa: S301
    memory = MemoryStore(2)
    memory.put("a", b"1")
    again = pickle.loads(pickle.dumps(memory))  # noqa: S301
    assert again.get("a") is None
    again.put_many({"a": b"1", "b": b"2", "c": b"3"})
    assert again.get_many("abc") == {"b": b"2", "c": b"3"}
