"""A lake copied while it is in use, and made again from the copy."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from karat.errors import CorruptError, InputError, ObjectGone, RepositoryNotFound
from karat.lake import Lake, open_lake
from karat.lake.checking import fsck
from karat.lake.collecting import gc
from karat.lake.copies import backup, restore
from karat.lake.testing.writing import files, publish, read, write

WRITER = """
import sys
from karat.lake import open_lake
from karat.lake.append import append
lake = open_lake(sys.argv[1])
print("ready", flush=True)
for n in range(100_000):
    append(lake, "main", {f"n/{n}": b"%d" % n * 100, "last": b"%d" % n}, message=str(n))
"""


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = open_lake(tmp_path / "lake")
    publish(lake, {"a": b"1" * 5000, "b/c": b"2"})
    lake.create_tag("v1.0.0", "main")
    write(lake, "work", {"b/d": b"3"})
    return lake


def told(lake: Lake) -> object:
    refs = (*lake.branches(), *lake.tags())
    return [(r, list(lake.log(r.commit)), [(i, read(lake, r.commit, i.path))
             for i in files(lake, r.commit)]) for r in refs]  # fmt: skip


@pytest.mark.parametrize("link", [False, True])
def test_a_backup_is_the_lake_again(lake: Lake, tmp_path: Path, *, link: bool) -> None:
    done = backup(lake, tmp_path / "copies" / "one", link=link)
    assert (done.main, done.refs, done.blobs, done.blob_bytes) == (lake.head("main"), 4, 3, 5002)
    assert done.linked == (3 if link else 0)
    again = restore(tmp_path / "copies" / "one", tmp_path / "again")
    assert (again.main, again.linked) == (done.main, 0)
    for place in ("copies/one", "again"):
        other = open_lake(tmp_path / place, create=False)
        assert told(other) == told(lake)
        assert fsck(other, deep=True).damages == ()
    restored = open_lake(tmp_path / "again")
    publish(restored, {"more": b"4"})
    assert read(restored, "main", "a") == b"1" * 5000
    assert {path.name for path in tmp_path.iterdir()} == {"lake", "copies", "again"}


def test_what_nothing_names_is_not_copied(lake: Lake, tmp_path: Path) -> None:
    write(lake, "gone", {"x": b"unreachable"})
    lake.delete_branch("gone")
    assert backup(lake, tmp_path / "copy").blobs == 3


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: path.symlink_to("/nowhere")])
def test_nothing_is_overwritten(lake: Lake, tmp_path: Path, make: object) -> None:
    backup(lake, tmp_path / "copy")
    make(tmp_path / "there")  # type: ignore[operator]
    before = os.lstat(tmp_path / "there")
    with pytest.raises(InputError, match="overwritten"):
        backup(lake, tmp_path / "there")
    with pytest.raises(InputError, match="overwritten"):
        restore(tmp_path / "copy", tmp_path / "there")
    assert os.lstat(tmp_path / "there") == before
    with pytest.raises(RepositoryNotFound):
        restore(tmp_path / "nowhere", tmp_path / "new")


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize(("hurt", "error"), [(b"x", CorruptError), (None, ObjectGone)])
def test_a_damaged_blob_stops_it_and_leaves_nothing(
    lake: Lake, tmp_path: Path, hurt: bytes | None, error: type[Exception], *, link: bool
) -> None:
    path = lake.local_path("main", "b/c")
    path.unlink()
    if hurt is not None:
        path.write_bytes(hurt)
    with pytest.raises(error, match="fsck"):
        backup(lake, tmp_path / "copy", link=link)
    assert [one.name for one in tmp_path.iterdir()] == ["lake"]


def test_a_backup_while_others_write_and_collect_is_whole(lake: Lake, tmp_path: Path) -> None:
    words = [sys.executable, "-c", WRITER, str(tmp_path / "lake")]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        for number in range(3):
            time.sleep(0.3)
            backup(lake, tmp_path / str(number))
            gc(lake, clock=lambda: int(time.time()) + 50, grace_s=0)
        writer.kill()
    assert writer.returncode == -signal.SIGKILL
    for number in range(3):
        copy = open_lake(tmp_path / str(number), create=False)
        assert fsck(copy, deep=True).damages == ()
        last = int(copy.commit_info("main").message)
        assert read(copy, "main", "last") == b"%d" % last
        assert len([i for i in files(copy, "main") if i.path.startswith("n/")]) == last + 1
    publish(lake, {"goes/on": b"1"})
