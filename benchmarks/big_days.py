"""Days of any number of rows, cheaply: one simulated day, played again and again, ever faster.

Each time its ids go on where they stood, and its times fill the next share of the day. A snapshot
opens each, so nothing is out of sequence and every row is that of an honest rebuild.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.judged_days import INSTRUMENT
from karat.messages import BOOK_EVENTS, Kind
from karat.messages.borders import CUT, Int64s
from karat.messages.rebuilding import CODES
from karat.messages.whole_chunks import whole_chunks
from karat.simulation import TrialDay, simulated_days
from karat.simulation.catalogue.staleness import book_frozen

DAY_NS = 86_400 * 10**9
MESSAGES = 120_000
CHANGED_NS = (13 * 3600 + 70) * 10**9
"""When in the day 10 s change."""
FROZEN_S = 5


@cache
def one_day(seed: int) -> TrialDay:
    """Return the day that is played again and again."""
    return next(simulated_days(INSTRUMENT, 1, seed=seed, messages_per_day=MESSAGES))


def played(seed: int, rows: int) -> Iterator[pa.Table]:
    """Yield a day of at least `rows` rows, as often as the simulated day takes for it."""
    events = one_day(seed).events
    again = _from_snapshot(events)
    times = 1 + max(0, -(-(rows - events.num_rows) // again.num_rows))
    begin = int(events["receive_time_ns"].to_numpy().min()) // DAY_NS * DAY_NS
    for at in range(times):
        moved = _later(again if at else events, _steps(events, again, at))
        yield _in_share(moved, begin, at, times)


def _from_snapshot(events: pa.Table) -> pa.Table:
    """Return a day without what came before its snapshot, or was older than it."""
    kind = events["kind"].to_numpy()
    opened = np.maximum.accumulate(kind == Kind.SNAPSHOT)
    return events.filter(pa.array(opened & (kind != Kind.STALE)))


def _steps(events: pa.Table, again: pa.Table, at: int) -> tuple[int, int]:
    """Return how much higher the ids of trades, and all others, are when played for the at-th."""
    found = []
    for trades in (True, False):
        first, second = (_ids(table, trades=trades) for table in (events, again))
        step = int(first.max()) + 1 - int(second.min())
        found.append(step + (at - 1) * (int(second.max()) + 1 - int(second.min())) if at else 0)
    return found[0], found[1]


def _ids(events: pa.Table, *, trades: bool) -> Int64s:
    of = (events["kind"].to_numpy() == Kind.TRADE) == trades
    found: Int64s = events["sequence"].to_numpy()[of]
    return found


def _later(events: pa.Table, steps: tuple[int, int]) -> pa.Table:
    more = np.where(events["kind"].to_numpy() == Kind.TRADE, *steps)
    for name in ("sequence", "previous_sequence"):
        at = events.schema.get_field_index(name)
        field, moved = events.schema.field(at), events[name].to_numpy() + more
        events = events.set_column(at, field, pa.array(moved))
    return events


def _in_share(events: pa.Table, begin: int, at: int, times: int) -> pa.Table:
    """Return the events in the share `at` of `times` shares of the day."""
    for name in ("event_time_ns", "receive_time_ns"):
        column = events[name].combine_chunks()
        values = column.fill_null(begin).to_numpy() - begin
        moved = pa.array(begin + (at * DAY_NS + values) // times, mask=np.asarray(column.is_null()))
        place = events.schema.get_field_index(name)
        events = events.set_column(place, events.schema.field(place), moved)
    return events


def write(path: Path, tables: Iterator[pa.Table]) -> None:
    """Write a day as a rebuild does: zstd-3, a row group a chunk."""
    codec = {"compression": "zstd", "compression_level": 3, "use_dictionary": CODES}
    with pq.ParquetWriter(path, BOOK_EVENTS, **codec) as writer:
        for piece in whole_chunks(tables, "receive_time_ns", CUT):
            writer.write_table(piece, row_group_size=CUT.most)


def changed(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield tables in which all sizes of 10 s of the day are a lot more."""
    for table in tables:
        times = table["receive_time_ns"].to_numpy() % DAY_NS - CHANGED_NS
        more = pa.array(((times >= 0) & (times < 10 * 10**9)).astype(np.int64))
        at = table.schema.get_field_index("size_lots")
        sizes = pc.add(table["size_lots"], more)
        yield table.set_column(at, table.schema.field(at), sizes)


def frozen(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield tables in the second of which the best prices stand still for 5 s."""
    for at, table in enumerate(tables):
        if at != 1:
            yield table
            continue
        times = table["receive_time_ns"].to_numpy()
        lasts = int(times[-1] - times[0]) / 10**9
        deltas = pc.sum(pc.and_(pc.equal(table["kind"], 2), pc.equal(table["flags"], 1))).as_py()
        yield book_frozen(table, round(deltas * FROZEN_S / lasts), 5)


def differing(a: Path, b: Path, columns: list[str]) -> tuple[int, int]:
    """Return the first row in which columns of two files differ, and the row after the last."""
    found, seen = list[int](), 0
    with pq.ParquetFile(a) as left, pq.ParquetFile(b) as right:
        for pair in zip(
            *(f.iter_batches(1 << 17, columns=columns) for f in (left, right)), strict=True
        ):
            for x, y in zip(*(batch.columns for batch in pair), strict=True):
                rows = pc.indices_nonzero(pc.not_equal(x, y))
                found += [seen + at for at in rows.to_pylist()]
            seen += pair[0].num_rows
    return min(found), max(found) + 1
