"""Every store keeps every rule."""

from collections.abc import Callable
from pathlib import Path

import pytest

from karat.store import DiskStore, MemoryStore, Store
from karat.store.testing import StoreContract

STORES: dict[str, Callable[[Path], Store]] = {
    "memory": lambda _: MemoryStore(),
    "disk": lambda folder: DiskStore(folder / "store"),
}


@pytest.fixture(params=list(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return STORES[request.param](tmp_path)


class TestStores(StoreContract):
    pass
