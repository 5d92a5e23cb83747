"""Files read from far away keep below a size, and nothing that a reader was given goes."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karat.cli.server_key import access_to
from karat.cli.settings import Settings
from karat.digest import bytes_digest
from karat.errors import InputError, KaratError
from karat.lake.lakefs_cache import Cache
from karat.lake.lakefs_room import GRACE_S, LITTER_S, LOOKS, held
from karat.lake.testing.writing import publish, read
from tests.lakefs_double.lakes import lake_on
from tests.lakefs_double.server import Double, serving

KB = 1024
START_S = 1_700_000_000


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = START_S

    def __call__(self) -> int:
        return self.now


def kept(cache: Cache, number: int, size: int) -> str:
    """Keep a file of its own bytes; its name."""
    name, _ = cache.keep([b"%08d" % number, bytes(size - 8)])
    return name


def here(folder: Path) -> set[str]:
    return {Path(path).name for _, _, path in held(folder / "blobs")}


@pytest.fixture
def double() -> Iterator[Double]:
    with serving() as server:
        yield server


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_was_used_longest_ago_goes_first(data: st.DataObject, tmp_path: Path) -> None:
    """A model: files of 4 kB, used in some order, an hour and more apart."""
    clock, folder = Clock(), Path(mkdtemp(dir=tmp_path))
    limit = 4 * KB * data.draw(st.integers(10, 20))
    cache, order = Cache(folder, limit, clock), list[str]()
    for number in range(data.draw(st.integers(20, 40))):
        clock.now += GRACE_S + 1
        asked = data.draw(st.booleans())
        if order and asked:
            used = data.draw(st.sampled_from(order))
            was_here = used in here(folder)
            assert cache.has(used, 4 * KB, verify=False) == was_here
            if was_here:
                order.append(order.pop(order.index(used)))
                clock.now += 1
        order.append(kept(cache, number, 4 * KB))
        left = here(folder)
        assert 4 * KB * len(left) <= limit + limit // LOOKS + 4 * KB
        assert order[-1] in left
        stays = [name in left for name in order]
        assert all(after or not before for before, after in pairwise(stays))


def test_what_was_asked_for_within_the_hour_stays(tmp_path: Path) -> None:
    clock = Clock()
    cache = Cache(tmp_path, 0, clock)
    names = [kept(cache, number, 4 * KB) for number in range(5)]
    clock.now += GRACE_S
    assert cache.has(names[0], 4 * KB, verify=True)
    clock.now += 1
    last = kept(cache, 9, 4 * KB)
    assert here(tmp_path) == {names[0], last}


def test_an_open_file_is_readable_to_its_end(tmp_path: Path) -> None:
    clock = Clock()
    cache = Cache(tmp_path, 0, clock)
    name = kept(cache, 1, 64 * KB)
    with cache.file(name).open("rb") as stream:
        clock.now += GRACE_S + 1
        kept(cache, 2, 4 * KB)
        assert name not in here(tmp_path)
        assert bytes_digest(stream.read()) == name


def test_below_the_limit_nothing_is_looked_at_but_the_first_time(tmp_path: Path) -> None:
    clock = Clock()
    cache = Cache(tmp_path, 1600 * KB, clock)
    litter = tmp_path / "tmp" / "left"
    kept(cache, 0, 4 * KB)
    litter.write_bytes(b"1")
    os.utime(litter, (START_S, START_S))
    clock.now += LITTER_S + 1
    for number in range(1, 12):
        kept(cache, number, 4 * KB)
    assert litter.exists()
    for number in range(12, 20):
        kept(cache, number, 4 * KB)
    assert not litter.exists()
    assert len(here(tmp_path)) == 20


def test_digests_of_strangers_files_go_too(tmp_path: Path) -> None:
    clock = Clock()
    cache = Cache(tmp_path, 40 * KB, clock)
    keys = [bytes_digest(b"%d" % number) for number in range(12)]
    for key in keys:
        clock.now += GRACE_S + 1
        cache.learn(key, key)
    assert cache.known(keys[0]) == keys[0]
    clock.now += GRACE_S + 1
    kept(cache, 1, 4 * KB)
    assert [cache.known(key) is None for key in keys].count(True) == 4
    assert cache.known(keys[0]) == keys[0]


@pytest.mark.parametrize("left", [b"", b"0" * 63, bytes(64), b"\xff" * 64, b"0" * 65])
def test_half_a_note_is_none_and_is_written_anew(left: bytes, tmp_path: Path) -> None:
    cache, key = Cache(tmp_path), bytes_digest(b"key")
    cache.learn(key, key)
    note = tmp_path / "foreign" / key
    note.write_bytes(left)
    assert cache.known(key) is None
    cache.learn(key, bytes_digest(b"name"))
    assert cache.known(key) == bytes_digest(b"name")
    assert not list((tmp_path / "tmp").glob("*"))


def test_a_note_that_is_there_is_left_as_it_lies(tmp_path: Path) -> None:
    cache, key, other = Cache(tmp_path), bytes_digest(b"key"), bytes_digest(b"other")
    cache.learn(key, key)
    note = tmp_path / "foreign" / key
    before = note.stat().st_ino
    cache.learn(key, key)
    assert note.stat().st_ino == before
    cache.learn(key, other)
    assert cache.known(key) == other


def test_what_broke_off_half_way_is_nowhere(tmp_path: Path) -> None:
    cache = Cache(tmp_path)

    def breaks() -> Iterator[bytes]:
        yield bytes(KB)
        raise ConnectionResetError

    with pytest.raises(KaratError):
        cache.keep(breaks())
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_many_notes_at_once_by_many(tmp_path: Path) -> None:
    """Those of one key say the same, as those of one upload do."""
    keys = [bytes_digest(b"%d" % number) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: Cache(tmp_path).learn(key, key), keys * 16))
    assert [Cache(tmp_path).known(key) for key in keys] == keys


def test_a_folder_is_made_when_something_comes(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    assert not cache.has("0" * 64, 1, verify=True)
    assert cache.known("0" * 64) is None
    assert not (tmp_path / "cache").exists()
    name = kept(cache, 1, 4 * KB)
    assert here(tmp_path / "cache") == {name}


def test_what_went_is_brought_again(double: Double, tmp_path: Path) -> None:
    files = {f"f{number}": bytes([number]) * 8 * KB for number in range(12)}
    lake = lake_on(double, tmp_path, cache_limit=40 * KB)
    publish(lake, files | {"last": b"x" * 8 * KB})
    for path, data in files.items():
        assert read(lake, "main", path) == data
    for _, _, path in held(tmp_path / "blobs"):
        os.utime(path, (START_S, START_S))
    assert read(lake, "main", "last") == b"x" * 8 * KB
    assert len(here(tmp_path)) < len(files)
    assert {path: read(lake, "main", path) for path in files} == files
    assert double.faults.calls["get_object"] > len(files) + 1


def test_the_environment_says_how_much(tmp_path: Path) -> None:
    known = {
        "LAKECTL_CREDENTIALS_ACCESS_KEY_ID": "id",
        "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY": "secret",
        "KARAT_HOME": str(tmp_path),
        "KARAT_CACHE_LIMIT": "3 GiB",
    }
    found = access_to("lakefs://host/repo", known)
    assert found is not None
    assert found.cache_limit == 3 << 30
    with pytest.raises(InputError, match="much"):
        Settings.from_environment({"KARAT_CACHE_LIMIT": "much"})
