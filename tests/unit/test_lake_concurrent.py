"""Processes that write at the same time: nobody's work is lost, and nobody is let through twice."""

import os
import subprocess
import sys
from pathlib import Path

from karat.lake import open_lake
from karat.lake.checking import fsck
from karat.lake.testing.writing import paths, publish, read

COMMITS = 200 if os.environ.get("KARAT_SOAK") else 20
PUBLISHERS = 10
COMMITTER = """
import sys
from karat.errors import HeadMoved
from karat.lake import open_lake
place, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
lake = open_lake(place)
for number in range(count):
    while True:
        try:
            with lake.session("shared", branch="shared") as session:
                session.put(f"{name}/{number}", b"1")
                session.commit(f"{name} {number}")
            break
        except HeadMoved:
            continue
"""
PUBLISHER = """
import sys
from karat.errors import HeadMoved, MergeConflict
from karat.lake import open_lake
place, name, path = sys.argv[1:]
lake = open_lake(place)
base = lake.head("main")
with lake.session(base, branch=f"wap-{name}") as session:
    session.put(path, name.encode())
    session.commit(name)
print("ready", flush=True)
sys.stdin.readline()
while True:
    head = lake.head("main")
    try:
        lake.merge(f"wap-{name}", "main", message=name, expected_head=head)
        sys.exit(0)
    except HeadMoved:
        continue
    except MergeConflict:
        sys.exit(3)
"""


def test_two_processes_that_commit_to_one_branch_lose_nothing(tmp_path: Path) -> None:
    lake = open_lake(tmp_path)
    lake.create_branch("shared", "main")
    words = [sys.executable, "-c", COMMITTER, str(tmp_path)]
    writers = [subprocess.Popen([*words, name, str(COMMITS)]) for name in "ab"]
    assert [writer.wait(600) for writer in writers] == [0, 0]
    expected = [f"{name}/{number}" for name in "ab" for number in range(COMMITS)]
    assert paths(lake, "shared") == sorted(expected)
    messages = [commit.message for commit in lake.log("shared")][:-1]
    assert sorted(messages) == sorted(path.replace("/", " ") for path in expected)
    assert all(len(commit.parents) <= 1 for commit in lake.log("shared"))
    assert fsck(lake, deep=True).damages == ()


def outcomes(place: Path, who: dict[str, str]) -> list[int]:
    """Start one publisher each, let all go at once, and return how each ended."""
    words = [sys.executable, "-c", PUBLISHER, str(place)]
    started = [
        subprocess.Popen([*words, name, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for name, path in who.items()
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    for process in started:
        process.communicate(timeout=120)
    return [process.returncode for process in started]


def test_publishers_of_different_partitions_all_get_through(tmp_path: Path) -> None:
    publish(open_lake(tmp_path), {"day/old": b"1"})
    who = {f"p{number}": f"day/{number}" for number in range(PUBLISHERS)}
    assert outcomes(tmp_path, who) == [0] * PUBLISHERS
    lake = open_lake(tmp_path)
    assert {path: read(lake, "main", path) for path in paths(lake, "main")} == {
        "day/old": b"1",
        **{path: name.encode() for name, path in who.items()},
    }
    merges = [c for c in lake.log("main", first_parent=True) if c.message in who]
    assert len(merges) == PUBLISHERS


def test_publishers_of_one_partition_do_not_both_get_through(tmp_path: Path) -> None:
    publish(open_lake(tmp_path), {"day/1": b"1"})
    assert sorted(outcomes(tmp_path, {"one": "day/1", "two": "day/1", "three": "day/3"})) == [
        0,
        0,
        3,
    ]
    lake = open_lake(tmp_path)
    assert read(lake, "main", "day/1") in {b"one", b"two"}
    assert read(lake, "main", "day/3") == b"three"
