"""A result found again: in memory, on disk, and in the lake, beside plain files.

20,000 entries of 4 kB are put; 5,000 of them are got in another order, one at a time, each proved
by its seal. The rival on disk is a file for each entry, read whole and proved by nothing; in the
lake it is an object for each entry. What a new process does first (it looks at the packs' indexes)
is told on its own. Every answer is compared with what was put.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.goals import Goal
from benchmarks.timing import Row
from karat import open_lake
from karat.compute.lake_store import LakeStore
from karat.flow.sharing import share
from karat.lake import Lake
from karat.lake.append import append
from karat.signing import KeyFiles
from karat.store import DiskStore, MemoryStore

ENTRIES, SIZE, ASKED, OBJECTS = 20_000, 4_096, 5_000, 500
PREFIX = "objects/"
Get = Callable[[str], bytes | None]
Held = dict[str, bytes]


def run(entries: int = ENTRIES, asked: int = ASKED) -> list[Row]:
    """Return the rows; RuntimeError when an answer is not what was put."""
    random = np.random.Generator(np.random.PCG64(5))
    held = {random.bytes(32).hex(): random.bytes(SIZE) for _ in range(entries)}
    keys = random.permutation(np.array([*held]))[:asked].tolist()
    with tempfile.TemporaryDirectory() as folder:
        return [*_near(Path(folder), held, keys), *_far(Path(folder), held, keys)]


def _near(folder: Path, held: Held, keys: list[str]) -> Iterator[Row]:
    memory, disk = MemoryStore(1 << 30), DiskStore(folder / "store")
    memory.put_many(held)
    yield _hits("memory", memory.get, held.__getitem__, (held, keys), must_ms=0.05)
    start = perf_counter()
    disk.put_many(held)
    middle = perf_counter()
    files = folder / "files"
    files.mkdir()
    for key, data in held.items():
        (files / key).write_bytes(data)
    ours, rival = middle - start, perf_counter() - middle
    one, other = (f"{1e6 * took / len(held):.0f} us each" for took in (ours, rival))
    yield Row(f"disk: {len(held):,} put at once", one, other, rival / ours)
    again = DiskStore(folder / "store")
    plain: Get = lambda key: (files / key).read_bytes()  # noqa: E731
    yield _hits("disk", again.get, plain, (held, keys), must_ms=1)
    start = perf_counter()
    found = again.get_many(keys)
    took = 1e6 * (perf_counter() - start) / len(keys)
    _same(found, {key: held[key] for key in keys})
    yield Row(f"disk: {len(keys):,} got at once", f"{took:.1f} us each")


def _far(folder: Path, held: Held, keys: list[str]) -> Iterator[Row]:
    def lake() -> Lake:
        return open_lake(folder / "lake", files=KeyFiles.below(folder))

    here = lake()
    start = perf_counter()
    sent = share(DiskStore(folder / "store"), here)
    took = perf_counter() - start
    yield Row("lake: all shared, signed", f"{sent.data_bytes / 1e6 / took:.0f} MB/s")
    some = {f"{PREFIX}{key}": held[key] for key in keys[:OBJECTS]}
    append(here, "main", some, message="An object for each entry")
    store, head = LakeStore(lake()), here.head("main")
    start = perf_counter()
    _same({keys[0]: store.get(keys[0])}, {keys[0]: held[keys[0]]})
    first = 1e3 * (perf_counter() - start)
    yield Row(f"lake: first look, {len(held):,} entries", f"{first:.1f} ms")

    def plain(key: str) -> bytes:
        with here.open(head, f"{PREFIX}{key}") as stream:
            return stream.read()

    asked = keys[:OBJECTS]
    yield _hits("lake objects", store.get, plain, (held, asked), must_ms=100)
    fresh = LakeStore(lake())
    start = perf_counter()
    found = fresh.get_many(keys)
    took = 1e6 * (perf_counter() - start) / len(keys)
    _same(found, {key: held[key] for key in keys})
    yield Row(f"lake: {len(keys):,} got at once, by a new process", f"{took:.1f} us each")


def _hits(where: str, ours: Get, rival: Get, of: tuple[Held, list[str]], *, must_ms: float) -> Row:
    """Return the middle and the 99th of 100 times of one hit, and of the rival's."""
    held, keys = of
    times = np.empty((len(keys), 2))
    for at, key in enumerate(keys):
        for side, get in enumerate((ours, rival)):
            start = perf_counter()
            found = get(key)
            times[at, side] = perf_counter() - start
            _same({key: found}, {key: held[key]})
    (middle, other), (late, late_other) = np.percentile(1e3 * times, [50, 99], axis=0)
    return Row(
        f"{where}: a hit of {SIZE:,} bytes",
        _told(middle, late),
        _told(other, late_other),
        float(other / middle),
        Goal(round(float(late), 4), must_ms, unit="ms"),
    )


def _told(middle: float, late: float) -> str:
    return f"p50 {1e3 * middle:.1f} us, p99 {1e3 * late:.1f} us"


def _same(found: object, put: object) -> None:
    if found != put:
        raise RuntimeError("the store gave back something else than was put")
