"""A lake of every older version opens, is brought up to date in one step, and loses nothing."""

import sqlite3
import threading
from pathlib import Path

import pytest

from karat.errors import KaratError, LakeUnusable
from karat.lake import Lake, open_lake, schema
from karat.lake.append import append
from karat.lake.blobs import FileBlobs
from karat.lake.collecting import gc
from karat.lake.testing.writing import paths, publish, read

FORMATS = Path(__file__).parents[1] / "formats"
CONTENTS = (b"one", b"two", b"", b"three", b"four", b"five", b"0", b"1", b"2")
HEAD = "05c2037b1099e54734ff33e1179743361968009d6e535760d04d2aafd6e71c00"
OLDER = range(1, schema.VERSION)
COLUMNS = """
    SELECT m.name, c.name, c.type, c."notnull", c.pk
    FROM sqlite_master m, pragma_table_info(m.name) c ORDER BY 1, 2"""


def database(root: Path) -> sqlite3.Connection:
    return sqlite3.connect(root / "lake.db", isolation_level=None)


def version(root: Path) -> int:
    connection = database(root)
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(found)


@pytest.fixture(params=OLDER, ids="version-{}".format)
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return an example of an older lake: its database as text, its bytes put anew."""
    blobs = FileBlobs(tmp_path)
    blobs.make_folders()
    for content in CONTENTS:
        blobs.put(content)
    connection = database(tmp_path)
    connection.executescript((FORMATS / f"lake-{request.param}.sql").read_text())
    connection.close()
    return tmp_path


def check(lake: Lake) -> None:
    """Hold what the example holds against what was written into it."""
    assert lake.head("main") == lake.resolve("v1.0.0") == HEAD
    assert [commit.message for commit in lake.log("main", first_parent=True)] == [
        *("many", "publish", "publish", "Found the lake"),
    ]
    expected = {"notes/é": b"", "raw/a": b"three"}
    expected |= {f"many/{i:04}": b"%d" % (i % 3) for i in range(300)}
    assert paths(lake, "main") == sorted(expected)
    assert all(read(lake, "main", path) == data for path, data in expected.items())
    assert (read(lake, "work", "raw/c"), read(lake, "ledger", "order/x")) == (b"four", b"1")


def test_an_older_lake_opens_with_all_it_holds(root: Path) -> None:
    lake = open_lake(root, create=False)
    check(lake)
    assert version(root) == schema.VERSION
    check(open_lake(root))


def test_it_has_the_tables_of_a_new_one(root: Path, tmp_path: Path) -> None:
    open_lake(root)
    open_lake(tmp_path / "new")
    old, new = (database(where) for where in (root, tmp_path / "new"))
    assert old.execute(COLUMNS).fetchall() == new.execute(COLUMNS).fetchall()
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    assert old.execute(triggers).fetchall() == new.execute(triggers).fetchall()
    old.close()
    new.close()


def test_it_goes_on_from_there(root: Path) -> None:
    lake = open_lake(root)
    head = append(lake, "main", {"many/0007": b"new", "many/0300": b"more"}, message="on")
    assert [change.path for change in lake.diff(HEAD, head)] == ["many/0007", "many/0300"]
    assert len(paths(lake, head)) == 303
    assert read(lake, head, "many/0007") == b"new"
    assert [change.path for change in lake.diff("main", "work", mode="three-dot")] == ["raw/c"]
    freed = gc(lake)
    assert freed.branches == ("session-0123456789abcdef",), "set when the newest commit was made"
    assert publish(lake, {"raw/d": b"1"})


def test_an_update_that_fails_leaves_the_old_version(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = version(root)
    last = (*schema.STEPS[-1], "CREATE TABLE refs (again TEXT)")
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS[:-1], last))
    with pytest.raises(KaratError, match="refs"):
        open_lake(root)
    assert version(root) == before
    monkeypatch.undo()
    check(open_lake(root))


def test_many_who_open_it_at_once_update_it_once(root: Path) -> None:
    ready, failed = threading.Barrier(6), list[BaseException]()

    def opened() -> None:
        ready.wait(10)
        try:
            check(open_lake(root))
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=opened) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []


def test_who_may_only_read_takes_it_as_it_is(root: Path) -> None:
    before = version(root)
    check(open_lake(root, read_only=True))
    assert version(root) == before


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_one_is_refused(tmp_path: Path, *, read_only: bool) -> None:
    open_lake(tmp_path)
    connection = database(tmp_path)
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    with pytest.raises(LakeUnusable, match=f"version {schema.VERSION + 1}.*newer"):
        open_lake(tmp_path, read_only=read_only)
    assert version(tmp_path) == schema.VERSION + 1


def test_there_is_an_example_of_each_older_version() -> None:
    assert [FORMATS / f"lake-{number}.sql" for number in OLDER] == sorted(
        FORMATS.glob("lake-*.sql")
    )
