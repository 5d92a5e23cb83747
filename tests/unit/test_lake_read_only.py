"""A lake that may only be read: by who has no permission to write, while others write."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from karat.errors import CorruptError, InputError, LakeBusy, RepositoryNotFound
from karat.lake import open_lake
from karat.lake.still import Still
from karat.lake.testing.writing import paths, publish, read

NOBODY = 65_534


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "lake"
    publish(open_lake(root), {"a": b"1"})
    return root


def listing(root: Path) -> list[tuple[str, int, int]]:
    found = sorted(path for path in root.rglob("*") if not path.is_dir())
    return [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in found]


def rest(root: Path) -> None:
    """Have the database written back, as when the last writer has gone."""
    code = "import sys; from karat.lake import open_lake; open_lake(sys.argv[1]).head('main')"
    subprocess.run([sys.executable, "-c", code, str(root)], check=True)


def test_it_reads_and_leaves_no_trace(root: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(root, tmp_path / "copy"))
    rest(copy)
    before = listing(copy)
    lake = open_lake(copy, read_only=True)
    assert (paths(lake, "main"), read(lake, "main", "a")) == (["a"], b"1")
    assert lake.local_path("main", "a").read_bytes() == b"1"
    assert [change.path for change in lake.diff(list(lake.log("main"))[-1].id, "main")] == ["a"]
    assert listing(copy) == before


WRITES = {
    "session": lambda lake: lake.session("main"),
    "named session": lambda lake: lake.session("main", branch="work"),
    "branch": lambda lake: lake.create_branch("work", "main"),
    "tag": lambda lake: lake.create_tag("v1.0.0", "main"),
    "delete": lambda lake: lake.delete_branch("audit"),
    "merge": lambda lake: lake.merge("audit", "main", message="m"),
}


@pytest.mark.parametrize("what", WRITES)
def test_no_write_gets_through(root: Path, what: str) -> None:
    writer = open_lake(root)
    writer.create_branch("audit", "main")
    before = [*writer.branches(), *writer.tags()]
    with pytest.raises(InputError, match="read only"):
        WRITES[what](open_lake(root, read_only=True))
    assert [*writer.branches(), *writer.tags()] == before


def test_it_sees_what_others_write(root: Path) -> None:
    reader, writer = open_lake(root, read_only=True), open_lake(root)
    for number in range(5):
        publish(writer, {f"b{number}": b"2"})
        assert reader.head("main") == writer.head("main")
        assert len(paths(reader, "main")) == number + 2


def test_a_file_changed_while_it_is_read_is_told(root: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(root, tmp_path / "copy"))
    rest(copy)
    still = Still(copy / "lake.db")
    reading = still.connection()
    assert reading.__enter__().execute("SELECT count(*) FROM refs").fetchone() == (2,)
    os.utime(copy / "lake.db", (1, 1))
    with pytest.raises(LakeBusy, match="try again"):
        reading.__exit__(None, None, None)


def test_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(RepositoryNotFound):
        open_lake(tmp_path / "nowhere", read_only=True)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "lake.db").write_bytes(b"")
    with pytest.raises(CorruptError, match="lost"):
        open_lake(tmp_path, read_only=True)
    with pytest.raises(InputError, match="memory"):
        open_lake("memory:", read_only=True)


@pytest.fixture
def closed(root: Path) -> Iterator[Path]:
    """Return the lake in directories that nobody may write into."""
    rest(root)
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    yield root
    for folder in folders:
        folder.chmod(0o755)


def as_stranger(act: Callable[[], object]) -> str:
    """Return what comes of `act` when a user who owns nothing here does it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # what other threads held when we forked is held for ever
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            told = str(act())
        except BaseException as error:  # noqa: BLE001 - told to the parent
            told = f"{type(error).__name__}: {error}"
        os.write(writing, told.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        told = stream.read()
    os.waitpid(child, 0)
    return told


def open_the_way(root: Path) -> None:
    """Let others into a test's folder, which pytest keeps to its user."""
    for folder in root.parents:
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)


def look(root: Path) -> object:
    lake = open_lake(root, read_only=True)
    return read(lake, "main", "a"), paths(lake, "main"), len(list(lake.log("main")))


def test_who_may_not_write_can_read(closed: Path) -> None:
    open_the_way(closed)
    before = listing(closed)
    assert as_stranger(lambda: look(closed)) == "(b'1', ['a'], 3)"
    refused = as_stranger(lambda: publish(open_lake(closed), {"b": b"2"}))
    assert refused.startswith("LakeUnusable")
    assert "permission" in refused
    assert listing(closed) == before


def test_who_may_not_write_can_read_while_another_writes(root: Path) -> None:
    open_the_way(root)
    writer = open_lake(root)
    publish(writer, {"b": b"2"})
    assert as_stranger(lambda: look(root)) == "(b'1', ['a', 'b'], 5)"
    assert "LakeUnusable" in as_stranger(lambda: publish(open_lake(root), {"c": b"3"}))
    assert paths(writer, "main") == ["a", "b"]
