"""The twelve faults against the final verdict of the shipped contract: a three-way table.

Statistics note 7. Every severity that it lists, on 20 days, paired and unpaired, R = 20, K = 99;
our floor is the smallest one at which at least 90 % FAIL.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.fault_trials import (
    CALIBRATION,
    FEW,
    HEALTHY,
    MODES,
    Case,
    Days,
    Mode,
    Trial,
    listed,
    made,
    trials,
)  # fmt: skip
from benchmarks.timing import Row
from karat.golden import GoldenManifest
from karat.simulation.catalogue import CATALOGUE
from karat.states import ACF
from karat.verdicts import Outcome

DAYS = 20
SEED = 5
ENOUGH = 0.9
ROWS_IN_TEN = 10


def run() -> list[Row]:
    """Return the rows; RuntimeError when fewer than 10 of 12 rows reach the listed floor."""
    with tempfile.TemporaryDirectory() as folder:
        days, golden = made(Path(folder), DAYS, SEED)
        found = measured(days, listed(), DAYS, MODES)
        beside = list(character(days.golden(), golden))
    rows = [*beside, *table(found)]
    for mode in MODES:
        late = missed(found, mode)
        rows.append(Row(f"{mode}: rows at or below the listed floor", f"{len(CATALOGUE) - len(late)} of {len(CATALOGUE)}", ", ".join(late)))  # fmt: skip  # noqa: E501
        if len(CATALOGUE) - len(late) < ROWS_IN_TEN:
            raise RuntimeError(f"{mode}: too many rows above the listed floor: {late}")
    return rows


def measured(days: Days, cases: Sequence[Case], count: int, modes: Sequence[Mode]) -> list[Trial]:
    """Return the trials of `count` days under every case, in two processes."""
    work = partial(trials, days, cases=cases, modes=modes)
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), get_context("spawn")) as pool:
        return [trial for found in pool.map(work, range(1, count + 1)) for trial in found]


def of(
    found: Sequence[Trial], case: Case, mode: Mode, calibration: int = CALIBRATION
) -> list[Trial]:
    """Return the trials of one case in one mode."""
    key = case, mode, calibration
    return [trial for trial in found if (trial.case, trial.mode, trial.calibration) == key]


def failed(found: Sequence[Trial]) -> float:
    """Return the share of FAIL."""
    return sum(trial.outcome is Outcome.FAIL for trial in found) / max(len(found), 1)


def floor(found: Sequence[Trial], row: int, mode: Mode) -> float | None:
    """Return our floor: the smallest listed severity with at least 90 % FAIL, None for none."""
    severities = CATALOGUE[row].severities
    caught = (s for s in severities if failed(of(found, Case(row, s), mode)) >= ENOUGH)
    return next(caught, None)


def missed(found: Sequence[Trial], mode: Mode) -> list[str]:
    """Return the rows whose floor is above the listed one; not caught there counts as reached."""
    late = []
    for row, fault in CATALOGUE.items():
        wanted, ours = getattr(fault, mode), floor(found, row, mode)
        if wanted is not None and (ours is None or ours > wanted):
            late.append(f"{row} {fault.name}: {ours}, listed {wanted}")
    return late


def table(found: Sequence[Trial]) -> Iterator[Row]:
    """Yield the confusion table: PASS / FAIL / INCONCLUSIVE in each mode, and what caught it."""
    cases = list(dict.fromkeys(trial.case for trial in found))
    for mode in MODES:
        for case in cases:
            name = "healthy" if case.row == HEALTHY else f"{case.row} {CATALOGUE[case.row].name}"
            trials = of(found, case, mode)
            few = of(found, case, mode, FEW)
            beside = f"; K {FEW}: {_counts(few)}" if few else ""
            yield Row(f"{mode} {name} {case.severity:g}{_mark(found, case, mode)}", f"{_counts(trials)}{beside}", _caught(trials))  # fmt: skip  # noqa: E501


def _mark(found: Sequence[Trial], case: Case, mode: Mode) -> str:
    if case.row == HEALTHY:
        return ""
    marks = {
        "our floor": floor(found, case.row, mode),
        "listed": getattr(CATALOGUE[case.row], mode),
    }
    told = [name for name, severity in marks.items() if severity == case.severity]
    return f" ({', '.join(told)})" if told else ""


def _counts(trials: Sequence[Trial]) -> str:
    counts = Counter(trial.outcome for trial in trials)
    return " / ".join(str(counts[outcome]) for outcome in Outcome)


def _caught(trials: Sequence[Trial]) -> str:
    names = Counter(name for trial in trials for name in trial.caught if name != "unpaired: score")
    return ", ".join(f"{name.split(': ')[1]} {count}" for name, count in names.most_common(3))


def character(manifest: GoldenManifest, golden: Sequence[pa.Table]) -> Iterator[Row]:
    """Yield what the simulated days are like: day effects, sign autocorrelation, n_eff."""
    trades = [table.filter(pc.equal(table["kind"], 3)) for table in golden]
    acf = ACF(100)
    signs = acf.empty()
    for table in trades:
        signs = acf.merge(signs, acf.observe(table["side"]))
    told = ", ".join(f"{signs.correlations()[lag - 1]:.2f} at {lag}" for lag in (1, 10, 100))
    yield Row(f"{len(golden)} golden days of {golden[0].num_rows:,} rows: sign ACF", told)
    moved = [np.abs(np.diff(t["price_ticks"].to_numpy())).mean() for t in trades]
    sizes = [t["size_lots"].to_numpy().mean() for t in trades]
    pace = [np.diff(t["receive_time_ns"].to_numpy()).mean() for t in trades]
    for name, values in (("move", moved), ("size", sizes), ("waiting time", pace)):
        spread = float(np.std(values) / np.mean(values))
        yield Row(
            f"day effect: sd between days of the mean {name} of trades", f"{100 * spread:.1f} %"
        )
    for name, one in manifest.strata[""].items():
        if one.effective_rows is not None:
            worth = float(one.effective_rows) / len(manifest.reference)
            yield Row(f"n_eff of a golden day: {name}", f"{worth:,.0f} of {one.typical_rows:,}")
