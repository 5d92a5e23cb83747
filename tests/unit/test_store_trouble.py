"""Stores under hypothesis, and a disk that is in the way."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.errors import InputError, UnavailableError
from karat.store import DiskStore, MemoryStore
from karat.store.database import NAME

KEY = "ab" * 32
NOBODY = 65_534
KEYS = st.from_regex(r"\A[0-9a-z_][-.0-9a-z_]{0,5}\Z")
PUTS = st.lists(st.tuples(KEYS, st.binary(max_size=40)), max_size=12)
BATCHES = st.lists(st.dictionaries(KEYS, st.binary(max_size=40), max_size=6), max_size=6)


@settings(max_examples=40)
@given(puts=PUTS, batches=BATCHES)
def test_both_stores_hold_what_a_dictionary_holds(
    tmp_path_factory: pytest.TempPathFactory,
    puts: list[tuple[str, bytes]],
    batches: list[dict[str, bytes]],
) -> None:
    root, memory = tmp_path_factory.mktemp("store"), MemoryStore()
    disk, oracle = DiskStore(root), dict(puts)
    for key, data in puts:
        disk.put(key, data)
        memory.put(key, data)
    for batch in batches:
        disk.put_many(batch)
        memory.put_many(batch)
        oracle |= batch
    for found in (disk.get_many(oracle), memory.get_many(oracle), DiskStore(root).get_many(oracle)):
        assert found == oracle
    assert (disk.corrupt, memory.size) == (0, sum(map(len, oracle.values())))


@given(
    limit=st.integers(1, 60),
    steps=st.lists(st.tuples(st.sampled_from("abcdef"), st.none() | st.binary(max_size=30))),
)
def test_memory_with_a_limit_forgets_what_was_used_longest_ago(
    limit: int, steps: list[tuple[str, bytes | None]]
) -> None:
    memory = MemoryStore(limit)
    oracle: list[tuple[str, bytes]] = []
    for key, data in steps:
        held = dict(oracle).get(key) if data is None else data
        if data is None:
            assert memory.get(key) == held
        else:
            memory.put(key, data)
        if held is not None:
            oracle = [*((k, v) for k, v in oracle if k != key), (key, held)]
        while sum(len(v) for _, v in oracle) > limit:
            oracle.pop(0)
        assert memory.size == sum(len(v) for _, v in oracle) <= limit
    assert memory.get_many("abcdef") == dict(oracle)


def test_memory_that_keeps_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="keeps nothing"):
        MemoryStore(0)


@pytest.fixture
def full_at() -> Iterator[int]:
    """Let no file grow beyond a size, as a full disk does."""
    size = 600_000
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    yield size
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_keeps_the_old(tmp_path: Path, full_at: int) -> None:
    store = DiskStore(tmp_path)
    store.put(KEY, b"old")
    with pytest.raises(UnavailableError, match="free space"):
        store.put_many({KEY: b"new", "other": bytes(2 * full_at)})
    assert store.get_many([KEY, "other"]) == {KEY: b"old"}
    store.put(KEY, b"new")
    assert DiskStore(tmp_path).get(KEY) == b"new"


def test_a_folder_that_may_only_be_read_is_told(tmp_path: Path) -> None:
    DiskStore(tmp_path / "store").put(KEY, b"1")
    (tmp_path / "store").chmod(0o555)
    (tmp_path / "store" / NAME).chmod(0o444)
    for folder in (tmp_path, *list(tmp_path.parents)[:-2]):
        folder.chmod(folder.stat().st_mode | 0o055)
    code = f"""
import os, sys
from pathlib import Path
from karat.errors import UnavailableError
from karat.store import DiskStore
if os.geteuid() == 0:
    os.setgid({NOBODY})
    os.setuid({NOBODY})
for work in (lambda at: DiskStore(at).put("a", b""), lambda at: DiskStore(at / "inner")):
    try:
        work(Path(sys.argv[1]))
    except UnavailableError as error:
        print(error)
"""
    words = [sys.executable, "-c", code, str(tmp_path / "store")]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(told) == 2
    assert all("mend permissions" in line and str(tmp_path / "store") in line for line in told)


def test_a_store_that_was_taken_away_does_not_keep_others_from_a_new_one(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")
    store.put(KEY, b"1")
    for path in (tmp_path / "store").iterdir():
        path.unlink()
    (tmp_path / "store").rmdir()
    fresh = DiskStore(tmp_path / "store")
    assert fresh.get(KEY) is None
    fresh.put(KEY, b"2")
    assert fresh.get(KEY) == b"2"
    assert store.get(KEY) in {b"1", b"2", None}


def test_a_store_without_a_lock_holder_is_not_waited_for(tmp_path: Path) -> None:
    """A writer that was stopped in a transaction leaves nothing locked."""
    code = (
        "import os, sys; from pathlib import Path; from karat.store import DiskStore\n"
        "def stop(at): at.execute('DELETE FROM entries'); os.kill(os.getpid(), 9)\n"
        "DiskStore(Path(sys.argv[1])).database.write(stop)"
    )
    DiskStore(tmp_path).put(KEY, b"1")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    store = DiskStore(tmp_path)
    store.put("after", b"2")
    assert store.get_many([KEY, "after"]) == {KEY: b"1", "after": b"2"}
    assert not os.path.exists(tmp_path / "damaged-0")  # noqa: PTH110 - nothing was set aside
