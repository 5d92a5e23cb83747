"""A training dataset of 10,000 partitions: how long it takes to cut, to open, and to list.

Opened, its envelope and what was revoked are looked at, and no verdict; `cut` looked at each. The
partitions are proved one by one, of the same few bytes, in a lake whose bytes are in memory.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from copy import copy
from pathlib import Path

from benchmarks.gated_lake import Gated, gated_lake
from benchmarks.goals import Goal
from benchmarks.timing import Row, timed
from karat import dataset
from karat.store import MemoryStore

INSTRUMENTS, DAYS = 10, 1000
NAME = "many"


def run(instruments: int = INSTRUMENTS, days: int = DAYS) -> list[Row]:
    """Return the rows."""
    with tempfile.TemporaryDirectory() as folder:
        gated = gated_lake(Path(folder), instruments, days)
        gated.publish(*gated.partitions)
        return list(_rows(gated))


def _rows(gated: Gated) -> Iterator[Row]:
    lake, count = gated.lake, f"{len(gated.partitions):,}"
    began = time.perf_counter()
    manifest = dataset.cut(lake, gated.contract, NAME, store=MemoryStore())
    cut_s = time.perf_counter() - began
    again, anew = timed(
        lambda: dataset.open(lake, manifest.title), lambda: opened_anew(gated, manifest.title)
    )
    yield Row(f"{count} partitions: opened, envelope and revocations verified", _ms(again.wall_s),
              goal=Goal(1e3 * again.wall_s, 1000, 500, "ms"))  # fmt: skip
    yield Row("  the same, where this machine never saw the ledger", _ms(anew.wall_s),
              goal=Goal(1e3 * anew.wall_s, 1000, 500, "ms"))  # fmt: skip
    yield Row("  cut once, each verdict looked at", f"{cut_s:.1f} s")
    yield Row("  its manifest, signed", f"{len(manifest.encode()) / 1e6:.1f} MB")


def opened_anew(gated: Gated, title: str) -> dataset.Dataset:
    """Open a dataset as a process does that has not seen the ledger, and kept nothing of it."""
    return dataset.open(copy(gated.lake), title)


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.0f} ms"
