"""A writer killed at any moment leaves one of two states, and a lake that goes on at once."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from karat.digest import bytes_digest
from karat.lake import Lake, open_lake
from karat.lake.testing.writing import files, publish, read
from karat.store import DiskStore

KILLS = 60 if os.environ.get("KARAT_SOAK") else 6
SIZE = 300_000
WRITER = """
import sys
from karat.lake import open_lake
from karat.lake.append import append
lake = open_lake(sys.argv[1])
print("ready", flush=True)
for n in range(100_000):
    data = b"%d." % n * 50_000
    append(lake, "main", {"a/one": data, "b/two": data, f"c/{n % 50}": b"%d" % n}, message=str(n))
"""
FILLER = """
import sys
from pathlib import Path
from karat.store import DiskStore
store = DiskStore(Path(sys.argv[1]))
print("ready", flush=True)
for n in range(100_000):
    store.put("k" * 64, b"%d." % n * 100_000)
    store.put_many({f"many-{at}": b"%d." % n * at for at in range(50)})
"""


def kill_in_the_middle(code: str, place: Path, seed: int) -> None:
    """Start a process, and end it a moment after it has begun to write."""
    command = [sys.executable, "-c", code, str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(random.Random(seed).uniform(0.0, 0.15))  # noqa: S311 - a moment, no secret
        process.kill()
    assert process.returncode == -signal.SIGKILL


def check_whole(lake: Lake) -> None:
    """Hold each commit of main against what its writer meant."""
    for commit in lake.log("main", first_parent=True, limit=4):
        found = {info.path: read(lake, commit.id, info.path) for info in files(lake, commit.id)}
        if not commit.message.isdigit():
            continue
        number = int(commit.message)
        assert found["a/one"] == found["b/two"] == b"%d." % number * 50_000
        assert found[f"c/{number % 50}"] == b"%d" % number


def test_a_killed_writer_publishes_all_or_nothing(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    open_lake(root)
    for seed in range(KILLS):
        kill_in_the_middle(WRITER, root, seed)
        lake = open_lake(root, create=False)
        check_whole(lake)
        started = time.monotonic()
        head = publish(lake, {"after": b"%d" % seed}, branch=f"after-{seed}")
        assert time.monotonic() - started < 5, "nothing is locked"
        assert lake.head("main") == head
        assert read(lake, "main", "after") == b"%d" % seed
    assert any(commit.message.isdigit() for commit in lake.log("main", first_parent=True))
    for path in (root / "blobs").rglob("*"):
        assert path.is_dir() or bytes_digest(path.read_bytes()) == path.name


def test_a_killed_founder_leaves_a_lake_or_none(tmp_path: Path) -> None:
    code = "import sys; from karat.lake import open_lake; print('ready', flush=True)\n"
    for seed in range(KILLS):
        root = tmp_path / str(seed)
        command = [sys.executable, "-c", f"{code}open_lake(sys.argv[1])", str(root)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(seed * 0.004)
            process.kill()
        publish(open_lake(root), {"a": b"1"})
        assert read(open_lake(root), "main", "a") == b"1"


def test_a_killed_put_leaves_the_old_or_the_new_entry(tmp_path: Path) -> None:
    for seed in range(KILLS):
        kill_in_the_middle(FILLER, tmp_path, seed)
        store = DiskStore(tmp_path)
        found = store.get("k" * 64)
        assert (store.corrupt, store.set_aside) == (0, 0)
        if found is not None:
            number = found.partition(b".")[0]
            assert found == number + b"." + (number + b".") * 99_999
        many = store.get_many([f"many-{at}" for at in range(50)])
        batch = many.get("many-1", b"")
        assert many == ({f"many-{at}": batch * at for at in range(50)} if batch else {})
        store.put("k" * 64, b"1.")
        assert store.get("k" * 64) == b"1."
        store.put("k" * 64, b"7." * 100_000)


@pytest.mark.parametrize("key", ["k" * 64, "x"])
def test_two_processes_writing_one_key_leave_one_of_them(tmp_path: Path, key: str) -> None:
    code = (
        "import sys; from pathlib import Path; from karat.store import DiskStore\n"
        "store = DiskStore(Path(sys.argv[1]))\n"
        "for n in range(150): store.put(sys.argv[2], sys.argv[3].encode() * 20_000)"
    )
    DiskStore(tmp_path).put(key, b"l" * 20_000)
    words = [sys.executable, "-c", code, str(tmp_path), key]
    running = [subprocess.Popen([*words, side]) for side in "lr"]
    store = DiskStore(tmp_path)
    while any(process.poll() is None for process in running):
        assert store.get(key) in {b"l" * 20_000, b"r" * 20_000}
    assert [process.returncode for process in running] == [0, 0]
    assert (store.corrupt, store.set_aside) == (0, 0)
