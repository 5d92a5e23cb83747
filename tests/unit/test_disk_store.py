"""A disk store never gives back what was not put, and keeps below its size."""

import pickle
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from karat.errors import InputError, UnavailableError
from karat.store import DiskStore
from karat.store.database import NAME

KEY = "ab" * 32
DATA = b"the state of a column"


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    store = DiskStore(tmp_path)
    store.put(KEY, DATA)
    return store


def tamper(root: Path, sql: str, *values: object) -> None:
    """Edit the database as someone else would."""
    with closing(sqlite3.connect(root / NAME)) as connection, connection:
        connection.execute(sql, values)


def test_every_flipped_byte_and_every_cut_is_seen(store: DiskStore, tmp_path: Path) -> None:
    broken = [DATA[:cut] for cut in range(len(DATA))]
    broken += [DATA[:i] + bytes([DATA[i] ^ 1]) + DATA[i + 1 :] for i in range(len(DATA))]
    for content in [*broken, DATA + b"x"]:
        store.put(KEY, DATA)
        tamper(tmp_path, "UPDATE contents SET data = ?", content)
        assert store.get(KEY) is None
    assert store.corrupt == len(broken) + 1
    store.put(KEY, b"again")
    assert store.get(KEY) == b"again"


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("UPDATE entries SET key = ?", KEY[::-1]),
        ("UPDATE contents SET seal = ?", "0" * 64),
        ("UPDATE contents SET seal = ?", b"0"),
        ("UPDATE contents SET data = ?", DATA.decode()),
        ("UPDATE contents SET data = ?", None),
        ("UPDATE contents SET data = ?", 7),
        ("DELETE FROM contents WHERE seal != ?", ""),
    ],
)
def test_what_is_not_sealed_as_it_stands_is_not_trusted(
    store: DiskStore, tmp_path: Path, sql: str, value: object
) -> None:
    tamper(tmp_path, sql, value)
    assert store.get_many([KEY, KEY[::-1]]) == {}
    assert store.corrupt == 1
    assert store.get_many([KEY, KEY[::-1]]) == {}
    assert store.corrupt == 1, "it is gone, so it is not found twice"


def test_entries_outlive_the_store(store: DiskStore, tmp_path: Path) -> None:
    assert DiskStore(tmp_path).get(KEY) == store.get(KEY) == DATA
    assert [path.name for path in tmp_path.iterdir() if NAME not in path.name] == []


def test_bytes_flipped_anywhere_in_the_file_are_never_believed(tmp_path: Path) -> None:
    """Whatever the damage: what comes back is what was put, or nothing, and it goes on."""
    draw = random.Random(7)  # noqa: S311 - places to hit, no secret
    held = {f"{n:02}": bytes([n]) * (n * 37) for n in range(60)}
    source = tmp_path / "source"
    DiskStore(source).put_many(held)
    whole = (source / NAME).read_bytes()
    lost = 0
    for trial in range(60):
        root = tmp_path / str(trial)
        root.mkdir()
        data = bytearray(whole)
        for _ in range(draw.choice([1, 40])):
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        (root / NAME).write_bytes(data[: draw.choice([len(data), draw.randrange(len(data))])])
        lost += check_damaged(root, held)
    assert lost > 60


@pytest.mark.filterwarnings("ignore:the store's database was damaged")
def check_damaged(root: Path, held: dict[str, bytes]) -> int:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        store = DiskStore(root)
        found = store.get_many(held)
        assert found.items() <= held.items()
        store.put_many(held)
        assert store.get_many(held).items() <= held.items()
        again = DiskStore(root).get_many(held)
    assert again.items() <= held.items()
    return len(held) - len(found)


def test_a_file_that_is_no_database_is_set_aside_and_told(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"no database at all" * 500)
    with pytest.warns(RuntimeWarning, match="damaged-0, begun anew"):
        store = DiskStore(tmp_path)
    assert (store.set_aside, store.get(KEY)) == (1, None)
    store.put(KEY, DATA)
    assert DiskStore(tmp_path).get(KEY) == DATA
    assert (tmp_path / "damaged-0").read_bytes().startswith(b"no database")


def test_two_that_find_one_damage_set_it_aside_once(store: DiskStore, tmp_path: Path) -> None:
    other = DiskStore(tmp_path)
    for each in (store, other):
        assert each.get(KEY) == DATA
    tamper(tmp_path, "DROP TABLE contents")
    with pytest.warns(RuntimeWarning, match="damaged-0"):
        assert other.get(KEY) is None
    other.put(KEY, b"new")
    assert store.get(KEY) == b"new"
    assert (other.set_aside, store.set_aside) == (1, 0)


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    at = [0]
    store = DiskStore(tmp_path, limit_bytes=400_000, clock=lambda: at[0])
    for number in range(200):
        at[0] += 700
        store.put(f"{number:03}", bytes([number]) * 4_000)
        assert store.get("000") is not None, "it is used all the time"
    there = store.get_many([f"{number:03}" for number in range(200)])
    numbers = sorted(map(int, there))
    assert numbers[0] == 0
    assert numbers[1:] == list(range(201 - len(numbers), 200)), "the rest are the newest"
    assert 60 <= len(numbers) < 100
    assert (tmp_path / NAME).stat().st_size < 800_000


def test_a_look_at_an_entry_counts_when_the_store_is_gone_too(tmp_path: Path) -> None:
    at = [1_000]
    store = DiskStore(tmp_path, clock=lambda: at[0])
    store.put_many({"a": b"1", "b": b"2"})
    at[0] = 9_000
    assert store.get("a") == b"1"
    del store
    with closing(sqlite3.connect(tmp_path / NAME)) as connection:
        found = dict(connection.execute("SELECT key, used FROM entries"))
    assert found == {"a": 9_000, "b": 1_000}


def test_an_entry_greater_than_the_store_is_not_kept(tmp_path: Path) -> None:
    store = DiskStore(tmp_path, limit_bytes=100_000)
    store.put("a", b"old")
    store.put("a", bytes(1_000_000))
    assert store.get("a") is None
    store.put("a", b"new")
    assert store.get("a") == b"new"


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_keeps_nothing_is_refused(tmp_path: Path, limit: int) -> None:
    with pytest.raises(InputError, match="keeps nothing"):
        DiskStore(tmp_path, limit_bytes=limit)


FORKED = """
import multiprocessing, sys
from pathlib import Path
from karat.store import DiskStore

store = DiskStore(Path(sys.argv[1]))
held = store.get("known")
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(store.get, ["known"] * 8) == [held] * 8
    pool.starmap(store.put, [(f"forked{n}", b"%d" % n) for n in range(8)])
assert held and store.get("known") == held
"""


def test_another_process_opens_it_for_itself(store: DiskStore, tmp_path: Path) -> None:
    """A program of few threads forks: one with many, such as we are by now, may not."""
    again = pickle.loads(pickle.dumps(store))  # noqa: S301 - as a pool of processes does it
    assert again.get(KEY) == DATA
    store.put("known", DATA)
    subprocess.run([sys.executable, "-c", FORKED, str(tmp_path)], check=True, timeout=60)
    assert store.get_many([f"forked{n}" for n in range(8)]).keys() == {
        f"forked{n}" for n in range(8)
    }
    assert DiskStore(tmp_path).get(KEY) == DATA


def test_a_path_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UnavailableError, match="file"):
        DiskStore(tmp_path / "file" / "store")


def test_a_folder_where_the_file_belongs_is_told(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(UnavailableError, match=NAME):
        DiskStore(tmp_path)
