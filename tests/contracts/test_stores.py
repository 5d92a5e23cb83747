"""Every store keeps every rule."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from karat.cli.opening import open_lake
from karat.compute.lake_store import LakeStore
from karat.store import DiskStore, MemoryStore, Store, Tiered
from karat.store.testing import StoreContract


class AtOnce(LakeStore):
    """A store in a lake in which nothing waits: each put is a commit."""

    def put_many(self, items: Mapping[str, bytes]) -> None:
        super().put_many(items)
        self.flush()


class Ahead(Tiered):
    """Memory so small that the disk is asked for all that is not tiny."""

    def __init__(self, folder: Path) -> None:
        super().__init__(DiskStore(folder), LakeStore(open_lake("memory:")), memory_bytes=10)


STORES: dict[str, Callable[[Path], Store]] = {
    "memory": lambda _: MemoryStore(),
    "bounded memory": lambda _: MemoryStore(1 << 30),
    "disk": lambda folder: DiskStore(folder / "store"),
    "lake, waiting": lambda _: LakeStore(open_lake("memory:")),
    "lake, committed": lambda _: AtOnce(open_lake("memory:")),
    "tiers": lambda folder: Tiered(DiskStore(folder / "store")),
    "tiers, little memory": lambda folder: Ahead(folder / "store"),
}


@pytest.fixture(params=list(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return STORES[request.param](tmp_path)


class TestStores(StoreContract):
    pass
