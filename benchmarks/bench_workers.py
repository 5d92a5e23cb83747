"""Partitions judged in processes: golden held once by all of them, and two beside one.

Memory: golden columns of a full value each row, in the file that processes map; each process
touches all of it, and tells its proportional set size (PSS) while all the others hold it too.
Speed: days judged by the shipped contract with a new store each time, the start of the processes,
the ledger and all else included. One process is held to one core: its reading would use both.
Whole runs take a minute, in which others on the machine come and go, so what a day takes of one
process alone and of each of two is measured in turn too, day by day.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.big_days import played, write
from benchmarks.ceiling import ceiling
from benchmarks.goals import Goal
from benchmarks.judged_days import INSTRUMENT, shipped
from benchmarks.timing import Row, rate
from karat import open_lake
from karat.compute import Compute, Processes
from karat.contracts import Contract, DistanceRule
from karat.distances import ks
from karat.flow import validate
from karat.flow.judged import Trial
from karat.golden import GoldenManifest, Yardstick
from karat.golden.shared_cells import share
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.signing import KeyFiles
from karat.states import ReferenceCounts
from karat.store import DiskStore

COLUMNS, POINTS, WORKERS = 8, 4_000_000, 4
DAYS, ROWS, ROUNDS, IN_TURN = 48, 3_000_000, 5, 31
DAY, PATIENCE_S = "2024-03-01", 120.0


def run(
    columns: int = COLUMNS, points: int = POINTS, days: int = DAYS, rows: int = ROWS
) -> list[Row]:
    """Return the rows on memory, then those on speed."""
    with tempfile.TemporaryDirectory() as folder:
        memory = _memory(Path(folder), columns, points)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        lake = _put(home, days, rows)
        return [*memory, _speed(home, lake, days, rows), _in_turn(lake, rows)]


def _memory(folder: Path, columns: int, points: int) -> list[Row]:
    golden = share(_golden(columns, points), folder / "store")
    (file,) = (folder / "store").iterdir()
    one, all_of_them = (_resident(golden, folder, number) for number in (1, WORKERS))
    times = sum(all_of_them) / sum(one)
    what = f"{columns} golden columns of {points / 1e6:g} M values ({_mb(file.stat().st_size)})"
    ours = f"{_mb(sum(all_of_them))} of {WORKERS} processes, {_mb(sum(one))} of one"
    return [Row(f"{what}: PSS", ours, goal=Goal(round(times, 3), 1.3, unit="x"))]


def _golden(columns: int, points: int) -> GoldenManifest:
    random = np.random.default_rng(1)
    rule = DistanceRule(name="c", column="c", kind="ks")
    cells = (
        ReferenceCounts.from_golden(random.standard_normal(points), None) for _ in range(columns)
    )
    held = {f"c{n}": Yardstick(rule, (), one, Fraction(1), (), None) for n, one in enumerate(cells)}
    return GoldenManifest("memory", {"": held}, (), ())


@dataclass(frozen=True)
class Holding:
    """Holds golden until all `together` processes do, and all have looked at their PSS."""

    golden: GoldenManifest
    folder: Path
    together: int

    def __call__(self, item: int) -> int:
        """Return the PSS of this process in bytes."""
        rows = np.random.default_rng(item).standard_normal(10_000)
        for one in self.golden.strata[""].values():
            cells = one.golden
            arrays = cells.points, cells.golden, cells.cumulative, cells.compact, cells.table.starts
            for array in arrays:
                array.sum()
            ks(cells, cells.observe(rows))
        self._meet(f"{self.together} hold", item)
        found = pss()
        self._meet(f"{self.together} looked", item)
        return found

    def _meet(self, what: str, item: int) -> None:
        (self.folder / f"{what} {item}").touch()
        end = time.monotonic() + PATIENCE_S
        while len(list(self.folder.glob(f"{what} *"))) < self.together:
            if time.monotonic() > end:
                raise TimeoutError(f"not all of {self.together} processes {what}")
            time.sleep(0.01)


def _resident(golden: GoldenManifest, folder: Path, number: int) -> list[int]:
    return list(Processes(number).map(Holding(golden, folder, number), range(number)))


def pss() -> int:
    """Return the proportional set size of this process in bytes."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _speed(home: Path, lake: Lake, days: int, rows: int) -> Row:
    judged = partial(_judge, home, lake, turn=count(1))
    one, two = [], []
    for _ in range(ROUNDS):
        with on_one_core():
            one.append(_seconds(judged, Processes(1)))
        two.append(_seconds(judged, Processes(2)))
    first, both = median(one), median(two)
    each = sorted(alone / beside for alone, beside in zip(one, two, strict=True))
    return Row(
        f"{days} days of {rows / 1e6:g} M rows: 2 processes on 2 cores (rival: one on one core), "
        f"median of {ROUNDS} rounds, {each[0]:.2f} to {each[-1]:.2f} x by round",
        f"{both:.1f} s, {rate(days * rows, both)}",
        f"{first:.1f} s, {rate(days * rows, first)}",
        first / both,
        Goal(round(50 * first / both, 1), 90, unit="% of twice", least=True),
    )


@dataclass(frozen=True)
class Afresh:
    """Judges one day of a lake, finding no state: its store is empty each time."""

    lake: Lake
    contract: Contract
    partition: Partition

    def __call__(self) -> None:
        """Judge it."""
        commit = self.lake.resolve(MAIN)
        with tempfile.TemporaryDirectory() as folder:
            found = self.lake, self.contract, commit, commit, None, DiskStore(Path(folder))
            if not Trial(*found, afresh=True).judge(self.partition).bytes_read:
                raise RuntimeError(f"{self.partition} was judged without a look at its rows")


def _in_turn(lake: Lake, rows: int, runs: int = IN_TURN) -> Row:
    times, alone, both = ceiling(Afresh(lake, shipped(), Partition(INSTRUMENT, DAY)), runs)
    return Row(
        "  a day judged by each of 2 processes at once (rival: by one alone), starts left out, "
        f"{runs} times in turn",
        f"{both:.2f} s each, {rate(2 * rows, both)}",
        f"{alone:.2f} s, {rate(rows, alone)}",
        times,
        Goal(round(50 * times, 1), 90, unit="% of twice", least=True),
    )


def _seconds(judged: Callable[[Compute], None], how: Compute) -> float:
    begun = time.perf_counter()
    judged(how)
    return time.perf_counter() - begun


@contextmanager
def on_one_core() -> Iterator[None]:
    """Keep this process, and those it starts, on one of its cores."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _put(home: Path, days: int, rows: int) -> Lake:
    """Put so many days of so many rows into a lake."""
    lake = open_lake(home / "lake", files=KeyFiles.below(home))
    dates = [str(dt.date.fromisoformat(DAY) + dt.timedelta(days=n)) for n in range(days)]
    paths = list(Processes(2).map(Drawing(home, rows), range(days)))
    named = [dataset_path("book_events", INSTRUMENT, date) for date in dates]
    append(lake, MAIN, dict(zip(named, paths, strict=True)), message="Put days")
    return lake


@dataclass(frozen=True)
class Drawing:
    """Writes days of so many rows, each another."""

    home: Path
    rows: int

    def __call__(self, number: int) -> Path:
        """Return the file of one day."""
        path = self.home / f"{number}.parquet"
        write(path, played(number, self.rows))
        return path


def _judge(home: Path, lake: Lake, how: Compute, turn: Iterator[int]) -> None:
    """Judge all days by a contract that no verdict in the ledger is of, with an empty store."""
    number, contract = next(turn), shipped()
    new = contract.model_copy(update={"first_day": contract.first_day - dt.timedelta(days=number)})
    done = validate(lake, new, store=DiskStore(home / f"store {number}"), compute=how)
    if done.cached or not done.verdicts:
        raise RuntimeError(f"{done.cached} of {len(done.verdicts)} verdicts were known before")


def _mb(size: float) -> str:
    return f"{size / 1e6:,.0f} MB"
