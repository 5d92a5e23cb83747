"""The rules every store keeps, as cases for pytest.

Have a fixture ``store`` that gives a new, empty store, and let pytest collect a subclass.
"""
# ruff: noqa: S101, D102 - asserts are the point, and a case's name is its sentence

from __future__ import annotations

import pytest

from karat.errors import InputError
from karat.store import Store

KEY = "0f" * 32
BAD_KEYS = ("", ".", "..", "../x", "a/b", "a\\b", "A", "é", "-x", "a\n", "a b", "x" * 201)


class StoreContract:
    """All rules and errors of `Store`."""

    def test_missing_is_none(self, store: Store) -> None:
        assert store.get(KEY) is None

    @pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 5000])
    def test_what_was_put_comes_back(self, store: Store, data: bytes) -> None:
        store.put(KEY, data)
        assert store.get(KEY) == data

    def test_last_put_counts(self, store: Store) -> None:
        store.put(KEY, b"longer")
        store.put(KEY, b"1")
        assert store.get(KEY) == b"1"

    def test_keys_do_not_mix(self, store: Store) -> None:
        keys = [KEY, KEY[:-1], KEY[:2], KEY[:1], "tmp", "state.ks-1_x"]
        for key in keys:
            store.put(key, key.encode())
        assert [store.get(key) for key in keys] == [key.encode() for key in keys]

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_bad_key_is_refused(self, store: Store, key: str) -> None:
        with pytest.raises(InputError):
            store.get(key)
        with pytest.raises(InputError):
            store.put(key, b"")
