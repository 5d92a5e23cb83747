"""The full contract of book events against reading the same columns, and against SQL.

Ours decodes the columns, names their values (SHA-256) and makes every state of every rule and
distance of the shipped contract; pyarrow decodes the columns and does nothing with them; DuckDB
tells by SQL what SQL can tell, and is compared with ours reading and telling the same, no names.
One thread each; a row group at a time, of as many rows as the rebuild writes. Two threads share
row groups, and columns that are not yet named; what two processes give that share nothing is told
beside. A message is a row: one level set, or one trade.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.ceiling import ceiling
from benchmarks.contract_again import Again
from benchmarks.contract_day import Day, one_thread
from benchmarks.contract_sql import Sql
from benchmarks.goals import Goal
from benchmarks.timing import Row, Took, Work, rate, timed
from karat.compute.kept_memory import keep_freed

READ, SQL, SPEED, SCALE, AGAIN = (2.0, 1.0), (2.0, 4.0), (3e6, 1e7), 0.9, 1000
"""What must be, and the moonshot: times reading, times faster than SQL, messages a second.

Then the share of twice as fast that two threads are, and times faster than SQL when asked again."""
COLUMNS, IN_A_ROW = 8, 50
HOUR = 0.05
"""Dollars of a core for an hour, a round figure."""


def run() -> list[Row]:
    """Return the rows; RuntimeError when threads, or SQL, find something else."""
    keep_freed()  # as `karat validate` does; reading does not get slower by it
    with tempfile.TemporaryDirectory() as folder, one_thread():
        return list(measured(Day.write(Path(folder))))


def measured(day: Day, runs: int = 7) -> Iterator[Row]:
    """Yield the rows of one partition."""
    fewer, sql = day.fewer(COLUMNS), Sql(day)
    sql.same(sql.day.measured())
    with ThreadPoolExecutor(2) as pool:
        if day.proved() != day.threaded(pool):
            raise RuntimeError("two threads find something else than one")
        alone = day.proved, day.read, fewer.proved, fewer.read
        spread = partial(day.threaded, pool), day.by_group, partial(day.by_group, pool.map)
        ours, read, less, less_read, two, *groups = timed(*alone, *spread, runs=runs)
    yield from _beside_reading(day, ours, read)
    yield from _beside_reading(fewer, less, less_read)
    yield from _scaled(day, ours, two, *groups)
    yield _given(day, runs)
    with tempfile.TemporaryDirectory() as folder:
        again = Again(sql.day, Path(folder))
        sql.same(again.states())
        in_a_row = partial(_in_a_row, again.verdict)
        works = sql.day.measured, sql.answers, in_a_row, again.anew, again.states
        plain, rival, many, *found = timed(*works, runs=runs)
        found = [Took(many.wall_s / IN_A_ROW, many.cpu_s / IN_A_ROW), *found]
        verdict = str(again.first.outcome)
    yield _beside_sql(sql.day, plain, rival)
    yield from _asked_again(verdict, found, rival)


def _beside_reading(day: Day, ours: Took, read: Took) -> Iterator[Row]:
    ratio, speed = ours.wall_s / read.wall_s, day.rows / ours.wall_s
    what = f"{len(day.asked)} statistics of {len(day.columns)} columns and their digests"
    must, moonshot = READ
    yield Row(
        f"{what}, 1 thread (rival: reading the columns)",
        _told(day, ours),
        _told(day, read),
        read.wall_s / ours.wall_s,
        Goal(ratio, must, moonshot, "x the read time"),
    )
    must, moonshot = SPEED
    cost = ours.cpu_s / day.rows * 1e6
    yield Row(
        f"  a million messages: {cost:.2f} CPU-seconds, {cost / 3600 * HOUR * 1e6:.2f} "
        f"millionths of a dollar at {HOUR} $ a core-hour",
        rate(day.rows, ours.wall_s),
        rate(day.rows, read.wall_s),
        goal=Goal(speed / 1e6, must / 1e6, moonshot / 1e6, "M messages/s", least=True),
    )


def _scaled(day: Day, one: Took, two: Took, group: Took, groups: Took) -> Iterator[Row]:
    for what, alone, both, goal in (
        ("the same", one, two, 100 * SCALE),
        ("reading alone, which says what this machine gives,", group, groups, None),
    ):
        times = alone.wall_s / both.wall_s
        yield Row(
            f"  {what} on 2 threads over row groups (rival: on 1)",
            _told(day, both),
            _told(day, alone),
            times,
            Goal(50 * times, goal, unit="% of twice", least=True) if goal else None,
        )


def _given(day: Day, runs: int) -> Row:
    times, alone, both = ceiling(day.proved, runs)
    what = "  two processes at once, each doing all of it, which says what this machine gives"
    told = f"{both * 1e3:.0f} ms each, {50 * times:.0f} % of twice"
    return Row(f"{what} (rival: one)", told, f"{alone * 1e3:.0f} ms", times)


def _beside_sql(day: Day, ours: Took, rival: Took) -> Row:
    must, moonshot = SQL
    times = rival.wall_s / ours.wall_s
    return Row(
        f"the {len(day.asked)} statistics that SQL tells, no digests, 1 thread (rival: DuckDB)",
        _told(day, ours),
        _told(day, rival),
        times,
        Goal(times, must, moonshot, "x", least=True),
    )


def _in_a_row(work: Work) -> None:
    for _ in range(IN_A_ROW):
        work()


def _asked_again(verdict: str, ours: Sequence[Took], rival: Took) -> Iterator[Row]:
    goal: Goal | None = Goal(rival.wall_s / ours[0].wall_s, AGAIN, unit="x", least=True)
    looks = "(rival: DuckDB's statistics alone, which it has to look for again)"
    said = f"validated again, unchanged, 0 bytes read, {verdict} as before"
    for what, took in zip(
        (
            f"  {said}, lake kept open, {IN_A_ROW} times in a row {looks}",
            "  the same, lake and store opened anew",
            "  states that SQL tells decoded again, 0 bytes read",
        ),
        ours,
        strict=True,
    ):
        told = f"{took.wall_s * 1e3:.2f} ms, {took.cpu_s * 1e3:.2f} CPU-ms"
        times = rival.wall_s / took.wall_s
        yield Row(what, told, f"{rival.wall_s * 1e3:.0f} ms", times, goal)
        goal = None


def _told(day: Day, took: Took) -> str:
    return f"{took.wall_s * 1e3:.0f} ms, {rate(day.rows, took.wall_s)}"
