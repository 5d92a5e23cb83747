"""Golden cells beside a store are told of, and go by age and size as its entries do."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.judged_days import shipped
from karat.golden import manifest_of
from karat.golden.shared_cells import share
from karat.store import DiskStore
from karat.store.care import prune, stats
from karat.store.cells_beside import ABANDONED_S
from karat.telemetry import now_s
from karat.verdicts.table_sample import TableSample
from tests.unit.chunked_days import day

HOUR = 3600


def lay(root: Path, name: str, size: int, age_s: int) -> Path:
    path = root / name
    path.write_bytes(bytes(size))
    os.utime(path, (now_s() - age_s,) * 2)
    return path


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    found = DiskStore(tmp_path / "store")
    found.put("a", b"1")
    return found


def test_cells_that_were_shared_are_told_of_and_can_go(store: DiskStore) -> None:
    days = [TableSample(f"a/{n}", day(n, 500)) for n in range(2)]
    manifest = manifest_of(shipped(), days[:1], days[1:])
    share(manifest, store.database.root)
    (path,) = store.database.root.glob("golden-*.cells")
    assert stats(store).cells_bytes == path.stat().st_size > 0
    assert prune(store).cells_bytes == 0
    assert path.exists(), "without options nothing in use goes"
    gone = prune(store, to_bytes=1)
    assert (gone.cells_bytes, stats(store).cells_bytes) == (
        gone.freed_bytes - gone.left_bytes,
        0,
    ) or gone.freed_bytes > gone.cells_bytes > 0
    shared = share(manifest, store.database.root)
    assert shared.digest == manifest.digest, "they are written again from the manifest"


@pytest.mark.parametrize(("age", "left"), [(None, "abc"), (HOUR, "a"), (3 * HOUR, "ab"), (0, "")])
def test_cells_go_by_age(store: DiskStore, age: int | None, left: str) -> None:
    root = store.database.root
    files = {"a": 60, "b": 2 * HOUR, "c": 5 * HOUR}
    paths = {name: lay(root, f"golden-{name}.cells", 10, old) for name, old in files.items()}
    went = prune(store, older_than_s=age)
    assert "".join(name for name, path in paths.items() if path.exists()) == left
    assert went.cells_bytes == 10 * (3 - len(left))


def test_cells_used_longest_ago_go_first_when_there_is_no_room(store: DiskStore) -> None:
    root, size = store.database.root, 100_000
    new, old = (lay(root, f"golden-{age}.cells", size, age) for age in (10, 20))
    went = prune(store, to_bytes=stats(store).file_bytes + size + 10)
    assert (went.cells_bytes, new.exists(), old.exists()) == (size, True, False)


def test_what_a_killed_process_began_goes_after_a_day(store: DiskStore) -> None:
    root = store.database.root
    dead, alive = (lay(root, f".golden-{n}", 7, n * ABANDONED_S) for n in (2, 0))
    assert prune(store).cells_bytes == 7
    assert (dead.exists(), alive.exists()) == (False, True)


def test_the_command_tells_of_them(karat: Callable[..., Any], tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")
    lay(store.database.root, "golden-0.cells", 5_000, HOUR)
    assert "5.0 kB" in karat("store", "stats", "--home", tmp_path).out
    told = karat("store", "prune", "--older-than", "1m", "--home", tmp_path)
    assert "5.0 kB of golden cells" in told.out.replace("\n", " ")
