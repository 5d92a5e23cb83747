"""Partitions judged in processes: golden held once by all of them, and two beside one.

Memory: golden columns of a full value each row, in the file that processes map; each process
touches all of it, and tells its proportional set size (PSS) while all the others hold it too.
Speed: simulated days judged by the shipped contract with a new store each time, the start of the
processes, the ledger and all else included.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np

from benchmarks.goals import Goal
from benchmarks.timing import Row, timed
from karat import load_contract, open_lake
from karat.cli.settings import Settings
from karat.compute import Compute, Processes, Serial, Threads
from karat.contracts import Contract, DistanceRule
from karat.distances import ks
from karat.flow import captures_in, ingest, rebuild_partitions, validate
from karat.golden import GoldenManifest, Yardstick
from karat.golden.shared_cells import share
from karat.lake import Lake
from karat.signing import KeyFiles
from karat.simulation import simulate, write
from karat.states import ReferenceCounts
from karat.store import DiskStore

COLUMNS, POINTS, WORKERS = 8, 4_000_000, 4
DAYS, MESSAGES = 8, 150_000
PATIENCE_S = 120.0


def run(
    columns: int = COLUMNS, points: int = POINTS, days: int = DAYS, messages: int = MESSAGES
) -> list[Row]:
    """Return the rows on memory, then those on speed."""
    with tempfile.TemporaryDirectory() as folder:
        memory = _memory(Path(folder), columns, points)
    with tempfile.TemporaryDirectory() as folder:
        return [*memory, *_speed(Path(folder), days, messages)]


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


def _speed(home: Path, days: int, messages: int) -> list[Row]:
    lake, contract, ref = _rebuilt(home, days, messages)
    turn = count(1)
    ways: list[tuple[str, Compute]] = [
        ("one process", Processes(1)),
        ("two processes", Processes(2)),
        ("two threads", Threads(2)),
        ("this process", Serial()),
    ]
    took = timed(
        *(partial(_judge, home, lake, contract, ref, how, turn) for _, how in ways), runs=3
    )
    seconds = {name: one.wall_s for (name, _), one in zip(ways, took, strict=True)}
    told = ", ".join(f"{name} {one:.1f} s" for name, one in seconds.items())
    share_of_two = 100 * seconds["one process"] / (2 * seconds["two processes"])
    goal = Goal(round(share_of_two, 1), 90, unit="%", least=True)
    return [
        Row(f"{days} days of {messages:,} messages: scaling from 1 to 2 processes", told, goal=goal)
    ]


def _rebuilt(home: Path, days: int, messages: int) -> tuple[Lake, Contract, str]:
    dates: Sequence[dt.date] = [dt.date(2024, 3, 1) + dt.timedelta(days=n) for n in range(days)]
    write(home / "captures", simulate("sim-usdm-w", dates, seed=5, messages_per_day=messages))
    lake = open_lake(home / "lake", files=KeyFiles.below(home))
    contract = load_contract(Settings.from_environment({}).contract)
    ingest(lake, captures_in([home / "captures"]))
    branch = rebuild_partitions(lake, contract).branch
    if branch is None:
        raise RuntimeError("nothing was rebuilt")
    return lake, contract, branch


def _judge(
    home: Path, lake: Lake, contract: Contract, ref: str, how: Compute, turn: Iterator[int]
) -> None:
    """Judge all days by a contract that no verdict in the ledger is of, with an empty store."""
    number = next(turn)
    new = contract.model_copy(update={"first_day": contract.first_day - dt.timedelta(days=number)})
    done = validate(lake, new, ref, store=DiskStore(home / f"store {number}"), compute=how)
    if done.cached or not done.verdicts:
        raise RuntimeError(f"{done.cached} of {len(done.verdicts)} verdicts were known before")


def _mb(size: float) -> str:
    return f"{size / 1e6:,.0f} MB"
