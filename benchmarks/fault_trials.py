"""Trials of the catalogue's faults: each day spoiled, and judged by the shipped contract.

Golden days come first, 20 to refer to and 99 to calibrate by; the days after them are spoiled, one
after the other, each with a seed of its own. All are kept as files, so that processes share them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from pyarrow import feather

from benchmarks.judged_days import INSTRUMENT, caught_by, censuses, outcome_of, shipped
from karat.contracts import COPIES, Measure, measures, observed
from karat.errors import InputError
from karat.golden import GoldenManifest, distance_measures, manifest_of, split
from karat.simulation import TrialDay, simulated_days
from karat.simulation.catalogue import CATALOGUE
from karat.verdicts import Outcome, judge
from karat.verdicts.judging import Candidate
from karat.verdicts.table_sample import TableSample

Mode = Literal["unpaired", "paired"]
MODES: tuple[Mode, ...] = ("unpaired", "paired")
REFERENCE, CALIBRATION, FEW = 20, 99, 19
MESSAGES = 22_000
LAST_GOLDEN = date(2024, 4, 28)
HEALTHY = 0
"""The row of days that nothing was done to."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is done to a day: a row of the catalogue and how bad; severity 0 does nothing."""

    row: int
    severity: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One verdict: what it was on, how it was judged, and which gate findings failed."""

    case: Case
    day: int
    mode: Mode
    calibration: int
    outcome: Outcome
    caught: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Days:
    """A folder of simulated days and the golden manifest of the first ones."""

    folder: Path

    def day(self, number: int) -> TrialDay:
        """Return a day; 0 is the last golden one, 1 the first on trial."""
        tables = [feather.read_table(self.folder / f"{n}-{number:04}") for n in ("e", "q", "t")]
        return TrialDay(INSTRUMENT, LAST_GOLDEN + timedelta(days=number), *tables)

    def golden(self) -> GoldenManifest:
        """Return the golden manifest."""
        return _golden(self.folder)


@cache
def _golden(folder: Path) -> GoldenManifest:
    cells = {path.name: path.read_bytes() for path in (folder / "cells").iterdir()}
    return GoldenManifest.decode((folder / "manifest").read_bytes(), cells)


def made(
    folder: Path, trials: int, seed: int, reference: int = REFERENCE, calibration: int = CALIBRATION
) -> tuple[Days, list[pa.Table]]:
    """Return `trials` days to spoil, in `folder`, and the rows of the golden days before them."""
    count = reference + calibration
    first = LAST_GOLDEN - timedelta(days=count - 1)
    days = simulated_days(
        INSTRUMENT, count + trials, seed=seed, messages_per_day=MESSAGES, first=first
    )
    golden: list[pa.Table] = []
    for number, day in enumerate(days, start=1 - count):
        if number <= 0:
            golden.append(day.events)
        if number >= 0:
            for name, table in (("e", day.events), ("q", day.golden), ("t", day.golden_trades)):
                feather.write_feather(table, folder / f"{name}-{number:04}", compression="lz4")
    samples = [TableSample(f"golden {n:03}", table) for n, table in enumerate(golden)]
    manifest = manifest_of(shipped(), *split(samples, every=-(-count // reference)))
    (folder / "manifest").write_bytes(manifest.encode())
    (folder / "cells").mkdir()
    for name, data in manifest.cell_files().items():
        (folder / "cells" / name).write_bytes(data)
    return Days(folder), golden


def trials(days: Days, number: int, cases: Sequence[Case], modes: Sequence[Mode]) -> list[Trial]:
    """Return the verdicts on one day under each case, with all calibration days and with 19.

    A day that has no place for a fault, such as for all of yesterday, is left out of its case.
    """
    today, yesterday = days.day(number), days.day(number - 1).events
    return [
        trial
        for case in cases
        for trial in _judged(days.golden(), today, yesterday, case, number, modes)
    ]


def spoiled(today: pa.Table, yesterday: pa.Table, case: Case, seed: int) -> pa.Table:
    """Return the day as the case leaves it."""
    if case.row == HEALTHY:
        return today
    return CATALOGUE[case.row].spoil(today, case.severity, seed, yesterday)


def _judged(
    golden: GoldenManifest, today: TrialDay, yesterday: pa.Table, case: Case, number: int,
    modes: Sequence[Mode],
) -> Iterator[Trial]:  # fmt: skip
    contract = shipped()
    try:
        events = spoiled(today.events, yesterday, case, number)
    except InputError:
        return
    states = states_of(golden, events, yesterday)
    sample = Candidate(str(today.date), "on trial", events.num_rows)
    days = golden.calibration
    few = replace(golden, calibration=days[:: max(len(days) // FEW, 1)][:FEW])
    for mode in modes:
        quotes, trades = censuses(contract, events, today) if mode == "paired" else (None, None)
        for held in (golden, few) if mode == "unpaired" and len(days) > FEW else (golden,):
            found = judge(contract, sample, states, quotes, held, trades)
            outcome, caught = outcome_of(found), tuple(caught_by(found))
            yield Trial(case, number, mode, len(held.calibration), outcome, caught)


def states_of(
    golden: GoldenManifest, events: pa.Table, yesterday: pa.Table
) -> list[tuple[Measure, Any]]:
    """Return all that the shipped contract asks of a day, and of the day before for copies."""
    contract = shipped()
    asked = [*measures(contract), *distance_measures(golden.usable(contract), contract)]
    states = list(zip(asked, observed(events, asked), strict=True))
    copies = next(measure for measure in asked if measure.name == COPIES)
    return [*states, (replace(copies, family="before"), copies.observe(yesterday))]


def listed() -> list[Case]:
    """Return every severity that the catalogue lists, the healthy day first."""
    rows = [Case(row, s) for row, fault in CATALOGUE.items() for s in fault.severities]
    return [Case(HEALTHY, 0.0), *rows]


def tenfold(row: int, floor: float) -> Case:
    """Return ten times a floor: shares at most a half, factors ten times as far from 1."""
    kind = CATALOGUE[row].kind
    if kind == "factor":
        return Case(row, 1 + 10 * (floor - 1))
    return Case(row, min(10 * floor, 0.5) if kind == "share" else 10 * floor)
