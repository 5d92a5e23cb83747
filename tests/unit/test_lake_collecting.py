"""Collection of garbage: what nobody names goes when it is old, and nothing else ever does."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.errors import InputError, RefNotFound
from karat.lake import Lake, open_lake
from karat.lake.append import append
from karat.lake.collecting import DAY_S, Freed, gc
from karat.lake.superseded import superseded
from karat.lake.testing.writing import files, paths, publish, read, write

NOTHING = Freed((), 0, 0, 0, 0, 0, 0)
OLD, NEW = b"old" * 1000, b"new" * 1000


def later() -> int:
    """Return a moment at which all that is on the disk now is old."""
    return int(time.time()) + 2 * DAY_S


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def lake(root: Path) -> Lake:
    lake = open_lake(root)
    publish(lake, {"kept/a": NEW, "kept/b": b"b"})
    return lake


def blobs(root: Path) -> set[str]:
    return {path.name for path in (root / "blobs").rglob("*") if path.is_file()}


def everything(lake: Lake) -> object:
    refs = (*lake.branches(), *lake.tags())
    return [(r, c.id, [(i, read(lake, c.id, i.path)) for i in files(lake, c.id)])
            for r in refs for c in lake.log(r.commit)]  # fmt: skip


def test_what_nobody_names_goes_and_all_else_stays(lake: Lake, root: Path) -> None:
    lost = write(lake, "work", {"gone": OLD, "kept/a": b"other"})
    lake.delete_branch("work")
    (root / "tmp" / "left").write_bytes(b"half")
    before, had = everything(lake), blobs(root)
    told = gc(lake, clock=later, dry_run=True)
    assert (everything(lake), blobs(root)) == (before, had), "a dry run only tells"
    assert told == gc(lake, clock=later)
    assert told == Freed((), 1, 2, 2, len(OLD) + 5, 1, 4)
    assert everything(lake) == before
    assert len(had - blobs(root)) == 2
    assert list((root / "tmp").iterdir()) == []
    assert gc(lake, clock=later) == NOTHING
    with pytest.raises(RefNotFound):
        lake.commit_info(lost)
    assert write(open_lake(root), "again", {"gone": OLD})


def test_what_is_young_stays(lake: Lake, root: Path) -> None:
    commit = write(lake, "work", {"gone": OLD})
    lake.delete_branch("work")
    for grace_s in (DAY_S, 60):
        assert gc(lake, grace_s=grace_s) == NOTHING
    assert read(lake, commit, "gone") == OLD
    assert gc(lake, grace_s=3 * DAY_S, clock=later) == NOTHING
    with pytest.raises(InputError, match="0 or more"):
        gc(lake, grace_s=-1)
    assert blobs(root)


def test_what_an_open_session_has_staged_is_never_touched(lake: Lake, root: Path) -> None:
    with lake.session("main") as session, lake.session("main", branch="work") as other:
        session.put("a", OLD)
        other.put("b", b"other old")
        assert gc(lake, clock=later) == NOTHING
        commit = session.commit("one")
        assert gc(lake, clock=later) == NOTHING
        assert read(lake, other.commit("two"), "b") == b"other old"
    assert read(lake, commit, "a") == OLD
    freed = gc(lake, clock=later)
    assert (freed.branches, freed.blobs, freed.commits) == ((session.branch,), 1, 1)
    assert paths(lake, "work") == ["b", "kept/a", "kept/b"]
    assert list((root / "pins").iterdir()) == []


def test_a_session_that_nobody_holds_any_more_lets_go(lake: Lake) -> None:
    session = lake.session("main")
    session.put("a", OLD)
    del session
    assert gc(lake, clock=later).blobs == 1


def test_what_a_dead_process_had_staged_goes(lake: Lake, root: Path) -> None:
    code = (
        "import os, sys; from karat.lake import open_lake\n"
        "session = open_lake(sys.argv[1]).session('main')\n"
        "session.put('a', b'old' * 1000)\n"
        "os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code, str(root)], check=False)
    assert len(list((root / "pins").iterdir())) == 1
    (branch,) = [ref.name for ref in lake.branches("session-")]
    assert gc(lake) == NOTHING
    assert gc(lake, clock=later) == Freed((branch,), 0, 0, 1, len(OLD), 0, 0)


def test_bytes_put_again_are_wanted_again(lake: Lake, root: Path) -> None:
    write(lake, "work", {"gone": OLD})
    lake.delete_branch("work")
    for path in (root / "blobs").rglob("*"):
        os.utime(path, (0, 0))
    with lake.session("main") as session:
        session.put("again", OLD)
        commit = session.commit("again")
    assert gc(lake, grace_s=60).blobs == 0
    assert read(lake, commit, "again") == OLD


WRITER = """
import sys
from karat.lake import open_lake
from karat.lake.append import append
from karat.lake.testing.writing import read
lake = open_lake(sys.argv[1])
for n in range(int(sys.argv[3])):
    kind = n % 3
    data = b"%d" % kind * 5000
    head = append(lake, "main", {sys.argv[2]: data, f"{sys.argv[2]}{n}": b"%d" % n}, message="m")
    assert read(lake, head, sys.argv[2]) == data
    session = lake.session("main")
    session.put("x", b"%d" % (7 + kind) * 5000)
    session.commit("left")
    del session
"""


def test_writers_go_on_while_all_that_is_left_is_collected_at_once(lake: Lake, root: Path) -> None:
    turns = 40
    words = [sys.executable, "-c", WRITER, str(root)]
    writers = [subprocess.Popen([*words, name, str(turns)]) for name in ("one", "two")]
    freed = []
    while any(writer.poll() is None for writer in writers):
        freed.append(gc(lake, clock=lambda: int(time.time()) + 50, grace_s=0))
    assert [writer.returncode for writer in writers] == [0, 0]
    assert any(one.blobs for one in freed)
    everything(lake)
    assert len(paths(lake, "main", "one")) == len(paths(lake, "main", "two")) == turns + 1


STEPS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz"), st.integers(0, 2)), max_size=10
)


@settings(max_examples=40)
@given(steps=STEPS)
def test_an_audit_branch_is_superseded_when_each_path_is_newer_elsewhere(
    steps: list[tuple[str, str, int]],
) -> None:
    """Branch d stands for main; the oracle keeps, for each path, who changed it when to what."""
    now = [1]
    lake = open_lake("memory:", clock=lambda: now[0])
    base = lake.head("main")
    did: dict[str, dict[str, bytes]] = {"a": {}, "b": {}, "c": {}, "d": {}}
    head_at: dict[str, int] = {}
    for number, (who, path, value) in enumerate(steps):
        now[0] += 1
        data = f"{value if who != 'd' else number + 10}".encode()
        if did[who].get(path) == data:
            continue
        did[who][path] = data
        head_at[who] = now[0]
        if who == "d":
            append(lake, "main", {path: data}, message="published")
        else:
            write(lake, f"wap-{who}x", {path: data}, base=base)
    expected = []
    for who in "abc":
        if who not in head_at:
            continue
        left = {path: data for path, data in did[who].items() if path not in did["d"]}
        newer = [other for other in "abc" if head_at.get(other, 0) > head_at[who]]
        if all(
            any(did[o].get(path, data) != data and path not in did["d"] for o in newer)
            for path, data in left.items()
        ):
            expected.append(f"wap-{who}x")
    assert [ref.name for ref in superseded(lake)] == expected


def test_superseded_audit_branches_go_only_when_asked(lake: Lake) -> None:
    write(lake, "wap-one", {"day/a": b"1"})
    write(lake, "wap-two", {"day/b": b"1"})
    publish(lake, {"day/a": b"2"})
    assert gc(lake, clock=later) == NOTHING
    assert gc(lake, audit_branches=True) == NOTHING, "young"
    assert gc(lake, clock=later, audit_branches=True).branches == ("wap-one",)
    assert read(lake, "wap-two", "day/b") == b"1"


def test_gc_is_for_lakes_in_directories(root: Path, lake: Lake) -> None:
    with pytest.raises(InputError, match="directory"):
        gc(open_lake("memory:"))
    with pytest.raises(InputError, match="read only"):
        gc(open_lake(root, read_only=True))
    assert lake
