"""All states of a partition, as they are stored, against its Parquet file as our writer makes it.

Rebuilt book events under the shipped contract, with all its distances from golden days of the same
size: every state that a verdict is made of, the golden captures' censuses apart.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.goals import Goal
from benchmarks.judged_days import INSTRUMENT, shipped
from benchmarks.partitions import REFERENCE
from benchmarks.timing import Row
from karat.contracts import Measure, measures, observed
from karat.golden import distance_measures, manifest_of
from karat.simulation import simulated_days
from karat.verdicts.table_sample import TableSample

SIZES = ((1_000_000, 2.0), (100_000, 10.0))
"""Rows of a partition, and per cent of its file that its states may take."""
ROWS_A_MESSAGE = 4
LARGEST = 5


def run() -> list[Row]:
    """Return the rows of both sizes, and which states are the largest."""
    return [row for rows, must in SIZES for row in _sized(rows, must)]


def _sized(rows: int, must: float) -> Iterator[Row]:
    messages = rows // ROWS_A_MESSAGE
    days = simulated_days(INSTRUMENT, REFERENCE + 1, seed=11, messages_per_day=messages)
    golden = [TableSample(str(day.date), day.events) for day in islice(days, REFERENCE)]
    (day,) = days
    states = list(stored(day.events, golden))
    total, file = sum(size for _, size in states), _file(day.events)
    share = 100 * total / file
    told = f"{share:.2f} %: {total / 1e3:,.1f} kB of {file / 1e6:,.2f} MB"
    what = f"all {len(states)} states of {day.events.num_rows:,} rows against their Parquet"
    yield Row(what, told, goal=Goal(share, must, unit="%"))
    for measure, size in sorted(states, key=lambda one: -one[1])[:LARGEST]:
        name = f"{type(measure.statistic).__name__} of {measure.family} {measure.name}"
        yield Row(f"  {name}", f"{size / 1e3:,.1f} kB", f"{100 * size / file:.2f} %")


def stored(table: pa.Table, golden: list[TableSample]) -> Iterator[tuple[Measure, int]]:
    """Yield what the shipped contract asks of `table`, and the bytes of each state."""
    contract = shipped()
    held = manifest_of(contract, golden, []).usable(contract)
    asked = [*measures(contract), *distance_measures(held, contract)]
    for measure, state in zip(asked, observed(table, asked), strict=True):
        yield measure, len(measure.statistic.encode(state))


def _file(table: pa.Table) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        pq.write_table(table, path, compression="zstd", compression_level=3)
        return path.stat().st_size
