"""1,000 partitions validated again: one replaced, a threshold changed, or nothing.

From outside: lake and store are opened anew for each run, as by another process, and before one
partition is replaced the files of the other 999 are removed from disk. Beside each time of rows of
two columns is what scipy takes for the distances of all partitions. Its distances of some of them
must be what the verdicts say, and that of their concatenated rows what all together have. Wall
times are p50 and p95; the processor's p50 tells what of it was waiting, or others' work.

Two datasets: rows of two columns under one invariant and one distance (lean), and rebuilt book
events under the shipped contract. A long run (``KARAT_SOAK=1``) has 100,000 rows a partition of
both; a short one has fewer book events, and says so.
"""

from __future__ import annotations

import gc
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import pyarrow as pa
from scipy.stats import ks_2samp

from benchmarks import revalidation_rival as rival
from benchmarks.goals import Goal
from benchmarks.judged_days import INSTRUMENT, shipped
from benchmarks.partitions import CALIBRATION, REFERENCE, Many, days, lean, lean_table
from benchmarks.timing import Row, Spread, spread_of
from karat.compute.kept_memory import settle
from karat.contracts import Contract
from karat.flow import Validation, validate
from karat.lake.layout import Partition
from karat.simulation import simulated_days
from karat.store import DiskStore
from karat.verdicts.certified import certified

PARTITIONS, ROWS = 1_000, 100_000
RUNS, REPLACED = 20, 20
GOLDEN_DAYS = REFERENCE + CALIBRATION
MESSAGES = 25_000
SHORT_MESSAGES, SHORT_PARTITIONS = 3_000, 200

Draw = Callable[[int], pa.Table]


@dataclass(frozen=True, slots=True)
class Case:
    """A dataset of so many partitions: the rows of each day, and the contract at a threshold.

    Something is asked of the numbers of 1,000 partitions of about 100,000 rows only: `whole`.
    """

    name: str
    partitions: list[Partition]
    draw: Draw
    contract: Callable[[int], Contract]
    whole: bool

    def goal(self, value: float, must: float, moonshot: float | None, unit: str) -> Goal | None:
        """Return what is asked, None of a smaller dataset."""
        return Goal(value, must, moonshot, unit) if self.whole else None


def run() -> list[Row]:
    """Return the rows of both datasets; RuntimeError when a distance is not scipy's."""
    long = bool(os.environ.get("KARAT_SOAK"))
    rows = [*_measured(_lean(PARTITIONS, ROWS))]
    sizes = (PARTITIONS, MESSAGES) if long else (SHORT_PARTITIONS, SHORT_MESSAGES)
    return [*rows, *_measured(_book(*sizes))]


def _lean(partitions: int, rows: int) -> Case:
    width = rows * 10**4  # a hundred blocks a day
    return Case(
        f"lean contract, {partitions:,} x {rows:,} rows",
        days(partitions),
        lambda number: lean_table(number, rows),
        lambda step: lean(f"{0.2 + step / 1000:g}", width_ns=width),
        (partitions, rows) == (PARTITIONS, ROWS),
    )


def _book(partitions: int, messages: int) -> Case:
    count = GOLDEN_DAYS + partitions + REPLACED
    made = simulated_days(INSTRUMENT, count, seed=9, messages_per_day=messages)
    return Case(
        f"shipped contract, {partitions:,} x {messages:,} messages of book events",
        days(partitions, INSTRUMENT),
        lambda _: next(made).events,  # each is drawn once: they do not fit into memory
        _shipped,
        (partitions, messages) == (PARTITIONS, MESSAGES),
    )


def _shipped(step: int) -> Contract:
    """Return the shipped contract with the first tolerance `step` thousandths higher."""
    rule = shipped().unpaired
    if rule is None:
        raise RuntimeError("the shipped contract has no unpaired distances")
    first, *others = rule.distances
    moved = first.model_copy(update={"tolerance": f"{float(first.tolerance or 0) + step / 1000:g}"})
    changed = rule.model_copy(update={"distances": (moved, *others)})
    return shipped().model_copy(update={"unpaired": changed})


def _measured(case: Case) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        many, numbers = Many(Path(folder), case.contract(0)), itertools.count()
        golden = [case.draw(next(numbers)) for _ in range(GOLDEN_DAYS)]
        many.adopt(golden)
        size = many.put((one, case.draw(next(numbers))) for one in case.partitions)
        start = perf_counter()
        first = many.validate()
        full = perf_counter() - start
        gc.collect()  # what a new process would not have
        settle()  # as `karat validate` and a run of Dagster do
        yield Row(f"{case.name}: all of them", _seconds(full), f"{size / 1e6:,.0f} MB of Parquet")
        anew = _anew(case, first) * len(case.partitions)
        yield from _nothing(many, case, anew)
        yield _threshold(many, case, first, anew)
        yield from _replaced(many, case, numbers, (full, anew))


def _anew(case: Case, found: Validation) -> float:
    """Return the seconds that scipy takes for a partition, 0 where its rows are drawn once."""
    if "lean" not in case.name:
        return 0
    golden = rival.joined([case.draw(number)["value"] for number in range(REFERENCE)])
    place = {one: GOLDEN_DAYS + n for n, one in enumerate(case.partitions)}
    own = {p: rival.joined([case.draw(place[p])["value"]]) for p in rival.some(case.partitions)}
    return rival.measured(case.name, golden, own, found.verdicts)


def _row(what: str, told: str, took: Spread, anew: float, goal: Goal | None) -> Row:
    """Return a row beside what scipy takes for all partitions, where that was measured."""
    said = f"{took}; {told}"
    if not anew:
        return Row(what, said, goal=goal)
    return Row(what, said, f"scipy, all rows in memory: {_seconds(anew)}", anew / took.middle, goal)


def _nothing(many: Many, case: Case, rival_s: float) -> Iterator[Row]:
    lake, store = many.lake(), DiskStore(many.home / "store")
    read: list[int] = []

    def anew() -> None:
        read.append(many.validate().bytes_read)

    def staying() -> None:
        read.append(validate(lake, many.contract, store=store).bytes_read)

    for what, work in (("", anew), (", lake kept open", staying)):
        many.validate()
        took = spread_of(work, RUNS)
        _zero(case, read)
        goal = case.goal(took.middle * 1e3, 50, 10, "ms")
        yield _row(f"{case.name}: nothing changed{what}", "0 bytes read", took, rival_s, goal)


def _threshold(many: Many, case: Case, first: Validation, rival_s: float) -> Row:
    contracts = (case.contract(step) for step in itertools.count(1))
    changed = replace(many, contract=next(contracts))
    changed.validate()
    read: list[int] = []
    judged = [first]

    def anew() -> None:
        judged[0] = many.validate(next(contracts))
        read.append(judged[0].bytes_read)

    took = spread_of(anew, RUNS)
    _zero(case, read)
    _anew(case, judged[0])  # the distances by which it was decided again are scipy's too
    inside, all_told, _ = certified(judged[0].verdicts.values())
    where = f"a threshold inside {inside:,} of {all_told:,} certified intervals"
    goal = case.goal(took.middle * 1e3, 50, 5, "ms")
    what = f"{case.name}: a tolerance changed"
    return _row(what, f"0 bytes read; {where}", took, rival_s, goal)


def _replaced(
    many: Many, case: Case, numbers: Iterator[int], full: tuple[float, float]
) -> Iterator[Row]:
    """Yield how long one replaced takes; `full` is what all take, ours and scipy's."""
    chosen = case.partitions[len(case.partitions) // 2]
    gone = many.remove_files([chosen])
    found, number, new = list[Validation](), 0, 0

    def put() -> None:
        nonlocal number, new
        number = next(numbers)
        new = many.put([(chosen, case.draw(number))])

    took = spread_of(lambda: found.append(many.validate()), REPLACED, before=put)
    if "lean" in case.name:
        _agree(case, found[-1], {chosen: number})
    what = f"{case.name}: 1 replaced, the files of {gone:,} gone"
    told = f"{found[-1].bytes_read:,} of {new:,} bytes read"
    yield _row(what, told, took, full[1], case.goal(took.late * 1e3, 100, 20, "ms"))
    share = 100 * (1 - took.middle / full[0])
    yield Row(f"{case.name}: less time than all of them", f"{share:.2f} %",
              goal=case.goal(100 - share, 1, None, "% of the time"))  # fmt: skip


def _agree(case: Case, found: Validation, replaced: dict[Partition, int]) -> None:
    """Raise RuntimeError unless the distance of all rows is what scipy says of them."""
    golden = rival.joined([case.draw(number)["value"] for number in range(REFERENCE)])
    usual = {one: GOLDEN_DAYS + n for n, one in enumerate(case.partitions)} | replaced
    values = rival.joined([case.draw(number)["value"] for number in usual.values()])
    low, high = found.merged["value"]
    whole = ks_2samp(values, golden, method="asymp").statistic
    rival.agree(case.name, whole, (float(low), float(high)))


def _zero(case: Case, read: list[int]) -> None:
    if any(read):
        raise RuntimeError(f"{case.name}: {max(read):,} bytes read where nothing changed")


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s"
