"""A disk store told, verified and pruned, while others use it."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.errors import InputError
from karat.store import DiskStore
from karat.store.amounts import byte_count
from karat.store.care import Stats, prune, stats, verify
from karat.store.database import NAME
from tests.unit.test_disk_store import tamper

HELD = {f"{n:03}": bytes([n % 251]) * 3_000 for n in range(300)}


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    store = DiskStore(tmp_path, clock=lambda: 5_000)
    store.put_many(HELD)
    return store


def test_an_empty_store_is_told(tmp_path: Path) -> None:
    told = stats(DiskStore(tmp_path, limit_bytes=7_000))
    assert told == Stats(0, 0, told.file_bytes, 7_000, 0, None, None, 0, 0)
    assert verify(DiskStore(tmp_path)).entries == 0


def test_what_is_there_is_told(store: DiskStore, tmp_path: Path) -> None:
    told = stats(store)
    assert (told.entries, told.data_bytes) == (300, 900_000)
    assert (told.oldest_use_s, told.newest_use_s) == (5_000, 5_000)
    assert told.file_bytes == sum(path.stat().st_size for path in tmp_path.iterdir())
    assert told.file_bytes > told.data_bytes


@given(st.data())
@settings(max_examples=15)
def test_verify_finds_exactly_what_was_edited(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("store")
    store = DiskStore(root)
    store.put_many(HELD)
    edited = data.draw(st.sets(st.sampled_from(sorted(HELD)), max_size=20))
    for key in edited:
        how = data.draw(st.sampled_from(["data = x'00'", "seal = ''", "data = NULL"]))
        where = "WHERE row = (SELECT row FROM entries WHERE key = ?)"
        tamper(root, f"UPDATE contents SET {how} {where}", key)  # noqa: S608 - our own words
    heard: list[tuple[int, int]] = []

    def hear(stage: str, done: int, total: int, what: str, *, rows: int = 0) -> None:
        assert (stage, what[-5:], rows) == ("verify", "bytes", 0)
        heard.append((done, total))

    found = verify(store, hear)
    assert (found.entries, found.corrupt, found.set_aside) == (300, len(edited), 0)
    assert heard[-1] == (300, 300)
    assert store.get_many(HELD).keys() == HELD.keys() - edited
    assert (verify(store).corrupt, store.corrupt) == (0, len(edited))
    assert stats(DiskStore(root)).corrupt == len(edited), "who opens it later is told too"


def test_a_key_that_cannot_be_one_is_found(store: DiskStore, tmp_path: Path) -> None:
    tamper(tmp_path, "UPDATE entries SET key = '../' || key WHERE key < '002'")
    assert verify(store).corrupt == 2
    assert stats(store).entries == 298


@pytest.mark.parametrize(
    "sql", ["DELETE FROM entries WHERE key = '007'", "DELETE FROM entries", "DROP INDEX by_use"]
)
def test_contents_that_nothing_names_are_damage_and_a_lost_index_is_not(
    store: DiskStore, tmp_path: Path, sql: str
) -> None:
    tamper(tmp_path, sql)
    if "INDEX" in sql:
        assert verify(store).set_aside == 0
        assert store.get_many(HELD) == HELD
        return
    with pytest.warns(RuntimeWarning, match="no key names"):
        assert verify(store).set_aside == 1
    store.put_many(HELD)
    assert verify(store).entries == 300


@pytest.mark.parametrize("limit", [0, 100_000, 500_000, 2_000_000])
def test_prune_to_a_size_keeps_the_newest(store: DiskStore, tmp_path: Path, limit: int) -> None:
    before = stats(store)
    went = prune(store, to_bytes=limit)
    there = store.get_many(HELD)
    assert list(there) == sorted(HELD)[300 - len(there) :], "the newest are there"
    assert (went.entries, went.data_bytes) == (300 - len(there), 3_000 * (300 - len(there)))
    assert went.freed_bytes == max(0, before.file_bytes - stats(store).file_bytes)
    if limit < before.data_bytes:
        assert stats(store).file_bytes < max(limit, 60_000) + 60_000
    assert (len(there) == 300) is (limit > before.file_bytes)
    assert (len(there) > 10) is (limit > 0)
    assert verify(DiskStore(tmp_path)).corrupt == 0


def test_prune_by_age_keeps_what_was_used_since(tmp_path: Path) -> None:
    at = [0]
    store = DiskStore(tmp_path, clock=lambda: at[0])
    for day in range(10):
        at[0] = day * 86_400
        store.put(str(day), b"x" * day)
    assert store.get("0") == b""
    heard: list[int] = []

    def hear(stage: str, done: int, total: int, what: str, *, rows: int = 0) -> None:
        assert (stage, total, what, rows) == ("prune", 10, "15 bytes", 0)
        heard.append(done)

    went = prune(store, older_than_s=3 * 86_400, progress=hear)
    assert store.get_many([str(day) for day in range(10)]).keys() == {"6", "7", "8", "9"}
    assert (went.entries, went.data_bytes, heard) == (6, 15, [6])


def test_the_limit_itself_and_what_others_left_go_too(store: DiskStore, tmp_path: Path) -> None:
    for name in ("entries-ab", "entries-0f", "tmp", "mine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"1234")
    (tmp_path / "damaged-0").write_bytes(b"12345")
    assert stats(store).left_bytes == 17
    small = DiskStore(tmp_path, limit_bytes=200_000)
    went = prune(small)
    assert went.left_bytes == 17
    assert 200 < went.entries < 300
    assert {path.name for path in tmp_path.iterdir()} - {f"{NAME}-wal", f"{NAME}-shm"} == {
        NAME, "mine",
    }  # fmt: skip


def test_less_than_nothing_is_refused(store: DiskStore) -> None:
    with pytest.raises(InputError, match="less than nothing"):
        prune(store, to_bytes=-1)
    with pytest.raises(InputError, match="less than nothing"):
        prune(store, older_than_s=-1)
    assert stats(store).entries == 300


def test_others_go_on_while_it_is_pruned(store: DiskStore, tmp_path: Path) -> None:
    other, draw = DiskStore(tmp_path), random.Random(3)  # noqa: S311 - an order, no secret
    keys = draw.sample(sorted(HELD), 100)

    def meanwhile(stage: str, done: int, total: int, what: str, *, rows: int = 0) -> None:
        assert (stage, total, what[-5:], rows) == ("prune", 300, "bytes", 0)
        other.put_many({f"new-{n}": b"new" for n in range(done, done + 600)})
        assert other.get_many(keys).items() <= HELD.items()

    prune(store, to_bytes=0, progress=meanwhile)
    assert store.get_many(HELD) == {}


@pytest.mark.parametrize(
    ("text", "count"),
    [("0", 0), ("7B", 7), ("500MB", 500_000_000), ("1.5 gb", 1_500_000_000), ("2MiB", 2 << 20)],
)
def test_sizes_are_read_as_people_write_them(text: str, count: int) -> None:
    assert byte_count(text) == count


@pytest.mark.parametrize("text", ["", "MB", "-1", "1e3", "1 XB", "1,5GB", "\u0661GB"])
def test_sizes_that_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="as in 500MB"):
        byte_count(text)
