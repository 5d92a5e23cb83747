"""The rules every store keeps, as cases for pytest.

Have a fixture ``store`` that gives a new, empty store, and let pytest collect a subclass.
"""
# ruff: noqa: S101, D102 - asserts are the point, and a case's name is its sentence

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from karat.errors import InputError
from karat.store import Store

KEY = "0f" * 32
BAD_KEYS = ("", ".", "..", "../x", "a/b", "a\\b", "A", "é", "-x", "a\n", "a b", "x" * 201)
MANY = {f"{n:064x}": b"%d." % n * (n % 90) for n in range(1_300)}


class StoreContract:
    """All rules and errors of `Store`."""

    def test_missing_is_none(self, store: Store) -> None:
        assert store.get(KEY) is None
        assert store.get_many([KEY, "x"]) == {}

    @pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 5000])
    def test_what_was_put_comes_back(self, store: Store, data: bytes) -> None:
        store.put(KEY, data)
        assert store.get(KEY) == data

    def test_last_put_counts(self, store: Store) -> None:
        store.put(KEY, b"longer")
        store.put(KEY, b"1")
        assert store.get(KEY) == b"1"
        store.put_many({KEY: b"2", "x": b"3"})
        assert store.get_many([KEY, "x"]) == {KEY: b"2", "x": b"3"}

    def test_keys_do_not_mix(self, store: Store) -> None:
        keys = [KEY, KEY[:-1], KEY[:2], KEY[:1], "tmp", "state.ks-1_x", "con", "a.", "0"]
        for key in keys:
            store.put(key, key.encode())
        assert [store.get(key) for key in keys] == [key.encode() for key in keys]

    def test_many_are_as_one_after_the_other(self, store: Store) -> None:
        store.put_many(MANY)
        asked = [*list(MANY)[::3], KEY, "missing"]
        assert store.get_many(asked) == {key: MANY[key] for key in asked if key in MANY}
        assert store.get_many([]) == {}
        assert store.get_many([asked[0], asked[0]]) == {asked[0]: MANY[asked[0]]}
        store.put_many({})
        assert {key: store.get(key) for key in MANY} == MANY

    def test_other_dresses_of_bytes_come_back_as_bytes(self, store: Store) -> None:
        worn = bytearray(b"abc")
        dressed: dict[str, Any] = {"a": worn, "b": memoryview(b"xabcx")[1:4]}
        store.put_many(dressed)
        worn[0] = 0
        assert store.get_many(["a", "b"]) == {"a": b"abc", "b": b"abc"}
        assert type(store.get("a")) is bytes

    def test_what_was_rejected_is_gone_until_it_is_put_again(self, store: Store) -> None:
        store.put_many({KEY: b"no state", "x": b"1"})
        assert store.get(KEY) == b"no state"
        store.reject([KEY, "missing"])
        assert store.get_many([KEY, "x", "missing"]) == {"x": b"1"}
        store.reject([KEY])
        store.put(KEY, b"a state")
        assert store.get(KEY) == b"a state"

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_bad_key_is_refused(self, store: Store, key: str) -> None:
        with pytest.raises(InputError):
            store.get(key)
        with pytest.raises(InputError):
            store.get_many([KEY, key])
        with pytest.raises(InputError):
            store.put(key, b"")
        with pytest.raises(InputError):
            store.put_many({KEY: b"1", key: b""})
        with pytest.raises(InputError):
            store.reject([key])
        assert store.get(KEY) is None

    def test_threads_share_it(self, store: Store) -> None:
        def work(number: int) -> bool:
            own = {f"{number}.{n}": b"%d" % n * number for n in range(20)}
            store.put_many(own)
            store.put("shared", b"%d" % number * 1_000)
            found = store.get("shared")
            assert found is not None
            assert found == found[:1] * 1_000
            return store.get_many(own) == own

        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(work, range(1, 10)))
