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
from karat.messages import BOOK_EVENTS
from karat.messages.borders import CUT
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
    times = -(-rows // events.num_rows)
    ids = events["sequence"].to_numpy()
    step = int(ids.max()) + 1 - int(ids[ids > 0].min())
    begin = int(events["receive_time_ns"].to_numpy().min()) // DAY_NS * DAY_NS
    for at in range(times):
        yield _moved(events, at * step, begin, at, times)


def _moved(events: pa.Table, ids: int, begin: int, at: int, times: int) -> pa.Table:
    """Return the events with higher ids, in the share `at` of `times` shares of the day."""
    columns = {}
    for field in BOOK_EVENTS:
        column = events[field.name].combine_chunks()
        gaps = np.asarray(column.is_null())
        values = column.fill_null(0).to_numpy()
        if field.name.endswith("sequence"):
            values = values + ids
        elif field.name.endswith("time_ns"):
            values = begin + (at * DAY_NS + values - begin) // times
        columns[field.name] = pa.array(values, field.type, mask=gaps)
    return pa.table(columns, schema=BOOK_EVENTS)


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
