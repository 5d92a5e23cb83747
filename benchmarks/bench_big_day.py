"""A day of 50 M rows: judged once, then again after 10 s of it changed, then with a frozen book.

Each step runs in a process of its own that opens lake and store anew, so that its peak memory is
its own. `put` is the copy into the lake and `index_file`, which names the rows; the verdict comes
after it. The rival is judging the changed day with an empty store, as a tool without chunks would.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.big_days import FROZEN_S, changed, differing, frozen, played, write
from benchmarks.goals import Goal
from benchmarks.judged_days import INSTRUMENT, shipped
from benchmarks.timing import Row
from karat import open_lake
from karat.compute import Processes, Reading, chunk_states, index_file, partition_content
from karat.compute.kept_memory import settle
from karat.contracts import measures
from karat.flow import adopt_golden, validate
from karat.flow.judged import Trial
from karat.flow.parts_apart import keep_parts
from karat.golden import manifest_of
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.signing import KeyFiles
from karat.store import DiskStore
from karat.telemetry import silent
from karat.verdicts import Outcome, current_golden
from karat.verdicts.table_sample import TableSample

R = TypeVar("R")
Edit = Callable[[Iterator[pa.Table]], Iterator[pa.Table]]
ROWS = 50_000_000
GOLDEN_ROWS = 900_000
DAY = Partition(INSTRUMENT, "2024-01-01")
PATH = dataset_path("book_events", DAY.instrument, DAY.date)
RUNS = 5


@dataclass(frozen=True)
class Step:
    """What one process did: seconds for `put` and for the verdict, bytes read, peak memory."""

    put_s: float
    verdict_s: float
    bytes_read: int
    peak: int
    findings: tuple[bytes, ...] = ()


def run() -> list[Row]:
    """Return the rows; RuntimeError where a verdict is not the one of an empty store."""
    rows = int(os.environ.get("KARAT_BIG_ROWS", ROWS))
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        with ProcessPoolExecutor(2, get_context("spawn")) as pool:
            made = [pool.submit(draw, home, rows, what) for what in ("day", "changed", "frozen")]
            sizes = [one.result() for one in made]
        alone(golden, home)
        first = alone(judged, home, "day", "store")
        shutil.copytree(home / "store", home / "before")
        again = alone(judged, home, "changed", "store")
        took = statistics.median(alone(repeated, home) for _ in range(RUNS))
        empty = alone(judged, home, "changed", "empty")
        if empty.findings != again.findings:
            raise RuntimeError("the changed day: other findings than with an empty store")
        shared = alone(judged, home, "day", "shared", 2)
        where = alone(stale, home)
        kept = sum(f.stat().st_size for f in (home / "store").rglob("*") if f.is_file())
    return told(rows, sizes, first, again, took, empty, shared, where, kept)


def told(rows: int, sizes: list[int], first: Step, again: Step, took: float, empty: Step,
         shared: Step, where: str, kept: int) -> list[Row]:  # fmt: skip
    """Return what was measured as rows of the table."""
    name = f"{rows / 1e6:.0f} M rows"
    share = again.bytes_read / sizes[1]
    every = empty.put_s + empty.verdict_s
    peak = max(step.peak for step in (first, again, empty, shared))
    return [
        Row(f"{name}, {sizes[0] / 1e6:,.0f} MB: put (copy and index)", f"{first.put_s:.1f} s"),
        Row(f"{name}: first verdict, 1 process", f"{first.verdict_s:.1f} s"),
        Row(f"{name}: first verdict, 2 more processes share it, their start included",
            f"{shared.verdict_s:.1f} s", ratio=first.verdict_s / shared.verdict_s),
        Row(f"{name}: peak memory of one process", f"{peak / 1e6:,.0f} MB",
            goal=Goal(peak / 1e9, 2, unit="GB")),
        Row(f"{name}: states kept, of the file", f"{kept / sizes[0]:.0%}"),
        Row(f"{name}, 10 s changed: column bytes read", f"{share:.4%}",
            goal=Goal(100 * share, 0.1, unit="%")),
        Row(f"{name}, 10 s changed: put", f"{again.put_s:.1f} s"),
        Row(f"{name}, 10 s changed: verdict", f"{1e3 * took:.0f} ms",
            f"{every:.1f} s, nothing kept", every / took, Goal(1e3 * took, 500, 50, "ms")),
        Row(f"{name}, book frozen for {FROZEN_S} s: FAIL, located", where),
    ]  # fmt: skip


def alone(work: Callable[..., R], *words: Any) -> R:
    """Return what `work` gives in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, *words).result()


def draw(home: Path, rows: int, what: str) -> int:
    """Write a day, and return the compressed bytes of its columns."""
    edits: dict[str, Edit] = {"day": iter, "changed": changed, "frozen": frozen}
    path = home / f"{what}.parquet"
    write(path, edits[what](played(1, rows)))
    found = pq.read_metadata(path)
    groups = (found.row_group(at) for at in range(found.num_row_groups))
    return sum(g.column(at).total_compressed_size for g in groups for at in range(g.num_columns))


def golden(home: Path) -> None:
    """Adopt golden days: two of fewer rows, the second for calibration."""
    lake = _lake(home)
    days = [TableSample(f"g{n}", pa.concat_tables(played(n, GOLDEN_ROWS))) for n in (2, 3)]
    manifest = manifest_of(shipped(), days[:1], days[1:])
    adopt_golden(lake, manifest, who="the benchmark", reason="two days of its own")


def judged(home: Path, what: str, store_name: str, processes: int = 0) -> Step:
    """Put a day and judge it, as many `processes` doing its parts first."""
    lake, store = _lake(home), DiskStore(home / store_name)
    begun = perf_counter()
    append(lake, MAIN, {PATH: home / f"{what}.parquet"}, message="Put a day")
    index_file(home / f"{what}.parquet", store)
    put = perf_counter() - begun
    trial = _trial(lake, store)
    settle()  # as `karat validate` does
    begun = perf_counter()
    read = keep_parts(trial, DAY, Processes(processes), silent) if processes else 0
    found = trial.judge(DAY)
    took = perf_counter() - begun
    validate(lake, shipped(), partitions=[DAY], store=store)
    whose = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    peak = 1024 * max(resource.getrusage(one).ru_maxrss for one in whose)
    findings = tuple(str(one).encode() for one in found.verdict.findings)
    return Step(put, took, read + found.bytes_read, peak, findings)


def repeated(home: Path) -> float:
    """Return the seconds of the verdict on the changed day, with the store as it was before."""
    shutil.rmtree(home / "again", ignore_errors=True)
    shutil.copytree(home / "before", home / "again")
    lake, store = _lake(home), DiskStore(home / "again")
    index_file(home / "changed.parquet", store)
    trial = _trial(lake, store)
    settle()
    begun = perf_counter()
    trial.judge(DAY)
    return perf_counter() - begun


def stale(home: Path) -> str:
    """Return where the kept states see the frozen book; RuntimeError if it is not FAIL, or off."""
    judged(home, "frozen", "store")
    lake, store = _lake(home), DiskStore(home / "store")
    found = _trial(lake, store).judge(DAY)
    if found.verdict.outcome is not Outcome.FAIL:
        raise RuntimeError(f"a book frozen for {FROZEN_S} s is {found.verdict.outcome}")
    reading = Reading(lake, lake.head(MAIN), PATH)
    book = next(one for one in measures(shipped()) if one.statistic.name == "book_steps")
    states = chunk_states(book, partition_content(reading, store), reading, store)
    wrong = [one for one in states if one.state.inner.violations]
    if reading.bytes_read:
        raise RuntimeError("rows were read to find the chunk")
    first, stop = differing(home / "frozen.parquet", home / "day.parquet", ["best_bid_lots"])
    if not all(one.first < stop and first < one.stop for one in wrong) or not wrong:
        raise RuntimeError(f"the frozen rows are {first} to {stop}; seen in {wrong}")
    rows = wrong[-1].stop - wrong[0].first
    at = dt.datetime.fromtimestamp(wrong[0].begin_ns // 10**9, dt.UTC)
    return f"{len(wrong)} chunk{'s' * (len(wrong) > 1)} of {rows:,} rows, from {at:%H:%M:%S}"


def _lake(home: Path) -> Lake:
    return open_lake(f"file://{home / 'lake'}", files=KeyFiles.below(home))


def _trial(lake: Lake, store: DiskStore) -> Trial:
    head = lake.head(MAIN)
    manifest = current_golden(lake, head, "book_events")
    return Trial(lake, shipped(), head, head, manifest, store, afresh=True)
