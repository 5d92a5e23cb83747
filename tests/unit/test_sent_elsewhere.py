"""What another process is sent of a lake or a store: where it is, never what it holds."""

from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import TypeVar

import pytest

from karat import open_lake
from karat.cli.opening import open_lake as open_with
from karat.errors import InputError, RepositoryNotFound
from karat.lake import Lake
from karat.lake import open_lake as open_plain
from karat.lake.append import append
from karat.lake.layout import MAIN
from karat.signing import KeyFiles, Keyring
from karat.store import DiskStore

T = TypeVar("T")


def sent(value: T) -> T:
    found: T = ForkingPickler.loads(ForkingPickler.dumps(value))
    return found


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = open_with(tmp_path / "lake", files=KeyFiles.below(tmp_path))
    append(made, MAIN, {"raw/a": b"bytes"}, message="Put a file")
    return made


def test_a_lake_is_opened_again(lake: Lake) -> None:
    there = sent(lake)
    assert there is not lake
    assert there.head(MAIN) == lake.head(MAIN)
    assert there.open(MAIN, "raw/a").read() == b"bytes"
    append(lake, MAIN, {"raw/b": b"more"}, message="Put another")
    assert there.open(MAIN, "raw/b").read() == b"more"


def test_its_keys_go_along_as_paths(lake: Lake, tmp_path: Path) -> None:
    private = (tmp_path / "signing_key.pem").read_bytes().splitlines()[1]
    assert private not in bytes(ForkingPickler.dumps(lake))
    there = sent(lake)
    assert there.keys.version == lake.keys.version
    assert there.keys.opened(lake.keys.sign(b"said"), "it") == (b"said", "")


def test_a_lake_that_went_is_not_made_again(lake: Lake, tmp_path: Path) -> None:
    data = ForkingPickler.dumps(lake)
    (tmp_path / "lake").rename(tmp_path / "elsewhere")
    with pytest.raises(RepositoryNotFound):
        ForkingPickler.loads(data)
    assert not (tmp_path / "lake" / "blobs").exists()


def test_a_read_only_lake_stays_so(lake: Lake, tmp_path: Path) -> None:
    head = lake.head(MAIN)
    there = sent(open_plain(tmp_path / "lake", read_only=True))
    assert there.head(MAIN) == head
    with pytest.raises(InputError, match="read"):
        append(there, MAIN, {"raw/b": b"more"}, message="Put another")


def test_a_lake_in_memory_says_that_it_cannot_be_elsewhere() -> None:
    with pytest.raises(InputError, match="make one in a directory"):
        sent(open_lake("memory:"))


def test_keys_in_memory_are_not_sent(tmp_path: Path) -> None:
    with pytest.raises((AttributeError, TypeError), match="pickle"):
        sent(open_plain(tmp_path / "lake", keys=Keyring.in_memory()))


def test_a_store_is_opened_again(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")
    store.put("0f", b"state")
    there = sent(store)
    assert there.get("0f") == b"state"
    there.put("1f", b"other")
    assert store.get("1f") == b"other"
