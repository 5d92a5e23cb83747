"""A disk store never gives back what was not put."""

import os
from pathlib import Path

import pytest

from karat.errors import UnavailableError
from karat.store import DiskStore

KEY = "ab" * 32


def entry(root: Path, key: str = KEY) -> Path:
    return next(root.rglob(key))


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    store = DiskStore(tmp_path)
    store.put(KEY, b"the state of a column")
    return store


def test_every_flipped_byte_and_every_cut_is_seen(store: DiskStore, tmp_path: Path) -> None:
    path = entry(tmp_path)
    whole = path.read_bytes()
    broken = [whole[:cut] for cut in range(len(whole))]
    broken += [whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :] for i in range(len(whole))]
    for content in [*broken, whole + b"x"]:
        path.write_bytes(content)
        assert store.get(KEY) is None
    assert store.corrupt == len(broken) + 1
    store.put(KEY, b"again")
    assert store.get(KEY) == b"again"


def test_an_entry_under_another_key_is_not_trusted(store: DiskStore, tmp_path: Path) -> None:
    other = "ab" + KEY[2:][::-1]
    entry(tmp_path).rename(entry(tmp_path).with_name(other))
    assert store.get(other) is None
    assert store.corrupt == 1


def test_entries_outlive_the_store_and_leave_no_litter(store: DiskStore, tmp_path: Path) -> None:
    assert DiskStore(tmp_path).get(KEY) == store.get(KEY)
    assert not list((tmp_path / "tmp").iterdir())


def test_a_failed_put_leaves_the_old_entry(store: DiskStore, tmp_path: Path) -> None:
    (tmp_path / "tmp").rmdir()
    with pytest.raises(UnavailableError, match="written"):
        store.put(KEY, b"new")
    assert store.get(KEY) == b"the state of a column"


def test_a_path_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UnavailableError, match="file"):
        DiskStore(tmp_path / "file" / "store")


def test_an_unreadable_entry_is_told(store: DiskStore, tmp_path: Path) -> None:
    entry(tmp_path).unlink()
    os.mkdir(tmp_path / f"entries-{KEY[:2]}" / KEY)  # noqa: PTH102 - a directory where a file was
    with pytest.raises(UnavailableError, match="read"):
        store.get(KEY)
