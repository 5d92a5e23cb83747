"""The lake on lakeFS beside lakeFS's own client, both on the tests' server in its own process.

Publishing: a branch, files, a commit, a merge, the branch gone; ours are hashed on the way, the
client's are not. Reading: files of one commit, by the client into a file that is hashed, because
that is what a reader of ours gets; and again. One call at a time on both sides, each over one
connection that is kept, the server's disk under both, and its memory made to cost both the same.
What a network adds, it adds to both; what is shown is what we add.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import lakefs
from lakefs.client import Client

from benchmarks import memory
from benchmarks.goals import Goal
from benchmarks.timing import Row, Took, timed
from karat.digest import file_digest
from karat.lake import Access
from karat.lake.lakefs import LakeFSLake
from tests.lakefs_double.server import serving
from tests.lakefs_double.state import Server

SIZES = ((32, 1_000_000), (256, 20_000))
MOST = 1.2
REPOSITORY = "market-data"
KEY = Server().key_id, Server().secret


def run(sizes: tuple[tuple[int, int], ...] = SIZES, runs: int = 9) -> list[Row]:
    """Return rows for so many files of so many bytes."""
    rows: list[Row] = []
    for count, size in sizes:
        with tempfile.TemporaryDirectory() as folder, _server(Path(folder) / "server") as url:
            rows.extend(_rows(Bench(url, Path(folder), count, size, runs), runs))
    return rows


class Bench:
    """The same work by the lake and by the client, on new names each time."""

    def __init__(self, url: str, folder: Path, count: int, size: int, runs: int) -> None:
        self.folder, self.count, self.size = folder, count, size
        self._numbers, self._files_sent = itertools.count(), itertools.count()
        self._bytes = Random(1).randbytes(size)  # noqa: S311 - files to send
        self._address = f"lakefs://{url.removeprefix('http://')}/{REPOSITORY}"
        self._access = Access(*KEY, folder / "cache", url, "local://bench")
        self.lake = LakeFSLake(self._address, self._access)
        self._client = Client(host=url, username=KEY[0], password=KEY[1])
        self._repository = lakefs.Repository(REPOSITORY, self._client)
        self.head = self.publish()
        caches = (replace(self._access, cache=folder / f"new{n}") for n in range(runs + 1))
        self._new = iter([LakeFSLake(self._address, access) for access in caches])

    def publish(self) -> str:
        """Publish files by the lake; the commit."""
        with self.lake.session(head := self.lake.head("main")) as session:
            for path, data in self._files("o"):
                session.put(path, data)
            commit = session.commit("files")
        made = self.lake.merge(commit, "main", message="publish", expected_head=head)
        self.lake.delete_branch(session.branch)
        return made

    def publish_bare(self) -> None:
        """Publish files by the client."""
        branch = self._repository.branch(f"b{next(self._numbers)}").create("main", hidden=True)
        for path, data in self._files("b"):
            branch.object(path).upload(data, mode="wb", pre_sign=False)
        branch.commit("files")
        branch.merge_into("main", message="publish")
        branch.delete()

    def read(self) -> int:
        """Read the files of a commit by a lake that has none of them, as on a new machine."""
        return self._read(next(self._new))

    def read_again(self) -> int:
        """Read them by a lake that has."""
        return self._read(self.lake)

    def read_bare(self) -> int:
        """Read them by the client, into files that are hashed."""
        total, own = 0, self.folder / f"bare{next(self._numbers)}"
        own.mkdir()
        commit = self._repository.ref(self.head)
        for entry in commit.objects(amount=1000):
            file = own / entry.path.replace("/", "-")
            file.write_bytes(commit.object(entry.path).reader("rb", pre_sign=False).read())
            file_digest(file)
            total += len(file.read_bytes())
        return total

    def _read(self, lake: LakeFSLake) -> int:
        paths = [entry.path for entry in lake.list(self.head)]
        return sum(len(lake.local_path(self.head, path).read_bytes()) for path in paths)

    def _files(self, name: str) -> Iterator[tuple[str, bytes]]:
        """Yield files of other bytes each time, which take no time to make."""
        number, rest = next(self._numbers), self._bytes[16:]
        for index in range(self.count):
            yield f"{name}{number}/{index:04d}", b"%016d" % next(self._files_sent) + rest


def _rows(bench: Bench, runs: int) -> Iterator[Row]:
    read, again, bare = timed(bench.read, bench.read_again, bench.read_bare, runs=runs)
    published, client = timed(bench.publish, bench.publish_bare, runs=2 * runs)
    what = f"{bench.count} files of {bench.size / 1e6:g} MB"
    yield _row(f"publish {what}, beside lakeFS's client", published, client, MOST)
    yield _row(f"read {what} and check them, beside the client and a hash", read, bare, MOST)
    yield _row(f"read {what} again, beside the same", again, bare, None)


def _row(what: str, ours: Took, rival: Took, most: float | None) -> Row:
    ratio = ours.wall_s / rival.wall_s
    goal = None if most is None else Goal(ratio, most, unit="x")
    return Row(what, f"{ours.wall_s * 1e3:.0f} ms", f"{rival.wall_s * 1e3:.0f} ms", ratio, goal)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """Run a server in a process of its own; its address."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(theirs, os.fspath(folder)))
    process.start()
    try:
        yield str(ours.recv())
    finally:
        ours.send(None)
        process.join()


def _serve(told: Connection, folder: str) -> None:
    memory.kept()
    with serving(Server(folder=Path(folder))) as double:
        told.send(double.url)
        told.recv()
