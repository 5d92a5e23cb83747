"""The embedded lake beside `cp` + fsync, dulwich, and plain files.

Bytes: a file of 64 MB that was just written, beside `cp` and fsync of the copy. Names: commits of
100 k and 1 M paths (``lob/date=/symbol=/hour=.parquet``), beside dulwich's loose trees and beside
a plain file that lists every path with its digest.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from dulwich.diff_tree import tree_changes
from dulwich.object_store import commit_tree_changes
from dulwich.objects import Blob, Tree
from dulwich.repo import Repo

from benchmarks.goals import Goal
from benchmarks.timing import Row
from karat.digest import digest
from karat.lake import commits
from karat.lake.backend import Entry
from karat.lake.local import LocalLake

FILE = 64_000_000
RUNS = 7
SIZES = {"100 k": 100, "1 M": 1_000}
CHANGES = 100
Entries = dict[str, Entry]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Names:
    """What work on names takes, in ms; kB of database a commit; MB of memory of all of it."""

    commit_ms: float
    diff_ms: float
    merge_ms: float
    merge_cpu_ms: float
    growth_kb: float
    memory_mb: float


def run() -> list[Row]:
    """Return the rows of bytes, then those of names."""
    with tempfile.TemporaryDirectory() as folder:
        rows = list(_bytes(Path(folder)))
    for label, days in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            rows.extend(_names(Path(folder), label, days))
    return rows


def _bytes(folder: Path) -> Iterator[Row]:
    lake = LocalLake(folder / "lake")
    session = lake.session("main", branch="work")
    took = _in_turn(
        folder,
        {
            "cp": lambda source: _cp(source, folder / "copy"),
            "given": lambda source: session.put("a", source, consume=True),
            "copied": lambda source: session.put("a", source),
            "bytes": lambda source: session.put("a", source.read_bytes()),
        },
    )
    for name, what, must in (
        ("given", "put of a file handed over, beside cp + fsync", 0.85),
        ("copied", "put of a file, copied, beside cp + fsync", 0.5),
        ("bytes", "put of bytes in memory, read from the file first", None),
    ):
        ours, rival = (FILE / 1e6 / took[n] for n in (name, "cp"))
        goal = Goal(ours / rival, must, unit="x", least=True) if must else None
        told = f"{ours:.0f} MB/s", f"{rival:.0f} MB/s"
        yield Row(f"{what}, 64 MB", *told, ours / rival, goal)


def _cp(source: Path, target: Path) -> None:
    subprocess.run(["cp", source, target], check=True)  # noqa: S603, S607
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _in_turn(folder: Path, works: dict[str, Callable[[Path], object]]) -> dict[str, float]:
    """Return the median seconds of each work on a file just written, in turn."""
    content, took = os.urandom(FILE), {name: list[float]() for name in works}
    for number in range(RUNS):
        for name, work in works.items():
            source = folder / "source"
            source.unlink(missing_ok=True)
            source.write_bytes(number.to_bytes(4, "little") + name.encode() + content)
            start = time.perf_counter()
            work(source)
            took[name].append(time.perf_counter() - start)
            (folder / "copy").unlink(missing_ok=True)
    return {name: statistics.median(seconds[1:]) for name, seconds in took.items()}


def _names(folder: Path, label: str, days: int) -> Iterator[Row]:
    count = _alone(_fill, folder / "lake", days)
    ours = _alone(_ours, folder / "lake", days)
    plain_commit, plain_diff = _plain(folder, days)
    git_commit, git_diff = _git(folder / "git", days) if days <= CHANGES else (None, None)
    for what, must, own, rival, which in (
        ("commit of one change", 10, ours.commit_ms, git_commit, "dulwich"),
        ("commit of one change", 10, ours.commit_ms, plain_commit, "plain"),
        ("diff of one change", 2, ours.diff_ms, git_diff, "dulwich"),
        ("diff of one change", 2, ours.diff_ms, plain_diff, "plain"),
        ("merge of 100 vs 100", 150, ours.merge_ms, None, ""),
    ):
        if rival is not None or not which:
            told = f"{rival:.1f} ms ({which})" if rival is not None else ""
            goal, title = Goal(own, must, unit="ms"), f"{what}, {label} paths"
            yield Row(title, f"{own:.2f} ms", told, rival / own if rival else None, goal)
    yield Row(f"processor time of that merge, {label} paths", f"{ours.merge_cpu_ms:.0f} ms")
    growth = Goal(ours.growth_kb, 20, unit="kB")
    yield Row(f"database a commit, {label} paths", f"{ours.growth_kb:.1f} kB", goal=growth)
    yield Row(f"memory of it all, {count:,} paths", f"{ours.memory_mb:.0f} MB")
    shutil.rmtree(folder / "lake")


def _alone(work: Callable[[Path, int], T], root: Path, days: int) -> T:
    """Return what `work` gives in a process of its own, whose memory is its own too."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, root, days).result()


def _path(day: int, symbol: int, hour: int) -> str:
    date = f"{2000 + day // 360}-{day // 30 % 12 + 1:02}-{day % 30 + 1:02}"
    return f"lob/date={date}/symbol=S{symbol:02}USDT/hour={hour:02}.parquet"


def _paths(days: int) -> Iterator[str]:
    return (_path(d, s, h) for d in range(days) for s in range(42) for h in range(24))


def _entry(path: str, version: int) -> Entry:
    return Entry(digest("bench", path, version), 1_000_000, "application/octet-stream", {}, 7)


def _some(days: int, seed: int, count: int) -> Entries:
    chance = random.Random(seed)  # noqa: S311 - no secret
    picks = (
        (chance.randrange(days), chance.randrange(42), chance.randrange(24)) for _ in range(count)
    )
    return {path: _entry(path, seed) for path in (_path(*pick) for pick in picks)}


def _add(lake: LocalLake, branch: str, parent: str, changes: Entries) -> str:
    with lake.refs.transaction():
        tree = lake.trees.apply(lake.commit_info(parent).tree_id, changes)
        head = commits.add(lake.backend, tree, (parent,), "bench", {})
        lake.refs.set_ref("branch", branch, head)
    return head


def _fill(root: Path, days: int) -> int:
    lake = LocalLake(root)
    entries = {path: _entry(path, 0) for path in _paths(days)}
    _add(lake, "main", lake.head("main"), entries)
    return len(entries)


def _ours(root: Path, days: int) -> Names:
    lake = LocalLake(root)
    start = lake.head("main")
    commits_ms, diffs_ms = list[float](), list[float]()
    merges_ms, cpus_ms = list[float](), list[float]()
    head, before = start, _size(root)
    for seed in range(1, 51):
        change = _some(days, seed, 1)
        parent, took = head, time.perf_counter()
        head = _add(lake, "work", parent, change)
        commits_ms.append((time.perf_counter() - took) * 1e3)
        fresh, took = LocalLake(root), time.perf_counter()
        assert [one.path for one in fresh.diff(parent, head)] == list(change)  # noqa: S101
        diffs_ms.append((time.perf_counter() - took) * 1e3)
    growth = (_size(root) - before) / 50 / 1e3
    for seed in range(5):
        sides = [_some(days, 1000 + 2 * seed + side, CHANGES) for side in (0, 1)]
        sides[1] = {path: entry for path, entry in sides[1].items() if path not in sides[0]}
        _add(lake, "left", start, sides[0])
        _add(lake, "right", start, sides[1])
        fresh, took, used = LocalLake(root), time.perf_counter(), time.process_time()
        merged = fresh.merge("right", "left", message="both")
        merges_ms.append((time.perf_counter() - took) * 1e3)
        cpus_ms.append((time.process_time() - used) * 1e3)
        assert len(list(fresh.diff(start, merged))) == len(sides[0]) + len(sides[1])  # noqa: S101
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    median = statistics.median
    times = median(commits_ms), median(diffs_ms), median(merges_ms), median(cpus_ms)
    return Names(*times, growth, memory)


def _size(root: Path) -> int:
    with sqlite3.connect(root / "lake.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (root / "lake.db").stat().st_size


def _plain(folder: Path, days: int) -> tuple[float, float]:
    """Return the ms to write the list of all paths with one changed, and to compare two."""
    files = {path: _entry(path, 0).content_hash for path in _paths(days)}
    old, new = folder / "old.json", folder / "new.json"
    old.write_text(json.dumps(files))
    start = time.perf_counter()
    files[_path(1, 1, 1)] = "changed"
    with new.open("w") as file:
        json.dump(files, file)
        file.flush()
        os.fsync(file.fileno())
    written = time.perf_counter()
    a, b = (json.loads(path.read_text()) for path in (old, new))
    assert [path for path in a.keys() | b.keys() if a.get(path) != b.get(path)] == [_path(1, 1, 1)]  # noqa: S101
    return (written - start) * 1e3, (time.perf_counter() - written) * 1e3


def _git(folder: Path, days: int) -> tuple[float, float]:
    """Return the ms to write the trees of one change, and to compare them, in a new store."""
    folder.mkdir()
    store = Repo.init(str(folder)).object_store
    blobs = [Blob.from_string(bytes([number])) for number in (0, 1)]
    for blob in blobs:
        store.add_object(blob)
    every = [(path.encode(), 0o100644, blobs[0].id) for path in _paths(days)]
    first = commit_tree_changes(store, Tree(), every)
    start = time.perf_counter()
    changed = commit_tree_changes(store, first, [(_path(1, 1, 1).encode(), 0o100644, blobs[1].id)])
    written = time.perf_counter()
    fresh = Repo(str(folder)).object_store
    found = list(tree_changes(fresh, first, changed))
    assert len(found) == 1  # noqa: S101
    return (written - start) * 1e3, (time.perf_counter() - written) * 1e3
