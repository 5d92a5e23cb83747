"""Stores under hypothesis, and a disk that is in the way."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.errors import UnavailableError
from karat.store import DiskStore, MemoryStore

KEY = "ab" * 32
KEYS = st.from_regex(r"\A[0-9a-z_][-.0-9a-z_]{0,5}\Z")
PUTS = st.lists(st.tuples(KEYS, st.binary(max_size=40)), max_size=12)


@settings(max_examples=40)
@given(puts=PUTS)
def test_both_stores_hold_what_a_dictionary_holds(
    tmp_path_factory: pytest.TempPathFactory, puts: list[tuple[str, bytes]]
) -> None:
    root, memory = tmp_path_factory.mktemp("store"), MemoryStore()
    disk = DiskStore(root)
    for key, data in puts:
        disk.put(key, data)
        memory.put(key, data)
    for key, data in dict(puts).items():
        assert disk.get(key) == memory.get(key) == DiskStore(root).get(key) == data
    assert disk.corrupt == 0


@pytest.mark.parametrize("data", [bytearray(b"abc"), memoryview(b"abc")])
def test_bytes_in_another_dress_come_back_as_bytes(tmp_path: Path, data: bytes) -> None:
    for store in (DiskStore(tmp_path), MemoryStore()):
        store.put(KEY, data)
        assert store.get(KEY) == b"abc"


@pytest.mark.parametrize("key", ["a" * 200, "a.", "a..b", "_", "0", "con", "tmp"])
def test_odd_keys_are_files_of_their_own(tmp_path: Path, key: str) -> None:
    store = DiskStore(tmp_path)
    store.put(key, b"1")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [key]
    assert store.get(key) == b"1"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_disk_that_fails_is_told_and_keeps_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    store = DiskStore(tmp_path)
    store.put(KEY, b"old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(UnavailableError, match=os.strerror(number)):
        store.put(KEY, b"new")
    monkeypatch.undo()
    assert store.get(KEY) == b"old"
    assert not list((tmp_path / "tmp").iterdir())
    store.put(KEY, b"new")
    assert store.get(KEY) == b"new"


def test_a_store_that_was_taken_away_is_told(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")
    (tmp_path / "store" / "tmp").rmdir()
    (tmp_path / "store").rmdir()
    assert store.get(KEY) is None
    with pytest.raises(UnavailableError, match="store"):
        store.put(KEY, b"1")


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    (tmp_path / f"entries-{KEY[:2]}").write_bytes(b"")
    with pytest.raises(UnavailableError, match="read"):
        store.get(KEY)
    with pytest.raises(UnavailableError, match="written"):
        store.put(KEY, b"1")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_told(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")
    (tmp_path / "store").chmod(0o500)
    (tmp_path / "store" / "tmp").chmod(0o500)
    with pytest.raises(UnavailableError, match="written"):
        store.put(KEY, b"1")
    with pytest.raises(UnavailableError, match="made"):
        DiskStore(tmp_path / "store" / "inner")
