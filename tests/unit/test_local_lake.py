"""What only a lake in a directory can do wrong."""

import os
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from karat.digest import bytes_digest
from karat.errors import (
    CorruptError,
    LakeBusy,
    LakeUnusable,
    ObjectGone,
    RepositoryNotFound,
)
from karat.lake import Lake, open_lake
from karat.lake import database as database_module
from karat.lake.append import append
from karat.lake.blobs import FileBlobs
from karat.lake.testing.writing import paths, publish, read

CONTENT = b"0123456789" * 300_000
APPENDS = """
import sys
from karat.lake import open_lake
from karat.lake.append import append
lake = open_lake(sys.argv[1])
for value in range(20):
    append(lake, "ledger", {f"{sys.argv[2]}/{value}": b"1"}, message="note")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def lake(root: Path) -> Lake:
    lake = open_lake(root)
    publish(lake, {"a": CONTENT})
    return lake


def blob(root: Path, data: bytes = CONTENT) -> Path:
    path = next((root / "blobs").rglob(bytes_digest(data)))
    path.chmod(0o644)
    return path


def test_two_processes_appending_to_one_branch_lose_nothing(root: Path) -> None:
    command = [sys.executable, "-c", APPENDS, str(root)]
    running = [subprocess.Popen([*command, name]) for name in ("left", "right")]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    lake = open_lake(root)
    assert len(paths(lake, "ledger")) == 40
    assert len(list(lake.log("ledger", first_parent=True))) == 41
    assert not list(lake.branches("session-"))


def test_threads_share_a_lake(lake: Lake) -> None:
    with ThreadPoolExecutor(4) as pool:
        jobs = [
            pool.submit(append, lake, "main", {f"t/{value}": b"%d" % value}, message="note")
            for value in range(16)
        ]
        assert len({job.result() for job in jobs}) == 16
    assert len(paths(lake, "main", "t/")) == 16


def test_a_lake_is_there_when_opened_again(lake: Lake, root: Path) -> None:
    again = open_lake(f"file://{root}", create=False)
    assert again.head("main") == lake.head("main")
    assert read(again, "main", "a") == CONTENT
    assert not list((root / "tmp").iterdir())


@pytest.mark.parametrize("at", [0, len(CONTENT) // 2, len(CONTENT) - 1])
def test_a_changed_byte_is_never_read_as_whole(lake: Lake, root: Path, at: int) -> None:
    with blob(root).open("r+b") as file:
        file.seek(at)
        file.write(b"x")
    with pytest.raises(CorruptError):
        read(lake, "main", "a")
    with lake.open("main", "a") as stream, pytest.raises(CorruptError):
        list(iter(lambda: stream.read(70_001), b""))
    with pytest.raises(CorruptError):
        lake.local_path("main", "a")
    assert lake.local_path("main", "a", verify=False).exists()


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT + b"x"])
def test_a_file_of_the_wrong_size_is_refused(lake: Lake, root: Path, content: bytes) -> None:
    blob(root).write_bytes(content)
    with pytest.raises(CorruptError):
        lake.open("main", "a")


def test_seeking_about_still_checks_the_whole(lake: Lake, root: Path) -> None:
    with blob(root).open("r+b") as file:
        file.write(b"x")
    with lake.open("main", "a") as stream:
        stream.seek(2_000_000)
        assert stream.read(10) == b"0123456789"
        stream.seek(0)
        with pytest.raises(CorruptError):
            stream.read()


def test_a_missing_file_is_gone(lake: Lake, root: Path) -> None:
    blob(root).unlink()
    for ask in (lake.open, lake.local_path):
        with pytest.raises(ObjectGone):
            ask("main", "a")


def test_putting_the_bytes_again_heals(lake: Lake, root: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    for data in (CONTENT, source):
        blob(root).write_bytes(b"broken")
        FileBlobs(root).put(data)
        assert read(lake, "main", "a") == CONTENT


def test_missing_lake_is_not_made_unless_told(root: Path) -> None:
    with pytest.raises(RepositoryNotFound):
        open_lake(root, create=False)
    assert not root.exists()


def test_path_below_a_file_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "file" / "lake"):
        with pytest.raises(LakeUnusable, match="file"):
            open_lake(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_path_without_permission_is_unusable(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LakeUnusable, match="permission"):
        open_lake(tmp_path / "lake")


def test_what_is_no_database_is_corrupt(root: Path) -> None:
    root.mkdir()
    (root / "lake.db").write_bytes(b"not a database" * 100)
    with pytest.raises(CorruptError, match=str(root)):
        open_lake(root)


def test_newer_lake_is_refused(lake: Lake, root: Path) -> None:
    assert lake.head("main")
    connection = sqlite3.connect(root / "lake.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LakeUnusable, match="newer"):
        open_lake(root)


def test_a_changed_tree_is_corrupt(lake: Lake, root: Path) -> None:
    append(lake, "main", {"b/c": b"1"}, message="more")
    connection = sqlite3.connect(root / "lake.db")
    connection.execute("UPDATE trees SET body = (SELECT body FROM trees LIMIT 1)")
    connection.commit()
    connection.close()
    with pytest.raises(CorruptError):
        paths(open_lake(root), "main")


def test_a_tag_cannot_be_moved_behind_our_back(lake: Lake, root: Path) -> None:
    lake.create_tag("v1.0.0", "main")
    connection = sqlite3.connect(root / "lake.db")
    for statement in ("DELETE FROM refs WHERE kind = 'tag'", "UPDATE refs SET commit_id = 'x'"):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
    connection.close()


def test_a_lock_held_too_long_is_busy(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_lake(root)
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_S", 0.05)
    other = sqlite3.connect(root / "lake.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LakeBusy, match="try again"):
        open_lake(root).create_branch("work", "main")
    other.execute("ROLLBACK")
    other.close()
    assert open_lake(root).create_branch("work", "main")


def test_a_put_that_cannot_write_leaves_nothing(lake: Lake, root: Path) -> None:
    shutil.rmtree(root / "tmp")
    head = lake.head("main")
    with pytest.raises(LakeUnusable):
        append(lake, "main", {"b": b"new"}, message="more")
    assert lake.head("main") == head
    assert not list(lake.branches("session-"))
