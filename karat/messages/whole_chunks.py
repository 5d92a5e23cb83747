"""Rows on their way into a file, given on as whole chunks: a row group each.

What changes later in one chunk then changes the bytes of its row group only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from karat.messages.borders import NO_RUNS, Cut, Runs, joined, runs_of


def whole_chunks(tables: Iterable[pa.Table], column: str, cut: Cut) -> Iterator[pa.Table]:
    """Yield the rows of all tables, chunk by chunk; `column` holds their times in ns.

    A chunk is given on as soon as no row after it can change where it ends, so that no more than
    a chunk and a table are waiting. Of tables without any row, nothing.
    """
    seen, given, waiting = Runs(NO_RUNS, NO_RUNS), 0, list[pa.Table]()
    for table in tables:
        waiting.append(table)
        seen = joined([seen, runs_of(table[column].to_numpy())])
        ends = np.cumsum(cut.blocks(seen).rows)[:-1]
        for end in ends[ends > given].tolist():
            rows = pa.concat_tables(waiting)
            yield rows[: end - given]
            waiting, given = [rows[end - given :]], end
    if any(table.num_rows for table in waiting):
        yield pa.concat_tables(waiting)
